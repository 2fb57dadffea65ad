// Payments: who a workspace is at the payment processor, its method, every attempt to charge before and after the call, what
// was received and for which invoice, what went back, and the inbox of events. No card or bank number is ever here.
export const payments = `
create table payment_customers (
  workspace_id identifier primary key references workspaces,
  customer text collate "C" not null unique,
  made_at timestamptz not null
);

create table payment_methods (
  workspace_id identifier not null references workspaces,
  method text collate "C" not null,
  type text not null check (type in ('card', 'us_bank_account')),
  brand text,
  last4 text not null check (last4 ~ '^[0-9]{4}$'),
  exp_month int check (exp_month between 1 and 12),
  exp_year int,
  bank_name text,
  funding text,
  -- The same card under another method has the same: attempts are counted by it.
  fingerprint text collate "C",
  state text not null default 'active' check (state in ('active', 'replaced', 'removed', 'unusable')),
  added_at timestamptz not null,
  -- When its network, or the customer, last changed what is known of it: a declined one may be tried again.
  updated_at timestamptz not null,
  ended_at timestamptz,
  detached_at timestamptz,
  primary key (workspace_id, method),
  check ((state = 'active') = (ended_at is null)),
  check (detached_at is null or state <> 'active')
);
-- Of a mandate's event only its method is known.
create index payment_methods_by_id on payment_methods (method);
create unique index payment_methods_one_active on payment_methods (workspace_id) where state = 'active';
create index payment_methods_to_detach on payment_methods (ended_at) where state <> 'active' and detached_at is null;
create index payment_methods_expiring on payment_methods (exp_year, exp_month) where state = 'active' and type = 'card';

-- Who this Minutebook is, in one row: its name where several share an account at the processor, and what the tokens of its
-- links are derived by, so that one that is sent again is the same. Another secret put here leaves the links that are out as
-- they are, since those are found by their hashes.
create table payment_identity (
  id boolean primary key default true check (id),
  minutebook text not null default gen_random_uuid(),
  link_secret bytea not null default sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
    check (length(link_secret) = 32)
);
insert into payment_identity default values;

-- Links of our own for one task: kept as a hash, good until done or expired. That an invoice is paid, its row says.
create table payment_links (
  token_hash bytea primary key check (length(token_hash) = 32),
  workspace_id identifier not null references workspaces,
  task text not null check (task in ('pay', 'method')),
  invoice_id text collate "C",
  made_at timestamptz not null,
  expires_at timestamptz not null,
  done_at timestamptz,
  check ((task = 'pay') = (invoice_id is not null)),
  check (done_at is null or task = 'method'),
  foreign key (workspace_id, invoice_id) references invoices
);
create index payment_links_expires on payment_links (expires_at);

-- Setup sessions; those that pay an invoice are attempts.
create table setup_sessions (
  workspace_id identifier not null references workspaces,
  session text collate "C" not null unique,
  url text not null,
  return_url text,
  -- The link by which it was asked for, which is done with it.
  link bytea,
  state text not null default 'open' check (state in ('open', 'complete', 'expired')),
  made_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (workspace_id, session)
);
create index setup_sessions_open on setup_sessions (expires_at) where state = 'open';

-- The row before the call, with all that is sent; the outcome after it. One is in flight an invoice: one door.
create table payment_attempts (
  workspace_id identifier not null references workspaces,
  invoice_id text collate "C" not null,
  number int not null check (number > 0),
  -- charge: off-session, by the calendar. checkout: the customer pays by himself in a session.
  kind text not null check (kind in ('charge', 'checkout')),
  amount_cents int8 not null check (amount_cents > 0),
  method text collate "C",
  method_type text,
  fingerprint text collate "C",
  -- The whole body, and under which key: it is sent again as it was, or not at all.
  body jsonb not null,
  state text not null check (state in
    ('open', 'sending', 'processing', 'paid', 'declined', 'needs_customer', 'refused', 'expired', 'never_arrived', 'canceled')),
  session text collate "C" unique,
  session_url text,
  payment_intent text collate "C" unique,
  -- Codes of a decline, and the row of the table by which it is followed up.
  decline jsonb,
  followed_by text,
  -- A code that the table of declines does not know: to be looked up, and the table mended.
  unknown_code text,
  made_at timestamptz not null,
  sent_at timestamptz,
  settled_at timestamptz,
  primary key (workspace_id, invoice_id, number),
  constraint charges_have_a_method check ((kind = 'charge') = (method is not null)),
  constraint settled_once check ((state in ('open', 'sending', 'processing')) = (settled_at is null)),
  foreign key (workspace_id, invoice_id) references invoices
);
create unique index payment_attempts_one_door on payment_attempts (workspace_id, invoice_id)
  where state in ('open', 'sending', 'processing');
create index payment_attempts_in_flight on payment_attempts (made_at) where state in ('open', 'sending', 'processing');
create index payment_attempts_unknown on payment_attempts (settled_at) where unknown_code is not null;
create index payment_attempts_refused on payment_attempts (settled_at) where state = 'refused';
create index payment_attempts_card on payment_attempts (fingerprint, made_at) where fingerprint is not null;

-- Money received: by Stripe (its id is the payment intent's) or elsewhere (recorded by hand under a key).
create table payments (
  workspace_id identifier not null references workspaces,
  payment text collate "C" not null,
  -- What it was meant for; what it paid stands in its allocations.
  invoice_id text collate "C" not null,
  source text not null check (source in ('stripe', 'elsewhere')),
  amount_cents int8 not null check (amount_cents > 0),
  -- What Stripe kept of it; null until it is known.
  fee_cents int8 check (fee_cents >= 0),
  charge text collate "C",
  -- How it was paid, in words for the customer: brand or bank and last four, or the reference of a transfer.
  method_type text not null,
  method_label text,
  method text collate "C",
  reference text,
  received_at timestamptz not null,
  -- Over-paid: became a grant.
  granted_cents int8 not null default 0 check (granted_cents between 0 and amount_cents),
  primary key (workspace_id, payment),
  check ((source = 'elsewhere') = (reference is not null)),
  foreign key (workspace_id, invoice_id) references invoices
);
create unique index payments_charge on payments (charge) where charge is not null;

create table payment_allocations (
  workspace_id identifier not null,
  payment text collate "C" not null,
  invoice_id text collate "C" not null,
  amount_cents int8 not null check (amount_cents > 0),
  allocated_at timestamptz not null,
  primary key (workspace_id, payment, invoice_id),
  foreign key (workspace_id, payment) references payments,
  foreign key (workspace_id, invoice_id) references invoices
);
create index payment_allocations_invoice on payment_allocations (workspace_id, invoice_id);

-- What banks take back: disputes while the money is withdrawn, debits returned after success. Of one that is given back in part
-- the amount becomes less.
create table payment_returns (
  workspace_id identifier not null,
  -- The dispute's id at Stripe.
  dispute text collate "C" not null,
  payment text collate "C" not null,
  invoice_id text collate "C" not null,
  amount_cents int8 not null check (amount_cents > 0),
  state text not null check (state in ('withdrawn', 'reinstated')),
  returned_at timestamptz not null,
  primary key (workspace_id, dispute, invoice_id),
  foreign key (workspace_id, payment, invoice_id) references payment_allocations,
  foreign key (workspace_id, invoice_id) references invoices
);
create index payment_returns_invoice on payment_returns (workspace_id, invoice_id);

create table disputes (
  workspace_id identifier not null references workspaces,
  dispute text collate "C" not null unique,
  payment text collate "C" not null,
  -- bank_return: a debit that came back, which cannot be contested.
  kind text not null check (kind in ('dispute', 'inquiry', 'bank_return')),
  reason text not null,
  amount_cents int8 not null check (amount_cents > 0),
  state text not null check (state in ('open', 'won', 'lost')),
  -- What is posted of it: withdrawn and not given back, and what Stripe kept for that.
  withdrawn_cents int8 not null default 0,
  fee_cents int8 not null default 0,
  -- Of what is withdrawn: what was unspent of the credits that the payment's over-payment became, and is taken back.
  from_credits_cents int8 not null default 0 check (from_credits_cents between 0 and withdrawn_cents),
  opened_at timestamptz not null,
  closed_at timestamptz,
  primary key (workspace_id, dispute),
  foreign key (workspace_id, payment) references payments,
  check ((state = 'open') = (closed_at is null))
);
create index disputes_open on disputes (opened_at) where state = 'open';
create index disputes_payment on disputes (workspace_id, payment);

-- Money that a bank gave back for an invoice that does not need it any more: given as a grant.
create table surplus_grants (
  workspace_id identifier not null,
  dispute text collate "C" not null,
  invoice_id text collate "C" not null,
  amount_cents int8 not null check (amount_cents > 0),
  grant_key identifier not null,
  given_at timestamptz not null,
  primary key (workspace_id, dispute, invoice_id),
  foreign key (workspace_id, dispute) references disputes,
  foreign key (workspace_id, grant_key) references credit_grants,
  foreign key (workspace_id, invoice_id) references invoices
);

-- A refund as it was asked for, and its parts, one a payment that it goes back to.
create table refunds (
  workspace_id identifier not null references workspaces,
  key identifier not null,
  invoice_id text collate "C" not null,
  amount_cents int8 not null check (amount_cents > 0),
  reason text not null,
  -- asked: by an admin. correction: what a note left to be refunded, by itself. overpayment: what was paid too much, out of
  -- the grant that it became. at_stripe: made there by somebody, and found.
  because text not null check (because in ('asked', 'correction', 'overpayment', 'at_stripe')),
  -- Its credit note has the kind refund and the same key; of what earlier notes have credited already there is none.
  -- What was asked for, to compare with when it is asked for again.
  body jsonb not null,
  made_at timestamptz not null,
  primary key (workspace_id, key),
  foreign key (workspace_id, invoice_id) references invoices
);
create index refunds_invoice on refunds (workspace_id, invoice_id);

create table refund_parts (
  workspace_id identifier not null,
  key identifier not null,
  number int not null check (number > 0),
  invoice_id text collate "C" not null,
  payment text collate "C" not null,
  amount_cents int8 not null check (amount_cents > 0),
  -- by_hand: paid out elsewhere under a reference. A failed one counts no more: the money is ours again.
  state text not null check (state in ('sending', 'pending', 'succeeded', 'failed', 'by_hand')),
  -- At Stripe. One that was made there may go back to what was over-paid and to several invoices.
  refund text collate "C",
  reference text,
  -- Why it is pending, or has failed: Stripe's word.
  why text,
  -- What Stripe kept when the money went, and when it came back: null until that is posted.
  fee_cents int8,
  failed_fee_cents int8 check (failed_fee_cents is null or state = 'failed' and fee_cents is not null),
  made_at timestamptz not null,
  sent_at timestamptz,
  settled_at timestamptz,
  primary key (workspace_id, key, number),
  foreign key (workspace_id, key) references refunds,
  foreign key (workspace_id, payment) references payments,
  check ((state = 'by_hand') = (reference is not null)),
  check ((state in ('sending', 'pending')) = (settled_at is null)),
  foreign key (workspace_id, invoice_id) references invoices
);
create index refund_parts_in_flight on refund_parts (made_at) where state in ('sending', 'pending');
create index refund_parts_failed on refund_parts (settled_at) where state = 'failed';
create index refund_parts_payment on refund_parts (workspace_id, payment);
create index refund_parts_invoice on refund_parts (workspace_id, invoice_id);
create unique index refund_parts_refund on refund_parts (refund, workspace_id, key);

-- Refunds that somebody made at Stripe of more than we know to be left: not posted, and shown until they are looked into.
create table stray_refunds (
  refund text collate "C" primary key,
  workspace_id identifier not null references workspaces,
  payment text collate "C" not null,
  amount_cents int8 not null check (amount_cents > 0),
  -- Of it, what our rows have no place for.
  stray_cents int8 not null check (stray_cents > 0),
  seen_at timestamptz not null
);

-- Events as Stripe told them: which object, never what was in it, as that is read anew when it is applied.
create table stripe_events (
  event text collate "C" primary key,
  type text not null,
  object text collate "C",
  object_type text,
  -- Whose mandate, or what was charged: of an object that names it.
  payment_method text collate "C",
  livemode boolean not null,
  account text,
  workspace_id identifier,
  -- foreign: of an account, mode or customer that is not ours. known: our rows held its outcome already.
  state text not null check (state in ('waiting', 'applied', 'known', 'foreign', 'ignored')),
  created_at timestamptz not null,
  received_at timestamptz not null,
  came_by text not null check (came_by in ('webhook', 'list')),
  applied_at timestamptz
);
create index stripe_events_received on stripe_events (received_at);
create index stripe_events_waiting on stripe_events (received_at) where state = 'waiting';
create index stripe_events_foreign on stripe_events (received_at) where state = 'foreign';

-- How far events were listed; one row.
create table stripe_cursor (
  id boolean primary key default true check (id),
  listed_through timestamptz not null
);

-- When the next call to the processor may start, for all processes together; one row. After a crash it is gone, and begins
-- anew.
create unlogged table call_slots (
  id boolean primary key default true check (id),
  next_at timestamptz not null,
  -- Of calls that somebody waits for before a page: from when on they may go before the others.
  urgent_next_at timestamptz not null
) with (fillfactor = 20);

-- How the collecting of an invoice stands, by the last look of its workflow: what it waits for, and until when at the most.
-- An invoice that nobody has looked at has no row: its first run is about to begin.
create table collectings (
  workspace_id identifier not null references workspaces,
  invoice_id text collate "C" not null,
  -- Of its workflow: one more each time that money came back after it had ended.
  run int not null default 0 check (run >= 0),
  waits_for text,
  until timestamptz,
  asked_at timestamptz not null,
  ended_at timestamptz,
  -- Why the last look failed, for operators, after its code in the registry of errors; null once one did not.
  trouble text,
  primary key (workspace_id, invoice_id),
  check (ended_at is null or (waits_for is null and until is null)),
  foreign key (workspace_id, invoice_id) references invoices
);
create index collectings_going_on on collectings (asked_at) where ended_at is null;
create index collectings_troubled on collectings (asked_at) where trouble is not null;

-- As domain/ids has it, for statements that wake many.
create function collect_workflow_id(invoice_id text, run int) returns text language sql immutable
  return 'collect:' || invoice_id || case when run = 0 then '' else ':' || run end;

create table written_off_invoices (
  workspace_id identifier not null,
  invoice_id text collate "C" not null,
  key identifier not null,
  reason text not null,
  amount_cents int8 not null check (amount_cents > 0),
  at timestamptz not null,
  primary key (workspace_id, invoice_id),
  foreign key (workspace_id, invoice_id) references invoices
);

-- What an invoice was paid, had returned and refunded is the sum of these rows, moved as they come.
create function allocate_to_invoice() returns trigger language plpgsql as $$
begin
  if (select sum(amount_cents) from payment_allocations where workspace_id = new.workspace_id and payment = new.payment)
    + (select granted_cents from payments where workspace_id = new.workspace_id and payment = new.payment)
    > (select amount_cents from payments where workspace_id = new.workspace_id and payment = new.payment) then
    raise exception 'payment % is allocated for more than it is', new.payment using errcode = 'check_violation';
  end if;
  update invoices set paid_cents = paid_cents + new.amount_cents
  where id = new.invoice_id and workspace_id = new.workspace_id;
  if not found then
    raise exception 'invoice % is not of workspace %', new.invoice_id, new.workspace_id using errcode = 'check_violation';
  end if;
  return null;
end $$;
create trigger payment_allocations_count after insert on payment_allocations
  for each row execute function allocate_to_invoice();

create function count_return() returns trigger language plpgsql as $$
begin
  update invoices set returned_cents = returned_cents
    + case when new.state = 'withdrawn' then new.amount_cents else 0 end
    - case when tg_op = 'UPDATE' and old.state = 'withdrawn' then old.amount_cents else 0 end
  where id = new.invoice_id and workspace_id = new.workspace_id;
  return null;
end $$;
create trigger payment_returns_count after insert or update of state, amount_cents on payment_returns
  for each row execute function count_return();

create function take_over_payment_back() returns trigger language plpgsql as $$
declare
  moved constant int8 := new.from_credits_cents - case when tg_op = 'UPDATE' then old.from_credits_cents else 0 end;
begin
  if moved = 0 then
    return null;
  end if;
  update credit_grants set remaining_nanos = remaining_nanos - moved * 10000000
  where workspace_id = new.workspace_id and key = 'overpayment:' || new.payment;
  if not found then
    raise exception 'payment % has no over-payment to take back', new.payment using errcode = 'check_violation';
  end if;
  return null;
end $$;
create trigger disputes_take_back after insert or update of from_credits_cents on disputes
  for each row execute function take_over_payment_back();

create function count_surplus() returns trigger language plpgsql as $$
begin
  update invoices set refunded_cents = refunded_cents + new.amount_cents
  where id = new.invoice_id and workspace_id = new.workspace_id;
  return null;
end $$;
create trigger surplus_grants_count after insert on surplus_grants for each row execute function count_surplus();

create function count_refund() returns trigger language plpgsql as $$
declare
  moved constant int8 := case when new.state = 'failed' then 0 else new.amount_cents end
    - case when tg_op = 'UPDATE' and old.state <> 'failed' then old.amount_cents else 0 end;
begin
  if moved = 0 then
    return null;
  end if;
  -- What was over-paid was never applied to an invoice: it goes back out of the grant that it became.
  if exists (select from refunds where workspace_id = new.workspace_id and key = new.key and because = 'overpayment') then
    update credit_grants set remaining_nanos = remaining_nanos - moved * 10000000
    where workspace_id = new.workspace_id and key = 'overpayment:' || new.payment;
    if not found then
      raise exception 'payment % has no over-payment to refund', new.payment using errcode = 'check_violation';
    end if;
    return null;
  end if;
  if moved > 0 and (
    select sum(refund_parts.amount_cents) from refund_parts join refunds using (workspace_id, key)
    where refund_parts.workspace_id = new.workspace_id and payment = new.payment and refund_parts.invoice_id = new.invoice_id
      and state <> 'failed' and because <> 'overpayment'
  ) > (select coalesce(sum(amount_cents), 0) from payment_allocations
    where workspace_id = new.workspace_id and payment = new.payment and invoice_id = new.invoice_id) then
    raise exception 'payment % paid less of invoice % than goes back', new.payment, new.invoice_id
      using errcode = 'check_violation', constraint = 'refunds_within_allocation';
  end if;
  update invoices set refunded_cents = refunded_cents + moved where id = new.invoice_id and workspace_id = new.workspace_id;
  return null;
end $$;
create trigger refund_parts_count after insert or update of state on refund_parts
  for each row execute function count_refund();

-- The parts of a refund come with it, and make its amount.
create function refund_is_whole() returns trigger language plpgsql as $$
begin
  if (select coalesce(sum(amount_cents), 0) from refund_parts where workspace_id = new.workspace_id and key = new.key)
    <> (select amount_cents from refunds where workspace_id = new.workspace_id and key = new.key) then
    raise exception 'the parts of refund % of % do not make its amount', new.key, new.workspace_id
      using errcode = 'check_violation', constraint = 'refund_is_whole';
  end if;
  return null;
end $$;
create constraint trigger refunds_whole after insert on refunds
  deferrable initially deferred for each row execute function refund_is_whole();
create constraint trigger refund_parts_whole after insert on refund_parts
  deferrable initially deferred for each row execute function refund_is_whole();

-- An invoice is uncollectible because somebody wrote it off.
create function wants_write_off() returns trigger language plpgsql as $$
begin
  if not exists (select from written_off_invoices
    where workspace_id = new.workspace_id and invoice_id = new.id) then
    raise exception 'invoice % is uncollectible by nobody: it wants its row of written_off_invoices', new.id
      using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger invoices_uncollectible before update of status on invoices
  for each row when (new.status = 'uncollectible' and old.status <> 'uncollectible') execute function wants_write_off();

-- What nobody is expected to pay any more and the books have as bad debt: what remains of an invoice that was written off; of a
-- void one what was given back of money that then did not stay. What a bank has withdrawn and not decided on is not in it yet.
create view given_up as
  select workspace_id, id as invoice_id, cents
  from invoices cross join lateral (
    select greatest(0, total_cents - credited_cents - written_off_cents - (paid_cents - returned_cents - refunded_cents)
      - (select coalesce(sum(returned.amount_cents), 0) from payment_returns as returned
          join disputes on disputes.workspace_id = returned.workspace_id and disputes.dispute = returned.dispute
        where returned.workspace_id = invoices.workspace_id and returned.invoice_id = invoices.id
          and returned.state = 'withdrawn' and disputes.state = 'open'))::int8 as cents
  ) as amounts
  where status in ('uncollectible', 'void') and cents > 0;

-- What was, stays: only what the columns named here hold goes on.
create function keep_but() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or to_jsonb(new) - tg_argv is distinct from to_jsonb(old) - tg_argv then
    raise exception '% keeps what it holds, but for %', tg_table_name, array_to_string(tg_argv, ', ')
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger payment_allocations_immutable before update or delete or truncate on payment_allocations
  for each statement execute function refuse_change();
create trigger surplus_grants_immutable before update or delete or truncate on surplus_grants
  for each statement execute function refuse_change();
create trigger refunds_immutable before update or delete or truncate on refunds
  for each statement execute function refuse_change();
create trigger written_off_immutable before update or delete or truncate on written_off_invoices
  for each statement execute function refuse_change();
create trigger payments_kept before update or delete on payments
  for each row execute function keep_but('fee_cents', 'granted_cents', 'charge');
create trigger payment_returns_kept before update or delete on payment_returns
  for each row execute function keep_but('state', 'amount_cents');
create trigger refund_parts_kept before update or delete on refund_parts
  for each row execute function keep_but('state', 'refund', 'why', 'fee_cents', 'failed_fee_cents', 'sent_at', 'settled_at');
create trigger disputes_kept before update or delete on disputes
  for each row execute function keep_but('kind', 'reason', 'amount_cents', 'state', 'withdrawn_cents', 'fee_cents',
    'from_credits_cents', 'closed_at');
create trigger payment_attempts_kept before update or delete on payment_attempts
  for each row execute function keep_but('state', 'session', 'session_url', 'payment_intent', 'decline', 'followed_by', 'unknown_code',
    'sent_at', 'settled_at');

-- What settled does not go on, and what was paid stays paid. Money that came in all the same is written down.
create function attempt_settles_once() returns trigger language plpgsql as $$
begin
  if old.state = 'paid' and new.state <> 'paid' then
    raise exception 'attempt % of % is paid', old.number, old.invoice_id using errcode = 'restrict_violation';
  end if;
  if old.state not in ('open', 'sending', 'processing') and new.state not in (old.state, 'paid')
    or old.state = 'processing' and new.state in ('open', 'sending') then
    raise exception 'attempt % of % is %, and does not become % again', old.number, old.invoice_id, old.state, new.state
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger payment_attempts_forward before update of state on payment_attempts
  for each row execute function attempt_settles_once();
`;
