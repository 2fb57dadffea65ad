// Outgoing webhooks: who wants to hear, what happened, and what became of each telling. An event is written by the trigger of the
// row that makes it true, in its transaction and whichever command wrote that row: none can be forgotten, and none is lost. Row
// by row and only on the columns that matter, so that the rest of what happens to such a row costs a comparison; quarantine alone
// takes a million rows at once, and has a trigger a statement. Where no endpoint wants an event, nothing is written.
export const webhooks = `
create table webhook_endpoints (
  id text collate "C" primary key default 'whe_' || encode(substr(uuid_send(gen_random_uuid()), 1, 8), 'hex'),
  position int8 not null unique generated always as identity,
  url text not null check (length(url) between 1 and 2000),
  description text check (length(description) between 1 and 200),
  -- Which types of events; null is all, those of later versions included.
  events text[] check (cardinality(events) > 0),
  made_by text not null,
  made_at timestamptz not null,
  disabled_at timestamptz,
  -- gone: it answered 410. failing: nothing has come through for days.
  disabled_because text check (disabled_because in ('operator', 'gone', 'failing')),
  -- How often it was disabled: the e-mail that says so is one each time.
  disablings int not null default 0,
  told_disablings int not null default 0,
  removed_at timestamptz,
  -- How it fares: first tellings in a row that failed, since when nothing has come through, and until when it is left alone.
  failures int not null default 0 check (failures >= 0),
  failing_since timestamptz,
  paused_until timestamptz,
  -- How many test events it was sent.
  tests int not null default 0,
  check ((disabled_at is null) = (disabled_because is null)),
  check (failing_since is not null or failures = 0 and paused_until is null)
) with (fillfactor = 70);
-- Whoever makes one again, as the answer was lost, is told of the first.
create unique index webhook_endpoints_url on webhook_endpoints (url) where removed_at is null;

-- What it is signed with, kept as it is: each telling needs it. Several at once while one takes the place of another.
create table webhook_secrets (
  endpoint_id text collate "C" not null references webhook_endpoints,
  number int not null check (number > 0),
  secret bytea not null check (length(secret) between 24 and 64),
  made_at timestamptz not null,
  -- Null: the one that is in force.
  expires_at timestamptz,
  primary key (endpoint_id, number)
);
create unique index webhook_secrets_in_force on webhook_secrets (endpoint_id) where expires_at is null;

create table webhook_events (
  -- Out of its key, as what is signed may have no dots: whoever has had it knows it again.
  id text collate "C" primary key,
  position int8 not null unique generated always as identity,
  key text collate "C" not null,
  type text not null,
  workspace_id text collate "C",
  at timestamptz not null,
  -- What it says, so that it is the same whenever it is told; amounts as text.
  facts jsonb not null,
  -- A test is for one endpoint.
  endpoint_id text collate "C" references webhook_endpoints,
  -- When it was given to those who want it.
  spread_at timestamptz
);
create index webhook_events_unspread on webhook_events (position) where spread_at is null;
create index webhook_events_at on webhook_events (at);
create index webhook_events_type on webhook_events (type, position);
create index webhook_events_workspace on webhook_events (workspace_id, position) where workspace_id is not null;

create table webhook_deliveries (
  position int8 primary key generated always as identity,
  endpoint_id text collate "C" not null references webhook_endpoints,
  event_id text collate "C" not null references webhook_events,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
  made_at timestamptz not null,
  -- Tried since it was made, or last replayed.
  attempts int not null default 0,
  replays int not null default 0,
  next_attempt_at timestamptz not null,
  give_up_at timestamptz not null,
  last_attempt_at timestamptz,
  last_status int,
  last_error text check (length(last_error) <= 1000),
  delivered_at timestamptz,
  constraint delivered_once unique (event_id, endpoint_id),
  check (state <> 'delivered' or delivered_at is not null)
) with (fillfactor = 80);
create index webhook_deliveries_due on webhook_deliveries (endpoint_id, next_attempt_at) where state = 'pending';
create index webhook_deliveries_pending on webhook_deliveries (position) where state = 'pending';
create index webhook_deliveries_failed on webhook_deliveries (position) where state = 'failed';
create index webhook_deliveries_endpoint on webhook_deliveries (endpoint_id, position);

-- Endpoints have a lane of their own: nothing waits for them.
alter table outbox drop column lane;
alter table outbox add column lane text not null generated always as (case workflow_type
  when 'sendEmail' then 'mail' when 'creditGuard' then 'guard' when 'deliverWebhooks' then 'webhooks' else 'billing' end) stored;
create index outbox_due on outbox (lane, next_attempt_at, outbox_id);

create function webhook_is_wanted(wanted text) returns boolean language sql stable as $$
  select exists (select from webhook_endpoints where removed_at is null and (events is null or wanted = any(events)))
$$;

create function webhook_event_id(key text) returns text language sql immutable
  return 'evt_' || encode(substr(sha256(convert_to(key, 'UTF8')), 1, 16), 'hex');

-- The same key is the same event, and is told once.
create function note_webhook_event(type text, about text, workspace_id text, at timestamptz, facts jsonb) returns void
language sql as $$
  insert into webhook_events (id, key, type, workspace_id, at, facts)
  select webhook_event_id(named.key), named.key, type, workspace_id, at, facts
  from (select type || ':' || about as key) as named
  where not exists (select from webhook_events where id = webhook_event_id(named.key))
  on conflict (id) do nothing
$$;

-- Most inserts bring nothing, as nobody wants the event or it is there already: those wake nobody.
create function wake_relay_of_events() returns trigger language plpgsql as $$
begin
  if exists (select from added) then perform pg_notify('outbox', 'webhooks'); end if;
  return null;
end $$;
create trigger webhook_events_wake_relay after insert on webhook_events
  referencing new table as added for each statement execute function wake_relay_of_events();

create function invoice_facts(invoice invoices) returns jsonb language sql stable
  return jsonb_build_object('invoice', invoice.id, 'number', invoice.number, 'month', invoice.month, 'status', invoice.status,
    'totalCents', invoice.total_cents::text, 'paidCents', (invoice.paid_cents - invoice.returned_cents)::text,
    'creditedCents', invoice.credited_cents::text, 'remainingCents', invoice.remaining_cents::text,
    'issuedAt', invoice.issued_at, 'dueAt', invoice.due_at);

-- At the commit: what is written off at the issue is then known. One that credits cover is paid as it is issued.
create function tell_invoice_issued() returns trigger language plpgsql as $$
declare
  invoice invoices;
begin
  if not webhook_is_wanted('invoice.issued') and not webhook_is_wanted('invoice.paid') then return null; end if;
  select * into invoice from invoices where workspace_id = new.workspace_id and id = new.id;
  if webhook_is_wanted('invoice.issued') then
    perform note_webhook_event('invoice.issued', invoice.id, invoice.workspace_id, invoice.issued_at, invoice_facts(invoice));
  end if;
  if invoice.status = 'paid' and webhook_is_wanted('invoice.paid') then
    perform note_webhook_event('invoice.paid', invoice.id, invoice.workspace_id, invoice.issued_at, invoice_facts(invoice));
  end if;
  return null;
end $$;
create constraint trigger invoices_tell_issued after insert on invoices
  deferrable initially deferred for each row execute function tell_invoice_issued();

-- It may be paid again after its money was taken back: how often that has happened tells one time from the next. When, say the
-- payments and notes by which nothing remains.
create function tell_invoice_paid() returns trigger language plpgsql as $$
declare
  invoice invoices;
  returned int;
  paid_at timestamptz;
begin
  if not webhook_is_wanted('invoice.paid') then return null; end if;
  select * into invoice from invoices where workspace_id = new.workspace_id and id = new.id;
  if invoice.status <> 'paid' then return null; end if;
  select count(*) into returned from payment_returns
  where workspace_id = invoice.workspace_id and invoice_id = invoice.id;
  select greatest(invoice.issued_at,
    (select max(allocated_at) from payment_allocations
      where workspace_id = invoice.workspace_id and invoice_id = invoice.id),
    (select max(issued_at) from credit_notes
      where workspace_id = invoice.workspace_id and invoice_id = invoice.id),
    (select max(closed_at) from disputes join payment_returns using (workspace_id, dispute)
      where workspace_id = invoice.workspace_id and invoice_id = invoice.id))
  into paid_at;
  perform note_webhook_event('invoice.paid', invoice.id || case when returned = 0 then '' else ':' || returned end,
    invoice.workspace_id, paid_at, invoice_facts(invoice));
  return null;
end $$;
create constraint trigger invoices_tell_paid after update of paid_cents, returned_cents, refunded_cents, credited_cents, status
  on invoices deferrable initially deferred for each row when (new.status = 'paid' and old.status <> 'paid')
  execute function tell_invoice_paid();

create function tell_attempt_failed() returns trigger language plpgsql as $$
begin
  if not webhook_is_wanted('payment.failed') then return null; end if;
  perform note_webhook_event('payment.failed', new.invoice_id || ':' || new.number, new.workspace_id, new.settled_at,
    jsonb_build_object('invoice', new.invoice_id, 'number', invoices.number, 'attempt', new.number,
      'amountCents', new.amount_cents::text, 'reason', new.state,
      'code', coalesce(new.decline ->> 'declineCode', new.decline ->> 'returnCode', new.decline ->> 'code')))
  from invoices where invoices.workspace_id = new.workspace_id and invoices.id = new.invoice_id;
  return null;
end $$;
create trigger payment_attempts_tell_failed after update of state on payment_attempts
  for each row when (new.state in ('declined', 'needs_customer') and old.state not in ('declined', 'needs_customer'))
  execute function tell_attempt_failed();

-- A debit that comes back after it had succeeded has failed as well.
create function tell_debit_returned() returns trigger language plpgsql as $$
begin
  if not webhook_is_wanted('payment.failed') then return null; end if;
  perform note_webhook_event('payment.failed', new.invoice_id || ':return:' || new.dispute, new.workspace_id, new.returned_at,
    jsonb_build_object('invoice', new.invoice_id, 'number', invoices.number, 'amountCents', new.amount_cents::text,
      'reason', 'returned', 'code', disputes.reason))
  from invoices, disputes
  where invoices.workspace_id = new.workspace_id and invoices.id = new.invoice_id
    and disputes.workspace_id = new.workspace_id and disputes.dispute = new.dispute and disputes.kind = 'bank_return';
  return null;
end $$;
create trigger payment_returns_tell_failed after insert on payment_returns
  for each row when (new.state = 'withdrawn') execute function tell_debit_returned();

create function tell_note_issued() returns trigger language plpgsql as $$
begin
  if not webhook_is_wanted('credit_note.issued') then return null; end if;
  perform note_webhook_event('credit_note.issued', new.id, new.workspace_id, new.issued_at,
    jsonb_build_object('note', new.id, 'number', new.number, 'invoice', new.invoice_id, 'kind', new.kind, 'reason', new.reason,
      'amountCents', new.amount_cents::text, 'toRefundCents', new.to_refund_cents::text,
      'asCreditsCents', new.as_credits_cents::text));
  return null;
end $$;
create trigger credit_notes_tell_issued after insert on credit_notes for each row execute function tell_note_issued();

-- Once for each number of grants that there have been, as the e-mails say it.
create function tell_credits() returns trigger language plpgsql as $$
begin
  if new.state = 'low' and webhook_is_wanted('credits.low') then
    perform note_webhook_event('credits.low', new.workspace_id || ':' || new.told_grants, new.workspace_id, new.judged_at,
      jsonb_build_object('remainingNanos', new.remaining_nanos::text, 'burnNanosPerHour', new.burn_nanos_per_hour::text,
        'zeroAt', new.zero_at));
  end if;
  if new.told_percent = 100 and old.told_percent < 100 and webhook_is_wanted('credits.gone') then
    perform note_webhook_event('credits.gone', new.workspace_id || ':' || new.told_grants, new.workspace_id, new.judged_at,
      jsonb_build_object('hasMethod', true));
  end if;
  return null;
end $$;
create trigger guards_tell_credits after update of state, told_grants, told_percent, told_short on guards
  for each row when (new.told_percent = 100 and old.told_percent < 100 or new.state = 'low' and (old.state <> 'low'
    or new.told_grants <> old.told_grants)) execute function tell_credits();

create function tell_suspended() returns trigger language plpgsql as $$
begin
  if new.reason = 'credits' and webhook_is_wanted('credits.gone') then
    perform note_webhook_event('credits.gone',
      new.workspace_id || ':' || (select count(*) from credit_grants where workspace_id = new.workspace_id),
      new.workspace_id, new.began_at, jsonb_build_object('hasMethod', false));
  end if;
  if webhook_is_wanted('workspace.suspended') then
    perform note_webhook_event('workspace.suspended', new.workspace_id || ':' || new.number, new.workspace_id, new.began_at,
      jsonb_build_object('reason', new.reason, 'scope', new.scope, 'message', new.message));
  end if;
  return null;
end $$;
create trigger suspensions_tell_suspended after insert on suspensions for each row execute function tell_suspended();

-- At the commit: where one that only refused deployments ends, one that stops models may begin in the same breath.
create function tell_restored() returns trigger language plpgsql as $$
begin
  if not webhook_is_wanted('workspace.restored') then return null; end if;
  if exists (select from suspensions where workspace_id = new.workspace_id and ended_at is null) then return null; end if;
  perform note_webhook_event('workspace.restored',
    new.workspace_id || ':' || (select max(number) from suspensions where workspace_id = new.workspace_id),
    new.workspace_id, new.ended_at, jsonb_build_object('reason', new.reason, 'because', new.ended_because));
  return null;
end $$;
create constraint trigger suspensions_tell_restored after update of ended_at on suspensions
  deferrable initially deferred for each row when (old.ended_at is null and new.ended_at is not null)
  execute function tell_restored();

-- One an hour and source, however many reports: the first statement of the hour says what it saw. Another batch of the source that
-- is the hour's first at the same moment waits for that one's commit, and no other.
create function tell_quarantined() returns trigger language plpgsql as $$
begin
  if not webhook_is_wanted('usage.quarantined') then return null; end if;
  perform note_webhook_event('usage.quarantined', sources.source || ':' || told.hour, null, told.received_at,
    jsonb_build_object('source', sources.source, 'reasons', told.reasons))
  from (
    select source_id, to_char(max(received_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24') as hour, max(received_at) as received_at,
      array_agg(distinct reason) as reasons
    from added group by source_id
  ) as told join sources using (source_id);
  return null;
end $$;
create trigger usage_quarantine_tells after insert on usage_quarantine
  referencing new table as added for each statement execute function tell_quarantined();

create function tell_period_closed() returns trigger language plpgsql as $$
begin
  if not webhook_is_wanted('period.closed') then return null; end if;
  perform note_webhook_event('period.closed', new.workspace_id || ':' || new.month, new.workspace_id, new.closed_at,
    jsonb_build_object('month', new.month, 'status', new.status, 'because', new.closed_because));
  return null;
end $$;
create trigger billing_periods_tell_closed after update of status on billing_periods
  for each row when (new.closed_at is not null and old.closed_at is null) execute function tell_period_closed();
`;
