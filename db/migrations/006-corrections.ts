// What was billed wrongly is put right here: corrections void minutes, credit notes take back what invoices said. Nothing of
// it changes an invoice; each note explains by how much its invoice counts less.
export const corrections = `
create table corrections (
  workspace_id identifier not null references workspaces,
  key identifier not null,
  reason text not null check (length(reason) between 1 and 500),
  refund_as text not null check (refund_as in ('refund', 'credits')),
  -- Selectors and ranges as they were sent, in their order.
  content jsonb not null,
  void_minutes int8 not null check (void_minutes > 0),
  made_at timestamptz not null,
  taken_back_at timestamptz,
  position int8 not null generated always as identity,
  primary key (workspace_id, key)
);
create unique index corrections_workspace on corrections (workspace_id, position);

-- The ranges that stand: minutes that they match are void, whenever they were reported. Rolling up reads them like prices
-- and terms, so that what is void is never a copy; taking a correction back takes its rows away.
create table correction_ranges (
  workspace_id identifier not null,
  key identifier not null,
  position int not null,
  model name_text not null,
  version name_text,
  instance_type name_text,
  replica name_text,
  -- Whole minutes: from taken down, until taken up.
  from_at timestamptz not null check (mod(extract(epoch from from_at), 60) = 0),
  until_at timestamptz not null check (until_at > from_at and mod(extract(epoch from until_at), 60) = 0),
  primary key (workspace_id, key, position),
  -- Deferred: that it voids anything is known, and it is stored, once the hours are rolled up with its ranges.
  foreign key (workspace_id, key) references corrections deferrable initially deferred
);
-- Of a workspace with a thousand corrections behind it the present hour meets none of them.
create index correction_ranges_until on correction_ranges (workspace_id, until_at);

-- The minutes of an hour that lie between two instants, as a mask.
create function minutes_between(hour timestamptz, from_at timestamptz, until_at timestamptz) returns int8
language sql immutable as $$
  select (1::int8 << least(60, greatest(0, extract(epoch from until_at - hour) / 60))::int)
    - (1::int8 << least(60, greatest(0, extract(epoch from from_at - hour) / 60))::int)
$$;

-- The first minutes of a mask.
create function first_minutes(mask int8, count int) returns int8 language sql immutable as $$
  select coalesce(bit_or(1::int8 << minute), 0)
  from (
    select minute from generate_series(0, 59) as minute where mask >> minute & 1 = 1 order by minute limit count
  ) as first
$$;

create function keep_correction() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.taken_back_at is not null or new.taken_back_at is null
    or to_jsonb(new) - 'taken_back_at' is distinct from to_jsonb(old) - 'taken_back_at' then
    raise exception 'correction % of % is made: it can only be taken back, once', old.key, old.workspace_id
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger corrections_kept before update or delete on corrections for each row execute function keep_correction();
create trigger corrections_not_emptied before truncate on corrections for each statement execute function refuse_change();

create table credit_notes (
  id text collate "C" not null,
  workspace_id identifier not null references workspaces,
  number int not null check (number > 0),
  invoice_id text collate "C" not null,
  kind text not null check (kind in ('correction', 'goodwill', 'void', 'refund')),
  key identifier not null,
  reason text not null check (length(reason) between 1 and 500),
  -- Where what was used remains owed, or is void with its invoice.
  void_usage text check (void_usage in ('owed', 'voided')),
  amount_cents int8 not null check (amount_cents >= 0),
  -- What would have been credited beyond the invoice's total.
  not_credited_cents int8 not null default 0 check (not_credited_cents >= 0),
  -- What became of the amount.
  written_off_cents int8 not null default 0 check (written_off_cents >= 0),
  lowers_due_cents int8 not null default 0 check (lowers_due_cents >= 0),
  to_refund_cents int8 not null default 0 check (to_refund_cents >= 0),
  as_credits_cents int8 not null default 0 check (as_credits_cents >= 0),
  grant_key identifier,
  -- Credits of grants that the invoice no longer draws.
  credits_returned_nanos int8 not null default 0 check (credits_returned_nanos >= 0),
  -- The invoice's bill without the minutes that the note takes off, from which the next note goes on. What is owed may be
  -- less than what that bill says is due, as a note never charges.
  list_nanos int8 check (list_nanos >= 0),
  volume_discount_nanos int8 check (volume_discount_nanos >= 0),
  program_discount_nanos int8 check (program_discount_nanos >= 0),
  credits_applied_nanos int8 check (credits_applied_nanos >= 0),
  amount_due_nanos int8 check (amount_due_nanos >= 0),
  owed_nanos int8 check (owed_nanos between 0 and amount_due_nanos),
  -- The workspace's last invoice at the issue: notes before an invoice lower what its late parts go on from.
  last_invoice int not null,
  issued_at timestamptz not null,
  issued_by xid8 not null default pg_current_xact_id(),
  primary key (workspace_id, id),
  unique (workspace_id, number),
  unique (workspace_id, invoice_id, kind, key),
  constraint note_parts_add_up check (
    amount_cents = written_off_cents + lowers_due_cents + to_refund_cents + as_credits_cents),
  constraint credits_have_a_grant check ((as_credits_cents > 0) = (grant_key is not null)),
  constraint note_of_minutes_has_a_bill check ((kind in ('correction', 'void')) = (owed_nanos is not null)
    and (owed_nanos is null) = (amount_due_nanos is null)),
  constraint note_amounts_add_up check (
    amount_due_nanos = list_nanos - volume_discount_nanos - program_discount_nanos - credits_applied_nanos),
  constraint void_says_what_of_its_usage check ((kind = 'void') = (void_usage is not null)),
  foreign key (workspace_id, grant_key) references credit_grants,
  foreign key (workspace_id, invoice_id) references invoices
);
create index credit_notes_invoice on credit_notes (workspace_id, invoice_id, number);
create unique index credit_notes_void on credit_notes (workspace_id, invoice_id) where kind = 'void';
create index credit_notes_key on credit_notes (workspace_id, key);

create table credit_note_lines (
  workspace_id identifier not null,
  note_id text collate "C" not null,
  position int not null,
  kind text not null
    check (kind in ('usage', 'volume_discount', 'program_discount', 'credit', 'goodwill', 'refund', 'adjustment')),
  description text not null,
  month billing_month not null,
  model text,
  version text,
  instance_type text,
  replica_minutes int8,
  price_nanos int8,
  exact_nanos int8 not null,
  amount_cents int8 not null,
  primary key (workspace_id, note_id, position),
  foreign key (workspace_id, note_id) references credit_notes
);

-- Which hours, and how many minutes of each, a note takes off its invoice: the negative of invoice_usage.
create table credit_note_usage (
  workspace_id identifier not null,
  note_id text collate "C" not null,
  month billing_month not null,
  model text collate "C" not null,
  version text collate "C" not null,
  instance_type text collate "C" not null,
  price_nanos int8 not null,
  hours int[] not null,
  minutes int[] not null,
  list_nanos int8 not null check (list_nanos >= 0),
  primary key (workspace_id, month, model, version, instance_type, price_nanos, note_id),
  check (cardinality(hours) > 0 and cardinality(hours) = cardinality(minutes)),
  foreign key (workspace_id, note_id) references credit_notes
);
create index credit_note_usage_note on credit_note_usage (workspace_id, note_id);

-- Draws that go back, as credit_draws has them. Billed again without some hours, an invoice may draw a grant in a later hour than
-- before: that is a negative return, and by grant no note takes anything.
create table credit_returns (
  workspace_id identifier not null,
  note_id text collate "C" not null,
  invoice_id text collate "C" not null,
  grant_key identifier not null,
  hours int[] not null check (is_list(hours) and are_ascending(hours)),
  amounts int8[] not null check (is_list(amounts) and 0 <> all (amounts)),
  amount_nanos int8 not null generated always as (sum_of(amounts)) stored,
  last_hour int not null generated always as (hours[cardinality(hours)]) stored,
  primary key (workspace_id, invoice_id, note_id, grant_key),
  constraint an_amount_an_hour check (cardinality(hours) = cardinality(amounts)),
  constraint no_note_takes_of_a_grant check (amount_nanos >= 0)
);
create index credit_returns_last on credit_returns (workspace_id, last_hour);

-- What invoices draw after all notes, by hour.
create view standing_draws as
  select workspace_id, grant_key, invoice_id, to_timestamp(hour::int8 * 3600) as hour, sum(amount_nanos)::int8 as amount_nanos
  from (
    select workspace_id, grant_key, invoice_id, entry.hour, entry.amount_nanos
    from credit_draws cross join lateral unnest(hours, amounts) as entry (hour, amount_nanos)
    union all
    select workspace_id, grant_key, invoice_id, entry.hour, -entry.amount_nanos
    from credit_returns cross join lateral unnest(hours, amounts) as entry (hour, amount_nanos)
  ) as moved
  group by workspace_id, grant_key, invoice_id, hour having sum(amount_nanos) <> 0;

-- Which minutes invoices hold after all notes, by hour: not those with nothing left.
create view standing_usage as
  select workspace_id, month, model, version, instance_type, price_nanos, invoice_id, hour, sum(minutes)::int as minutes
  from (
    select workspace_id, month, model, version, instance_type, price_nanos, invoice_id,
      to_timestamp(entry.hour::int8 * 3600) as hour, entry.minutes
    from invoice_usage cross join lateral unnest(hours, minutes) as entry (hour, minutes)
    union all
    select used.workspace_id, used.month, used.model, used.version, used.instance_type, used.price_nanos, notes.invoice_id,
      to_timestamp(entry.hour::int8 * 3600), -entry.minutes
    from credit_note_usage as used
    join credit_notes as notes on notes.workspace_id = used.workspace_id and notes.id = used.note_id
    cross join lateral unnest(hours, used.minutes) as entry (hour, minutes)
  ) as moved
  group by workspace_id, month, model, version, instance_type, price_nanos, invoice_id, hour having sum(minutes) <> 0;

-- The bill of each invoice after all notes.
create view standing_bills as
  select invoices.workspace_id, invoices.id as invoice_id, coalesce(noted.list_nanos, invoices.list_nanos) as list_nanos,
    coalesce(noted.volume_discount_nanos, invoices.volume_discount_nanos) as volume_discount_nanos,
    coalesce(noted.program_discount_nanos, invoices.program_discount_nanos) as program_discount_nanos,
    coalesce(noted.credits_applied_nanos, invoices.credits_applied_nanos) as credits_applied_nanos,
    coalesce(noted.amount_due_nanos, invoices.amount_due_nanos) as amount_due_nanos,
    coalesce(noted.owed_nanos, invoices.amount_due_nanos) as owed_nanos
  from invoices left join (
    select distinct on (workspace_id, invoice_id) * from credit_notes where owed_nanos is not null
    order by workspace_id, invoice_id, number desc
  ) as noted on noted.workspace_id = invoices.workspace_id and noted.invoice_id = invoices.id;

create trigger credit_notes_immutable before update or delete or truncate on credit_notes
  for each statement execute function refuse_change();
create trigger credit_note_lines_immutable before update or delete or truncate on credit_note_lines
  for each statement execute function refuse_change();
create trigger credit_note_usage_immutable before update or delete or truncate on credit_note_usage
  for each statement execute function refuse_change();
create trigger credit_returns_immutable before update or delete or truncate on credit_returns
  for each statement execute function refuse_change();

-- Gapless like invoices, in a series of their own. The issuing transaction holds the workspace's row.
create function credit_note_is_next() returns trigger language plpgsql as $$
begin
  if new.number <> 1 + coalesce((select max(number) from credit_notes where workspace_id = new.workspace_id), 0) then
    raise exception 'credit note number % of workspace % leaves a gap', new.number, new.workspace_id
      using errcode = 'check_violation';
  end if;
  if not exists (select from invoices
    where id = new.invoice_id and workspace_id = new.workspace_id and status <> 'void') then
    raise exception 'a credit note is for an invoice of its workspace that is not void, % is none', new.invoice_id
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger credit_notes_gapless before insert on credit_notes for each row execute function credit_note_is_next();

-- The one way in which an invoice is credited, and in which it becomes void. Given as credits counts as given back.
create function credit_invoice() returns trigger language plpgsql as $$
begin
  update invoices set credited_cents = credited_cents + new.amount_cents,
    written_off_cents = written_off_cents - new.written_off_cents,
    refunded_cents = refunded_cents + new.as_credits_cents,
    status = case when new.kind = 'void' then 'void' else status end
  where workspace_id = new.workspace_id and id = new.invoice_id;
  return null;
end $$;
create trigger credit_notes_credit after insert on credit_notes for each row execute function credit_invoice();

create function note_lines_add_up() returns trigger language plpgsql as $$
begin
  if exists (
    select from (
      select added.workspace_id, added.note_id, sum(added.amount_cents) as cents
      from added group by added.workspace_id, added.note_id
    ) as lines left join credit_notes as notes on notes.workspace_id = lines.workspace_id and notes.id = lines.note_id
    where notes.issued_by is distinct from pg_current_xact_id() or notes.amount_cents <> lines.cents
  ) then
    raise exception 'lines of a credit note must come whole, with their note, and add up to its amount'
      using errcode = 'check_violation';
  end if;
  return null;
end $$;
create trigger credit_note_lines_add_up after insert on credit_note_lines
  referencing new table as added for each statement execute function note_lines_add_up();

-- A credit note comes whole: the entries of creditNoteEntries in domain/credit-note-entries.ts, its lines, what goes back to
-- grants and, where it takes minutes off, those.
create function credit_note_is_booked() returns trigger language plpgsql as $$
begin
  if not exists (
    select from (
      select coalesce(sum(amount_nanos) filter (where account in ('receivable', 'bad_debt')), 0) as lowered,
        coalesce(sum(amount_nanos) filter (where account = 'refunds'), 0) as refunds,
        coalesce(sum(amount_nanos) filter (where account = 'written_off'), 0) as written_off,
        coalesce(sum(amount_nanos) filter (where account = 'credits'), 0) as credits
      from ledger_entries where workspace_id = new.workspace_id and posting = 'credit-note:' || new.id
    ) as posted
    where lowered = -10000000 * (new.lowers_due_cents + new.as_credits_cents)
      and refunds = -10000000 * new.to_refund_cents and written_off = -10000000 * new.written_off_cents
      and credits = -new.credits_returned_nanos
  ) then
    raise exception 'credit note % must come with its posting to the ledger', new.id
      using errcode = 'check_violation', constraint = 'credit_note_is_booked';
  end if;
  if (select sum(amount_cents) from credit_note_lines
      where workspace_id = new.workspace_id and note_id = new.id) is distinct from new.amount_cents::numeric
    or (select coalesce(sum(amount_nanos), 0) from credit_returns
      where workspace_id = new.workspace_id and invoice_id = new.invoice_id and note_id = new.id) <> new.credits_returned_nanos
    or new.kind in ('correction', 'void') and not exists (select from credit_note_usage
      where workspace_id = new.workspace_id and note_id = new.id) then
    raise exception 'credit note % must come with its lines, what goes back to grants, and its minutes', new.id
      using errcode = 'check_violation', constraint = 'credit_note_is_whole';
  end if;
  return null;
end $$;
create constraint trigger credit_notes_booked after insert on credit_notes
  deferrable initially deferred for each row execute function credit_note_is_booked();

-- A note takes off what its invoice holds, and no more.
create function note_usage_is_held() returns trigger language plpgsql as $$
begin
  if exists (
    select from added left join credit_notes as notes
      on notes.id = added.note_id and notes.workspace_id = added.workspace_id
    where notes.issued_by is distinct from pg_current_xact_id()
  ) then
    raise exception 'what a credit note takes off must come with it' using errcode = 'restrict_violation';
  end if;
  if exists (
    select from (
      select distinct added.workspace_id, added.month, added.model, added.version, added.instance_type, added.price_nanos,
        notes.invoice_id
      from added join credit_notes as notes on notes.workspace_id = added.workspace_id and notes.id = added.note_id
    ) as touched
    cross join lateral (
      select coalesce(sum(taken.list_nanos), 0) as nanos
      from credit_note_usage as taken
      join credit_notes as notes on notes.workspace_id = taken.workspace_id and notes.id = taken.note_id
      where taken.workspace_id = touched.workspace_id and taken.month = touched.month and taken.model = touched.model
        and taken.version = touched.version and taken.instance_type = touched.instance_type
        and taken.price_nanos = touched.price_nanos and notes.invoice_id = touched.invoice_id
    ) as off
    left join invoice_usage as held using (workspace_id, month, model, version, instance_type, price_nanos, invoice_id)
    where off.nanos > coalesce(held.list_nanos, -1)
  ) then
    raise exception 'credit notes would take more minutes off an invoice than it holds' using errcode = 'check_violation';
  end if;
  return null;
end $$;
create trigger credit_note_usage_is_held after insert on credit_note_usage
  referencing new table as added for each statement execute function note_usage_is_held();

-- A return gives back to its grant what its invoice drew of it, and no more.
create function return_to_grants() returns trigger language plpgsql as $$
declare
  touched record;
  is_wrong boolean;
begin
  is_wrong := exists (
    select from added
    left join credit_notes as notes on notes.id = added.note_id and notes.workspace_id = added.workspace_id
      and notes.invoice_id = added.invoice_id
    left join credit_grants as grants on grants.workspace_id = added.workspace_id and grants.key = added.grant_key
    where notes.issued_by is distinct from pg_current_xact_id() or grants.key is null
      or exists (select from unnest(added.hours, added.amounts) as entry (hour, nanos) where nanos < 0
        and (to_timestamp(hour::int8 * 3600) <= grants.valid_from - interval '1 hour'
          or to_timestamp(hour::int8 * 3600) >= grants.valid_until))
  );
  -- One by one: joined, all draws there are would be summed up.
  for touched in select distinct workspace_id, invoice_id from added loop
    is_wrong := is_wrong or exists (select from standing_draws
      where workspace_id = touched.workspace_id and invoice_id = touched.invoice_id and amount_nanos < 0);
  end loop;
  if is_wrong then
    raise exception 'a return must come with its credit note and give back what its invoice draws'
      using errcode = 'check_violation';
  end if;
  update credit_grants as grants set remaining_nanos = grants.remaining_nanos + returned.nanos
  from (
    select workspace_id, grant_key, sum(amount_nanos)::int8 as nanos from added group by workspace_id, grant_key
  ) as returned
  where grants.workspace_id = returned.workspace_id and grants.key = returned.grant_key and returned.nanos <> 0;
  return null;
end $$;
create trigger credit_returns_give after insert on credit_returns
  referencing new table as added for each statement execute function return_to_grants();
`;
