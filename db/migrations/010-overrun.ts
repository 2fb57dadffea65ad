// What is written off of invoices: usage of a time without credits and without a method, which is the guard's to answer for. A
// row an invoice, from which alone its written_off_cents moves; the bill and its lines stay.
export const overrun = `
-- Of a workspace with a year of episodes behind it, those that reach into what nobody has billed yet.
create index guard_episodes_end on guard_episodes (workspace_id, ends_at);

create table overrun_write_offs (
  workspace_id identifier not null references workspaces,
  invoice_id text collate "C" not null,
  -- What it was computed from: replica-minutes inside episodes with their list amount, and what the bill owes with them and without.
  replica_minutes int8 not null check (replica_minutes > 0),
  list_nanos int8 not null check (list_nanos >= 0),
  owed_nanos int8 not null check (owed_nanos >= 0),
  owed_without_nanos int8 not null,
  -- Nothing, where credits given later paid those hours; the minutes are remembered all the same.
  amount_cents int8 not null,
  at timestamptz not null,
  primary key (workspace_id, invoice_id),
  check (owed_without_nanos between 0 and owed_nanos),
  constraint written_off_by_half_up_cents check (
    amount_cents = (owed_nanos + 5000000) / 10000000 - (owed_without_nanos + 5000000) / 10000000),
  foreign key (workspace_id, invoice_id) references invoices
);

-- The same by episode, the amount in proportion to the list amounts.
create table overrun_parts (
  workspace_id identifier not null,
  episode int not null,
  invoice_id text collate "C" not null,
  replica_minutes int8 not null check (replica_minutes > 0),
  list_nanos int8 not null check (list_nanos >= 0),
  amount_cents int8 not null check (amount_cents >= 0),
  primary key (workspace_id, episode, invoice_id),
  foreign key (workspace_id, episode) references guard_episodes,
  foreign key (workspace_id, invoice_id) references overrun_write_offs
);
create index overrun_parts_invoice on overrun_parts (workspace_id, invoice_id);

-- How many of the minutes that an invoice holds lie inside episodes, by line and hour as in invoice_usage, and how many of them a
-- credit note takes off. An invoice does not know which minutes of an hour it holds: what is reported later, or void, is told
-- from these counts, so that no minute is written off twice.
create table overrun_usage (
  workspace_id identifier not null,
  invoice_id text collate "C" not null,
  note_id text collate "C",
  month billing_month not null,
  model text collate "C" not null,
  version text collate "C" not null,
  instance_type text collate "C" not null,
  price_nanos int8 not null,
  hours int[] not null,
  minutes int[] not null,
  unique nulls not distinct (workspace_id, month, model, version, instance_type, price_nanos, invoice_id, note_id),
  check (cardinality(hours) > 0 and cardinality(hours) = cardinality(minutes)),
  foreign key (workspace_id, invoice_id) references overrun_write_offs,
  foreign key (workspace_id, note_id) references credit_notes
);
create index overrun_usage_invoice on overrun_usage (workspace_id, invoice_id);

-- What of the minutes that invoices hold after all notes lies inside episodes, by hour.
create view standing_overrun as
  select workspace_id, month, model, version, instance_type, price_nanos, invoice_id, to_timestamp(entry.hour::int8 * 3600) as hour,
    sum(case when note_id is null then entry.minutes else -entry.minutes end)::int as minutes
  from overrun_usage cross join lateral unnest(hours, minutes) as entry (hour, minutes)
  group by workspace_id, month, model, version, instance_type, price_nanos, invoice_id, entry.hour
  having sum(case when note_id is null then entry.minutes else -entry.minutes end) <> 0;

create trigger overrun_write_offs_immutable before update or delete or truncate on overrun_write_offs
  for each statement execute function refuse_change();
create trigger overrun_parts_immutable before update or delete or truncate on overrun_parts
  for each statement execute function refuse_change();
create trigger overrun_usage_immutable before update or delete or truncate on overrun_usage
  for each statement execute function refuse_change();

-- The one way in which something of an invoice is written off: at its issue. Credit notes alone lower it afterwards.
create function write_overrun_off() returns trigger language plpgsql as $$
begin
  update invoices set written_off_cents = written_off_cents + new.amount_cents
  where id = new.invoice_id and workspace_id = new.workspace_id and issued_by = pg_current_xact_id()
    and amount_due_nanos = new.owed_nanos;
  if not found then
    raise exception 'overrun of invoice % is written off at its issue, of what its bill owes', new.invoice_id
      using errcode = 'restrict_violation';
  end if;
  return null;
end $$;
create trigger overrun_write_offs_count after insert on overrun_write_offs for each row execute function write_overrun_off();

-- It comes with its episodes, its minutes and its posting: see overrunPosting in domain/ledger.ts.
create function overrun_is_whole() returns trigger language plpgsql as $$
begin
  if (select row(sum(replica_minutes), sum(list_nanos), sum(amount_cents)) from overrun_parts
      where workspace_id = new.workspace_id and invoice_id = new.invoice_id)
    is distinct from row(new.replica_minutes::numeric, new.list_nanos::numeric, new.amount_cents::numeric) then
    raise exception 'the parts of the overrun of invoice % do not make it', new.invoice_id
      using errcode = 'check_violation', constraint = 'overrun_is_whole';
  end if;
  if (select row(sum(entry.minutes), sum(entry.minutes * price_nanos)) from overrun_usage
      cross join lateral unnest(minutes) as entry (minutes)
      where workspace_id = new.workspace_id and invoice_id = new.invoice_id and note_id is null)
    is distinct from row(new.replica_minutes, new.list_nanos::numeric) then
    raise exception 'the minutes of the overrun of invoice % do not make it', new.invoice_id
      using errcode = 'check_violation', constraint = 'overrun_is_whole';
  end if;
  if (
    select row(coalesce(sum(amount_nanos) filter (where account = 'written_off'), 0),
      coalesce(sum(amount_nanos) filter (where account = 'receivable'), 0))
    from ledger_entries where workspace_id = new.workspace_id and posting = 'overrun:' || new.invoice_id
  ) is distinct from row(10000000::numeric * new.amount_cents, -10000000::numeric * new.amount_cents) then
    raise exception 'the overrun of invoice % must come with its posting to the ledger', new.invoice_id
      using errcode = 'check_violation', constraint = 'overrun_is_booked';
  end if;
  return null;
end $$;
create constraint trigger overrun_write_offs_whole after insert on overrun_write_offs
  deferrable initially deferred for each row execute function overrun_is_whole();

-- Its minutes come with the invoice or the note that they are of, and never are more than what the invoice holds.
create function overrun_is_held() returns trigger language plpgsql as $$
declare
  touched record;
begin
  if exists (
    select from added
    left join invoices on invoices.id = added.invoice_id and invoices.workspace_id = added.workspace_id
    left join credit_notes as notes on notes.workspace_id = added.workspace_id and notes.id = added.note_id
      and notes.invoice_id = added.invoice_id
    where case when added.note_id is null then invoices.issued_by else notes.issued_by end is distinct from pg_current_xact_id()
  ) then
    raise exception 'minutes of an overrun must come with their invoice or credit note' using errcode = 'restrict_violation';
  end if;
  -- One by one: joined to what was added, both views would be summed up whole, for everybody.
  for touched in select distinct workspace_id, month, invoice_id from added loop
    if exists (
      select from (
        select * from standing_overrun
        where workspace_id = touched.workspace_id and month = touched.month and invoice_id = touched.invoice_id
      ) as inside left join (
        select * from standing_usage
        where workspace_id = touched.workspace_id and month = touched.month and invoice_id = touched.invoice_id
      ) as held using (model, version, instance_type, price_nanos, hour)
      where inside.minutes < 0 or inside.minutes > coalesce(held.minutes, 0)
    ) then
      raise exception 'no more minutes of an overrun than the invoice holds' using errcode = 'check_violation',
        constraint = 'overrun_is_held';
    end if;
  end loop;
  return null;
end $$;
create trigger overrun_usage_is_held after insert on overrun_usage
  referencing new table as added for each statement execute function overrun_is_held();
`;
