// Periods, credits, invoices and the ledger. The money rules that domain/ asserts are held here a second time.
export const invoicing = `
create table billing_periods (
  workspace_id identifier not null references workspaces,
  month billing_month not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  status text not null default 'open' check (status in ('open', 'waiting', 'invoiced', 'empty')),
  opened_at timestamptz not null,
  close_requested_at timestamptz,
  closed_at timestamptz,
  closed_because text check (closed_because in ('complete', 'deadline', 'requested')),
  -- Usage of this closed period was rolled up after its closing: the workspace's next invoice looks for what is owed.
  has_late_usage boolean not null default false,
  primary key (workspace_id, month),
  -- Closed, with an invoice or with nothing to bill: said here alone.
  is_closed boolean not null generated always as (status in ('invoiced', 'empty')) stored,
  check (is_closed = (closed_at is not null and closed_because is not null))
);
-- Waiting ones are woken by their end, and all that are past their end are counted.
-- Few have any; whoever drops old usage asks whether some month has.
create index billing_periods_late on billing_periods (ends_at) where has_late_usage;
create index billing_periods_unclosed on billing_periods (status, ends_at) where status in ('open', 'waiting');

create table credit_grants (
  workspace_id identifier not null references workspaces,
  key identifier not null,
  kind text not null check (kind in ('free', 'promotional', 'purchased', 'goodwill', 'adjustment')),
  -- A hundred million dollars: with the limit of a workspace's grants together no sum of credits can leave 64 bits.
  amount_nanos int8 not null constraint grant_within_limit check (amount_nanos between 1 and 100000000000000000),
  remaining_nanos int8 not null,
  valid_from timestamptz not null,
  valid_until timestamptz,
  priority int not null,
  created_at timestamptz not null,
  -- Ended early: valid_until has been brought forward, at the earliest to the hour in which the grant would have begun.
  ended_at timestamptz,
  primary key (workspace_id, key),
  constraint never_overdrawn check (remaining_nanos between 0 and amount_nanos),
  constraint grant_validity check (valid_until > valid_from
    or ended_at is not null and valid_until >= date_trunc('hour', valid_from, 'UTC')),
  check (ended_at is null or valid_until is not null)
);

create table invoices (
  id text collate "C" not null,
  workspace_id identifier not null references workspaces,
  month billing_month not null,
  kind text not null check (kind in ('usage')),
  sequence int not null check (sequence > 0),
  number int not null check (number > 0),
  currency text not null default 'USD' check (currency = 'USD'),
  status text not null check (status in ('issued', 'paid', 'past_due', 'uncollectible', 'void')),
  list_nanos int8 not null check (list_nanos >= 0),
  volume_discount_nanos int8 not null check (volume_discount_nanos >= 0),
  program_discount_nanos int8 not null check (program_discount_nanos >= 0),
  credits_applied_nanos int8 not null check (credits_applied_nanos >= 0),
  amount_due_nanos int8 not null check (amount_due_nanos >= 0),
  total_cents int8 not null check (total_cents >= 0),
  -- The five amounts of every part of the bill: the period's own usage, and each earlier period's reported late.
  parts jsonb not null,
  closed_because text not null,
  -- Who sells and who buys, and how it is collected, as it was at the issue.
  seller jsonb not null,
  buyer jsonb not null,
  collection text not null check (collection in ('charge', 'invoice')),
  issued_at timestamptz not null,
  due_at timestamptz not null,
  issued_by xid8 not null default pg_current_xact_id(),
  -- What became of it since: only the triggers of the rows that explain it move these.
  credited_cents int8 not null default 0 check (credited_cents between 0 and total_cents),
  written_off_cents int8 not null default 0 check (written_off_cents between 0 and total_cents),
  paid_cents int8 not null default 0 check (paid_cents >= 0),
  returned_cents int8 not null default 0 check (returned_cents between 0 and paid_cents),
  refunded_cents int8 not null default 0 check (refunded_cents between 0 and paid_cents),
  remaining_cents int8 not null generated always as (case when status = 'void' then 0 else greatest(0,
    total_cents - credited_cents - written_off_cents - (paid_cents - returned_cents - refunded_cents)) end) stored,
  -- Money of it that goes back and is on no way yet: credited after it was paid.
  to_refund_cents int8 not null generated always as (greatest(0,
    (paid_cents - returned_cents - refunded_cents) - (total_cents - credited_cents - written_off_cents))) stored,
  -- So what goes back is never more than was paid.
  constraint written_off_is_not_credited check (credited_cents + written_off_cents <= total_cents),
  constraint paid_where_nothing_remains check (status = 'void' or (status = 'paid') = (remaining_cents = 0)),
  primary key (workspace_id, id),
  unique (workspace_id, month, kind, sequence),
  unique (workspace_id, number),
  constraint due_after_issue check (due_at >= issued_at),
  constraint parties_have_names check (coalesce(seller ->> 'name', '') <> '' and coalesce(buyer ->> 'name', '') <> ''),
  constraint amounts_add_up check (
    amount_due_nanos = list_nanos - volume_discount_nanos - program_discount_nanos - credits_applied_nanos),
  -- Half up to the cent: total is the floor of due / cent + one half.
  constraint total_is_due_rounded_half_up check (total_cents = (amount_due_nanos + 5000000) / 10000000)
);

-- What a workspace owes, oldest first.
create index invoices_unpaid on invoices (workspace_id, number) where remaining_cents > 0;
create index invoices_to_refund on invoices (workspace_id, number) where to_refund_cents > 0;

-- The invoice of a period: its first of the kind that bills usage.
create view period_invoices as
  select * from invoices where kind = 'usage' and sequence = 1;

-- No foreign keys from here to invoices: triggers look an invoice up once for all rows of a statement, where keys would look it
-- up and lock it for each; and it cannot be deleted.
create table invoice_lines (
  workspace_id identifier not null,
  invoice_id text collate "C" not null,
  position int not null,
  kind text not null check (kind in ('usage', 'volume_discount', 'program_discount', 'credit')),
  description text not null,
  month billing_month not null,
  model text,
  version text,
  instance_type text,
  replica_minutes int8,
  price_nanos int8,
  exact_nanos int8 not null,
  amount_cents int8 not null,
  primary key (workspace_id, invoice_id, position)
);

-- Which hours, and how many minutes of each, an invoice billed: one row a line, its hours and their minutes as two arrays
-- of equal length. A row an hour would be 744 rows a line: more than the rest of the invoice costs altogether.
create table invoice_usage (
  workspace_id identifier not null,
  invoice_id text collate "C" not null,
  month billing_month not null,
  model text collate "C" not null,
  version text collate "C" not null,
  instance_type text collate "C" not null,
  price_nanos int8 not null,
  hours int[] not null,
  minutes int[] not null,
  list_nanos int8 not null,
  primary key (workspace_id, month, model, version, instance_type, price_nanos, invoice_id),
  check (cardinality(hours) > 0 and cardinality(hours) = cardinality(minutes))
);
create index invoice_usage_invoice on invoice_usage (workspace_id, invoice_id);
-- Whether invoices hold minutes at a price that is about to change.
create index invoice_usage_type on invoice_usage (instance_type, month, workspace_id);

-- What an invoice draws of a grant: one row, its hours (since the epoch) and what each drew as two arrays of equal length.
create function sum_of(amounts int8[]) returns int8 language sql immutable strict as $$
  select sum(amount)::int8 from unnest(amounts) as amount
$$;
create function are_ascending(hours int[]) returns boolean language sql immutable strict as $$
  select not exists (select from unnest(hours, hours[2:]) as pair (hour, next) where hour >= next)
$$;
-- Not empty, of one dimension that begins at one, without nulls.
create function is_list(list anyarray) returns boolean language sql immutable as $$
  select coalesce(array_ndims(list) = 1 and array_lower(list, 1) = 1 and array_position(list, null) is null, false)
$$;

-- Its trigger looks up the grant as well, which cannot be deleted either.
create table credit_draws (
  workspace_id identifier not null,
  invoice_id text collate "C" not null,
  grant_key identifier not null,
  hours int[] not null check (is_list(hours) and are_ascending(hours)),
  amounts int8[] not null check (is_list(amounts) and 0 < all (amounts)),
  amount_nanos int8 not null generated always as (sum_of(amounts)) stored,
  last_hour int not null generated always as (hours[cardinality(hours)]) stored,
  primary key (workspace_id, invoice_id, grant_key),
  constraint an_amount_an_hour check (cardinality(hours) = cardinality(amounts))
);
-- What is drawn of the present hours, whatever was drawn in the years before.
create index credit_draws_last on credit_draws (workspace_id, last_hour);

create table ledger_entries (
  entry_id int8 generated always as identity primary key,
  workspace_id identifier not null,
  posting text collate "C" not null,
  account text not null check (account in
    ('receivable', 'cash', 'fees', 'disputes', 'refunds', 'revenue', 'discounts', 'credits', 'credits_granted',
     'credits_expired', 'written_off', 'bad_debt', 'rounding')),
  amount_nanos int8 not null check (amount_nanos <> 0),
  -- The grant that a posting of giving or expiring is about.
  grant_key identifier,
  posted_at timestamptz not null,
  unique (workspace_id, posting, account),
  constraint giving_and_expiring_name_the_grant check (
    account not in ('credits_granted', 'credits_expired') or grant_key is not null)
);
create index ledger_entries_workspace on ledger_entries (workspace_id, account);
create index ledger_entries_grant on ledger_entries (workspace_id, grant_key) where grant_key is not null;

-- Each grant beside what the books say of it, and what is wrong with that. A grant is over once the hours that it pays
-- (valid-until taken up to the hour) are closed: its workspace has closed a period that ends after them, and not before
-- they were over. What is left of it then is not owed any more.
create view grant_books as
  select grants.*, owed_nanos, granted_nanos, cash_nanos, expired_nanos, lost_nanos,
    case
      when owed_nanos <> grants.amount_nanos or granted_nanos + cash_nanos + claim_nanos <> grants.amount_nanos
        then 'giving it is posted as ' || owed_nanos || ' owed, not as ' || grants.amount_nanos
      when granted_nanos not in (0, grants.amount_nanos)
        or granted_nanos = 0 and grants.kind in ('free', 'promotional', 'goodwill')
        or granted_nanos > 0 and grants.kind = 'purchased'
        then 'a grant of kind ' || grants.kind || ' is posted with ' || granted_nanos || ' as given for nothing'
      when expired_nanos <> lost_nanos
        then 'expired is ' || lost_nanos || ' of it, and posted is ' || expired_nanos
    end as fault
  from credit_grants as grants
  left join (
    select workspace_id, max(least(ends_at, closed_at)) as through from billing_periods where is_closed group by workspace_id
  ) as closed using (workspace_id)
  left join (
    select workspace_id, grant_key as key,
      sum(amount_nanos) filter (where posting = 'grant:' || grant_key and account = 'credits') as owed,
      sum(amount_nanos) filter (where account = 'credits_granted') as granted,
      sum(amount_nanos) filter (where posting = 'grant:' || grant_key and account = 'cash') as cash,
      sum(amount_nanos) filter (where posting = 'grant:' || grant_key and account = 'receivable') as claim,
      sum(amount_nanos) filter (where account = 'credits_expired') as expired
    from ledger_entries where grant_key is not null group by workspace_id, grant_key
  ) as posted using (workspace_id, key)
  cross join lateral (select
    -coalesce(posted.owed, 0) as owed_nanos, coalesce(posted.granted, 0) as granted_nanos,
    coalesce(posted.cash, 0) as cash_nanos, coalesce(posted.claim, 0) as claim_nanos,
    -coalesce(posted.expired, 0) as expired_nanos,
    case when grants.valid_until <= date_trunc('hour', closed.through, 'UTC') then grants.remaining_nanos else 0 end
      as lost_nanos
  ) as amounts;

-- An issued invoice keeps its content; only its status goes on. What was credited, paid and so on is moved by the triggers
-- of credit notes, payments and the like, and with it the status: nothing remains and it is paid, something does and it is
-- not. A void one stays void.
create function keep_issued_invoice() returns trigger language plpgsql as $$
declare
  moved constant text[] := '{credited_cents,written_off_cents,paid_cents,returned_cents,refunded_cents}';
  derived constant text[] := '{status,remaining_cents,to_refund_cents}';
  is_paid boolean;
begin
  if tg_op = 'DELETE' or to_jsonb(new) - moved - derived is distinct from to_jsonb(old) - moved - derived then
    raise exception 'invoice % is issued: its content never changes', old.id using errcode = 'restrict_violation';
  end if;
  if to_jsonb(new) - derived is distinct from to_jsonb(old) - derived then
    if pg_trigger_depth() < 2 then
      raise exception 'what was paid of invoice % and what was credited follows from its payments and credit notes', old.id
        using errcode = 'restrict_violation';
    end if;
    is_paid := new.total_cents - new.credited_cents - new.written_off_cents
      <= new.paid_cents - new.returned_cents - new.refunded_cents;
    new.status := case when new.status = 'void' then 'void' when is_paid then 'paid'
      when new.status = 'paid' then 'issued' else new.status end;
  end if;
  if old.status = 'void' and new.status <> 'void' then
    raise exception 'invoice % is void, and stays it', old.id using errcode = 'restrict_violation';
  end if;
  if new.status = 'void' and not exists (select from credit_notes
    where workspace_id = old.workspace_id and invoice_id = old.id and kind = 'void') then
    raise exception 'invoice % becomes void by the credit note that says so', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger invoices_immutable before update or delete on invoices
  for each row execute function keep_issued_invoice();
create trigger invoices_kept before truncate on invoices
  for each statement execute function refuse_change();
create trigger invoice_lines_immutable before update or delete or truncate on invoice_lines
  for each statement execute function refuse_change();
create trigger invoice_usage_immutable before update or delete or truncate on invoice_usage
  for each statement execute function refuse_change();
create trigger credit_draws_immutable before update or delete or truncate on credit_draws
  for each statement execute function refuse_change();
create trigger credit_grants_kept before delete or truncate on credit_grants
  for each statement execute function refuse_change();
create trigger ledger_append_only before update or delete or truncate on ledger_entries
  for each statement execute function refuse_change();

-- Lines, usage and draws join an invoice only in the transaction that issues it.
create function belongs_to_issuing_transaction() returns trigger language plpgsql as $$
begin
  if exists (
    select from added
    left join invoices on invoices.workspace_id = added.workspace_id and invoices.id = added.invoice_id
    where invoices.issued_by is distinct from pg_current_xact_id()
  ) then
    raise exception '%: the invoice is already issued, or another workspace''s', tg_table_name
      using errcode = 'restrict_violation';
  end if;
  return null;
end $$;
create trigger invoice_usage_with_invoice after insert on invoice_usage
  referencing new table as added for each statement execute function belongs_to_issuing_transaction();

create function lines_add_up() returns trigger language plpgsql as $$
begin
  if exists (
    select from (
      select added.workspace_id, added.invoice_id, sum(added.amount_cents) as cents, sum(added.exact_nanos) as nanos
      from added group by added.workspace_id, added.invoice_id
    ) as lines left join invoices on invoices.workspace_id = lines.workspace_id and invoices.id = lines.invoice_id
    where invoices.issued_by is distinct from pg_current_xact_id()
       or invoices.total_cents <> lines.cents or invoices.amount_due_nanos <> lines.nanos
  ) then
    raise exception 'invoice lines must come whole, with their invoice, and add up to its total'
      using errcode = 'check_violation';
  end if;
  return null;
end $$;
create trigger invoice_lines_add_up after insert on invoice_lines
  referencing new table as added for each statement execute function lines_add_up();

-- Draws take from their grant, in hours that it is valid in (whole hours: from down, until up).
create function draw_from_grants() returns trigger language plpgsql as $$
begin
  if exists (
    select from added
    left join invoices on invoices.id = added.invoice_id and invoices.workspace_id = added.workspace_id
    left join credit_grants as grants on grants.workspace_id = added.workspace_id and grants.key = added.grant_key
    where invoices.issued_by is distinct from pg_current_xact_id() or grants.key is null
       or to_timestamp(added.hours[1]::int8 * 3600) <= grants.valid_from - interval '1 hour'
       or to_timestamp(added.last_hour::int8 * 3600) >= grants.valid_until
  ) then
    raise exception 'a credit draw must come with its invoice and lie within its grant''s validity'
      using errcode = 'check_violation';
  end if;
  update credit_grants as grants set remaining_nanos = grants.remaining_nanos - drawn.nanos
  from (
    select workspace_id, grant_key, sum(amount_nanos)::int8 as nanos from added group by workspace_id, grant_key
  ) as drawn
  where grants.workspace_id = drawn.workspace_id and grants.key = drawn.grant_key;
  return null;
end $$;
create trigger credit_draws_take after insert on credit_draws
  referencing new table as added for each statement execute function draw_from_grants();

-- A grant is given once: what is left of it moves by draws alone. All else that may change is its end: once it is said to
-- be ended, it comes forward, never to before an hour that an issued invoice has drawn.
create function keep_grant() returns trigger language plpgsql as $$
declare
  ending constant text[] := '{valid_until,ended_at}';
begin
  if pg_trigger_depth() > 1 and to_jsonb(new) - 'remaining_nanos' is not distinct from to_jsonb(old) - 'remaining_nanos' then
    return new;
  end if;
  if new.ended_at is null or new.valid_until >= coalesce(old.valid_until, 'infinity')
    or to_jsonb(new) - ending is distinct from to_jsonb(old) - ending then
    raise exception 'grant % is given: only draws change what is left of it, and only ending it how long it is valid', old.key
      using errcode = 'restrict_violation';
  end if;
  if exists (select from standing_draws where workspace_id = old.workspace_id and grant_key = old.key
    and hour >= new.valid_until) then
    raise exception 'grant % cannot end at %: an issued invoice has drawn it in an hour after that', old.key, new.valid_until
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger credit_grants_fixed before update on credit_grants for each row execute function keep_grant();

-- All grants of a workspace together: five thousand million dollars. Its row is locked, so that two at a time are seen.
create function grants_within_limit() returns trigger language plpgsql as $$
begin
  perform from workspaces where id = new.workspace_id for no key update;
  if new.amount_nanos + (select coalesce(sum(amount_nanos), 0) from credit_grants where workspace_id = new.workspace_id)
    > 5000000000000000000
    -- The same key again is no second grant: the insert finds it taken.
    and not exists (select from credit_grants where workspace_id = new.workspace_id and key = new.key) then
    raise exception 'grant % would take the grants of workspace % over their limit together', new.key, new.workspace_id
      using errcode = 'check_violation', constraint = 'grants_within_limit';
  end if;
  return new;
end $$;
create trigger credit_grants_within_limit before insert on credit_grants
  for each row execute function grants_within_limit();

-- At the end of every transaction that gives a grant, ends it, draws it, returns to it, posts about it or closes a period of
-- its workspace, the books say of it what is true: see expiryPostings in domain/ledger.ts.
create function want_booked(workspace text, one text) returns void language plpgsql as $$
declare
  wrong constant text := (select fault from grant_books where workspace_id = workspace and key = one);
begin
  if wrong is not null then
    raise exception 'the books are wrong about grant % of workspace %: %', one, workspace, wrong
      using errcode = 'check_violation', constraint = 'grants_are_booked',
        hint = 'post what changes of it in the same transaction: db/billing/expiry.ts';
  end if;
end $$;
create function grant_is_booked() returns trigger language plpgsql as $$
begin
  perform want_booked(new.workspace_id, new.key);
  return null;
end $$;
create function grant_of_entry_is_booked() returns trigger language plpgsql as $$
begin
  perform want_booked(new.workspace_id, new.grant_key);
  return null;
end $$;
-- What was over before this period began was booked when it was closed, or whenever something changed it since: a closing
-- does not look at all that there has ever been.
create function ending_grants_are_booked() returns trigger language plpgsql as $$
begin
  perform want_booked(workspace_id, key) from credit_grants
  where workspace_id = new.workspace_id and valid_until > coalesce(
    (select date_trunc('hour', max(least(ends_at, closed_at)), 'UTC') from billing_periods
      where workspace_id = new.workspace_id and is_closed and month < new.month), '-infinity');
  return null;
end $$;
create constraint trigger credit_grants_booked after insert or update on credit_grants
  deferrable initially deferred for each row execute function grant_is_booked();
create constraint trigger billing_periods_booked after update of status on billing_periods
  deferrable initially deferred for each row when (new.is_closed and not old.is_closed)
  execute function ending_grants_are_booked();
create constraint trigger ledger_entries_booked after insert on ledger_entries
  deferrable initially deferred for each row when (new.grant_key is not null) execute function grant_of_entry_is_booked();

-- An issued invoice comes whole: its posting (the entries of invoiceEntries in domain/ledger.ts; rounding follows from them),
-- its lines, the usage and the draws that they bill, and the closing of its period.
create function invoice_is_booked() returns trigger language plpgsql as $$
declare
  lacking text;
begin
  lacking := case
    when (
      select row(
        coalesce(sum(amount_nanos) filter (where account = 'receivable'), 0),
        coalesce(sum(amount_nanos) filter (where account = 'credits'), 0),
        coalesce(sum(amount_nanos) filter (where account = 'discounts'), 0),
        coalesce(sum(amount_nanos) filter (where account = 'revenue'), 0)
      ) is distinct from row(10000000::numeric * new.total_cents, new.credits_applied_nanos::numeric,
        (new.volume_discount_nanos + new.program_discount_nanos)::numeric, -new.list_nanos::numeric)
      from ledger_entries where workspace_id = new.workspace_id and posting = 'invoice:' || new.id
    ) then 'its posting to the ledger'
    when (select row(sum(exact_nanos), sum(amount_cents)) from invoice_lines
        where workspace_id = new.workspace_id and invoice_id = new.id)
      is distinct from row(new.amount_due_nanos::numeric, new.total_cents::numeric) then 'its lines'
    when (select sum(list_nanos) from invoice_usage where workspace_id = new.workspace_id and invoice_id = new.id)
      is distinct from new.list_nanos::numeric then 'the usage that it bills'
    when (select coalesce(sum(amount_nanos), 0) from credit_draws
      where workspace_id = new.workspace_id and invoice_id = new.id)
      <> new.credits_applied_nanos then 'the draws of its credits'
    when not exists (select from billing_periods
      where workspace_id = new.workspace_id and month = new.month and status = 'invoiced') then 'the closing of its period'
  end;
  if lacking is not null then
    raise exception 'invoice % must come with %', new.id, lacking
      using errcode = 'check_violation', constraint = 'invoice_is_whole';
  end if;
  return null;
end $$;
create constraint trigger invoices_booked after insert on invoices
  deferrable initially deferred for each row execute function invoice_is_booked();

-- Opened once, closed once, never gone; while it waits it does not open again, and who asked for its closing is not unasked.
create function keep_closed_period() returns trigger language plpgsql as $$
begin
  if old.is_closed
    and (tg_op = 'DELETE' or (new.status, new.closed_at, new.closed_because)
      is distinct from (old.status, old.closed_at, old.closed_because)) then
    raise exception 'period % of % is closed', old.month, old.workspace_id using errcode = 'restrict_violation';
  end if;
  if tg_op = 'DELETE' then
    raise exception 'period % of % is open: it is closed, never deleted', old.month, old.workspace_id
      using errcode = 'restrict_violation';
  end if;
  if (new.workspace_id, new.month, new.starts_at, new.ends_at, new.opened_at)
      is distinct from (old.workspace_id, old.month, old.starts_at, old.ends_at, old.opened_at)
    or old.status = 'waiting' and new.status = 'open'
    or old.close_requested_at is not null and new.close_requested_at is distinct from old.close_requested_at then
    raise exception 'period % of % keeps its time, and goes only forward', old.month, old.workspace_id
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger billing_periods_closed before update or delete on billing_periods
  for each row execute function keep_closed_period();

-- Gapless: the workspace's next number is one more than its last. The issuing transaction holds the workspace's row.
create function number_is_next() returns trigger language plpgsql as $$
begin
  if new.number <> 1 + coalesce((select max(number) from invoices where workspace_id = new.workspace_id), 0) then
    raise exception 'invoice number % of workspace % leaves a gap', new.number, new.workspace_id
      using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger invoices_gapless before insert on invoices for each row execute function number_is_next();
`;
