// Usage: reports as they came, the minute masks that they fold into, and the roll-ups that are recomputed from the masks.
export const usage = `
create table sources (
  source_id int generated always as identity primary key,
  source name_text not null unique,
  complete_through timestamptz,
  -- The transaction that moved the mark: the mark counts as metered once what that transaction reported is folded.
  marked_by xid8
);

-- Platforms give each new replica a new name, so this grows without end.
create table replicas (
  replica_id int8 generated always as identity primary key,
  workspace_id identifier not null references workspaces,
  model name_text not null,
  version name_text not null,
  instance_type name_text not null references instance_types,
  replica name_text not null,
  -- Tells a row from others that may have its number: a restored database gives numbers again that were given since the backup.
  print int not null generated always as (hashtext(
    workspace_id || ' ' || model || ' ' || version || ' ' || instance_type || ' ' || replica)) stored,
  unique (workspace_id, replica, model, version, instance_type)
);

-- One row is a stretch of one report: part of an hour, or a run of whole hours (so that a month is three rows and not 744).
-- No foreign keys here and on replica_hours: their check would cost more than the insert itself, and replicas are never
-- deleted. Fixed-width columns first, the widest first: no padding.
create table usage_reports (
  received_at timestamptz not null,
  transaction_id xid8 not null default pg_current_xact_id(),
  hour timestamptz not null,
  mask int8 not null check (mask > 0 and mask < 1::int8 << 60),
  replica_id int8 not null,
  source_id int not null,
  hours smallint not null check (hours > 0),
  phase smallint not null check (phase between 0 and 4),
  shard smallint not null,
  workspace_id text collate "C" not null
) partition by range (received_at);
create index usage_reports_unfolded on usage_reports (shard, transaction_id);

-- The voided mask: minutes that went void together with the invoice that held them, for good. What corrections void is not here:
-- rolling up reads their ranges.
create table replica_hours (
  hour timestamptz not null,
  deploying int8 not null default 0,
  scaling_up int8 not null default 0,
  serving int8 not null default 0,
  scaling_down int8 not null default 0,
  idle int8 not null default 0,
  voided int8 not null default 0,
  replica_id int8 not null,
  workspace_id text collate "C" not null,
  primary key (workspace_id, hour, replica_id)
) partition by range (hour);

-- Masks and roll-ups live in one partition a month each, so that a tick costs the same however much history lies behind it, and
-- history ends a month at a time. A statement that reads them says between which instants: by values that are known before it
-- begins, or else it opens every month that there is.
create table usage_hours (
  workspace_id identifier not null,
  hour on_the_hour not null,
  model name_text not null,
  version name_text not null,
  instance_type name_text not null,
  active_mask int8 not null,
  deploying_minutes int not null,
  scaling_up_minutes int not null,
  serving_minutes int not null,
  scaling_down_minutes int not null,
  idle_minutes int not null,
  replica_minutes int not null check (replica_minutes >= 0),
  -- Of any phase; in no other figure.
  void_minutes int not null default 0 check (void_minutes >= 0),
  price_nanos int8 not null,
  list_nanos int8 not null,
  primary key (workspace_id, hour, model, version, instance_type),
  constraint list_amount_is_minutes_times_price check (list_nanos = replica_minutes * price_nanos)
) partition by range (hour);

-- The roll-ups above usage_hours exist for speed alone: a dashboard of 300 versions would read 223,000 hourly rows.
create table hour_totals (
  workspace_id text collate "C" not null,
  hour timestamptz not null,
  replica_minutes int8 not null,
  list_nanos int8 not null,
  primary key (workspace_id, hour)
) partition by range (hour);

create table usage_days (
  workspace_id text collate "C" not null,
  day date not null,
  model text collate "C" not null,
  version text collate "C" not null,
  instance_type text collate "C" not null,
  price_nanos int8 not null,
  deploying_minutes int8 not null,
  scaling_up_minutes int8 not null,
  serving_minutes int8 not null,
  scaling_down_minutes int8 not null,
  idle_minutes int8 not null,
  replica_minutes int8 not null,
  void_minutes int8 not null default 0,
  list_nanos int8 not null,
  primary key (workspace_id, day, model, version, instance_type, price_nanos)
) partition by range (day);

-- Active minutes are the bits of masks OR-ed together and do not add up over versions, so a model has a row of its own
-- beside its versions' rows: the one without a version.
create table active_days (
  workspace_id text collate "C" not null,
  day date not null,
  model text collate "C" not null,
  version text collate "C",
  active_minutes int not null,
  unique nulls not distinct (workspace_id, day, model, version)
) partition by range (day);

-- Since when usage is kept: the masks and roll-ups of the months before it are gone, and none comes there again. It only grows.
create table usage_kept (
  is_only bool primary key default true check (is_only),
  from_at timestamptz not null default '-infinity'
);
insert into usage_kept default values;

-- What waits to be recomputed. Claimed by deleting, in the transaction that recomputes.
create table dirty_hours (
  shard smallint not null,
  workspace_id text collate "C" not null,
  hour timestamptz not null,
  primary key (shard, workspace_id, hour)
);
-- Hours that a change of prices or billable phases makes dirty, of many workspaces at once: the used ones among them are
-- found by each shard when it rolls up, in the order of workspaces.
create table dirty_ranges (
  shard smallint not null,
  id int8 generated always as identity,
  -- Null: of every type.
  instance_type text collate "C",
  from_at timestamptz not null,
  until_at timestamptz not null check (until_at > from_at),
  only_workspace text collate "C",
  all_but text[] collate "C" not null,
  -- Up to which workspace its hours are among the dirty ones already.
  expanded_through text collate "C" not null default '',
  primary key (shard, id)
);
-- Days whose rows are stale or missing, the running one of whoever is active among them: read from their hours while they are
-- in here, and claimed once they are over.
create table dirty_days (
  shard smallint not null,
  workspace_id text collate "C" not null,
  day date not null,
  primary key (shard, workspace_id, day)
);
create index dirty_days_over on dirty_days (shard, day);
create table dirty_credits (
  shard smallint not null,
  workspace_id text collate "C" not null,
  primary key (shard, workspace_id)
);

-- What each shard has folded: all reports visible in the snapshot. A pass that is under way folds up to its target, in the
-- order of transaction, replica and hour, and has come through the report named by the three columns after it.
create table fold_cursors (
  shard smallint primary key,
  folded pg_snapshot not null default '1:1:',
  target pg_snapshot,
  through_transaction xid8,
  through_replica int8,
  through_hour timestamptz
);
insert into fold_cursors (shard) select shard from generate_series(0, 15) as shard;

-- Whether what a transaction reported is missing from the masks. The comparison alone can use the index.
create function is_unfolded(transaction_id xid8, folded pg_snapshot) returns boolean language sql immutable as $$
  select transaction_id >= pg_snapshot_xmin(folded) and not pg_visible_in_snapshot(transaction_id, folded)
$$;

-- Workspaces that made a step of metering fail: left out of it and tried by themselves, ever more seldom, so that they stop
-- nobody else. Their dirty rows stay; what folding has left out is told by the snapshot of what was folded before.
create table set_aside (
  shard smallint not null,
  workspace_id text collate "C" not null,
  work text not null check (work in ('replay', 'fold', 'roll_up', 'credits')),
  error text not null,
  first_at timestamptz not null default now(),
  last_at timestamptz not null default now(),
  attempts int not null default 1,
  next_attempt_at timestamptz not null,
  folded pg_snapshot,
  primary key (shard, work, workspace_id),
  check ((work = 'fold') = (folded is not null))
);

-- When each step last went through a shard, and since when it fails. A row a shard and step, updated in place; replay goes
-- through all shards at once and has one.
create table metering_health (
  step text not null check (step in ('replay', 'fold', 'roll_up', 'credits')),
  shard smallint not null,
  succeeded_at timestamptz,
  failing_since timestamptz,
  error text,
  primary key (step, shard)
) with (fillfactor = 50);
insert into metering_health (step, shard)
select step, shard from unnest('{fold,roll_up,credits}'::text[]) as step, generate_series(0, 15) as shard
union all select 'replay', 0;

-- A source's mark as it stood when everything before it had been folded and rolled up.
create table metered_marks (
  shard smallint not null,
  source_id int not null references sources,
  metered_through timestamptz not null,
  primary key (shard, source_id)
);

create table source_periods (
  workspace_id identifier not null,
  month billing_month not null,
  source_id int not null references sources,
  primary key (workspace_id, month, source_id)
);
create index source_periods_source on source_periods (source_id, workspace_id);

create table usage_quarantine (
  quarantine_id int8 generated always as identity primary key,
  workspace_id identifier not null,
  model name_text not null,
  version name_text not null,
  replica name_text not null,
  instance_type name_text not null,
  phase smallint not null check (phase between 0 and 4),
  from_at timestamptz not null,
  to_at timestamptz not null check (to_at > from_at),
  source_id int not null references sources,
  reason text not null check (reason in ('unknown_workspace', 'before_start', 'no_price', 'too_old')),
  received_at timestamptz not null,
  -- A report sent again while it is in quarantine is the same report.
  unique (workspace_id, replica, model, version, instance_type, phase, from_at, to_at, source_id)
);
-- Counted by reason at every scrape of the metrics, up to a bound: one reason's million must not hide another's few.
create index usage_quarantine_reason on usage_quarantine (reason);
-- Judged by groups of a workspace and an instance type, however many reports each has: which lie at or after an instant.
create index usage_quarantine_groups on usage_quarantine (workspace_id, instance_type, from_at);

-- Up to which group the rounds of metering have looked: of very many each round looks at some.
create table quarantine_sweep (
  is_only bool primary key default true check (is_only),
  workspace_id text not null default '',
  instance_type text not null default ''
);
insert into quarantine_sweep default values;

-- When what metering does once for all shards was last begun. Not told by metering's health: where shards are always at work,
-- one of them has just succeeded whenever a round asks.
create table metering_chores (
  is_only bool primary key default true check (is_only),
  begun_at timestamptz not null default '-infinity'
);
insert into metering_chores default values;

-- From when on reports of an instance type can be attributed to a workspace: it has started, there is a price, and usage is
-- kept. A price holds until the next and the last for ever, so only the first of the two books counts. No row where there is
-- none. Written
-- for the index of change points, however many contracts there are on the type; and as a table, which is inlined into whoever
-- asks: the judgement of a report called a function for 13 of the 16 µs that a report cost Postgres.
create function attributable_since(type text, workspace text, starts_at timestamptz) returns table (since timestamptz)
language sql stable as $$
  select greatest(starts_at, priced_from, (select from_at from usage_kept)) from (
    select min(lower(valid)) as priced_from from prices
    where instance_type = type and coalesce(workspace_id::text, '') in ('', workspace)) as first
  where priced_from is not null
$$;

-- The same as a value, null where there is none: to look for by an index, once for many reports.
create function attributable_from(type text, workspace text, starts_at timestamptz) returns timestamptz
language sql stable as $$
  select since from attributable_since(type, workspace, starts_at)
$$;

-- Whether a workspace used anything of an instance type, or of any (null), in these hours. Not written where it is asked: there
-- every month would be opened, although mostly nobody asks.
create function has_used_hours(workspace text, type text, from_at timestamptz, until_at timestamptz) returns boolean
language plpgsql stable as $$
begin
  return exists (select from usage_hours
    where workspace_id = workspace and hour >= from_at and hour < until_at and (type is null or instance_type = type));
end $$;

-- Metered usage goes with its partition, at the end of its life, and never by a statement.
create function keep_usage() returns trigger language plpgsql as $$
begin
  raise exception '% is never deleted from: what was used is owed, or is taken back by a correction', tg_table_name
    using errcode = 'restrict_violation';
end $$;

-- A partition is made as a table of its own that is then attached: that lets readers and writers of the others go on, which
-- creating it in place would not. One session at a time: two that create the same table collide in the catalog. How full its
-- pages get is each partition's own: a partitioned table has none, and \`like\` brings none along; nor are triggers of statements
-- its partitions', to which somebody may write directly.
create function ensure_partition(parent text, name text, first timestamp, next timestamp, fillfactor int default 100) returns void
language plpgsql as $$
begin
  if to_regclass(name) is not null then return; end if;
  perform pg_advisory_xact_lock(715, 0);
  -- Not to_regclass again: it may answer from a cache that has not heard of what another session made meanwhile.
  if exists (select from pg_class where relname = name and relnamespace = current_schema()::regnamespace) then return; end if;
  execute format('create table %I (like %I including defaults including constraints including indexes)
    with (fillfactor = %s)', name, parent, fillfactor);
  if exists (select from pg_trigger where tgrelid = parent::regclass and tgname = parent || '_kept') then
    execute format('create trigger %I before delete or truncate on %I for each statement execute function keep_usage()',
      parent || '_kept', name);
  end if;
  -- In UTC whatever the session's zone is, and a day where the key is one.
  execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, name, first || '+00', next || '+00');
end $$;

create function ensure_usage_reports_day(day date) returns void language sql as $$
  select ensure_partition('usage_reports', 'usage_reports_' || to_char(day, 'YYYYMMDD'), day::timestamp,
    (day + 1)::timestamp)
$$;

-- All of a month at once: whoever finds one of its tables finds the others. The rows of the running hour are updated by every
-- tick, and their pages have room for it. With 500 active workspaces a shard 85 % of the updates touch no index, of 23 % on
-- full pages, and table and indexes are a quarter smaller after fifteen of them; half empty pages would make it all, and history
-- twice as large.
create function ensure_usage_month(month date) returns void language sql as $$
  select ensure_partition(parent, parent || to_char(month, '_YYYYMM'), date_trunc('month', month::timestamp),
    date_trunc('month', month::timestamp) + interval '1 month', fillfactor)
  from (values ('replica_hours', 80), ('usage_hours', 80), ('hour_totals', 80), ('usage_days', 100), ('active_days', 100))
    as monthly (parent, fillfactor)
$$;

-- Reports are kept for the auditor, and go a day at a time once every one of them is folded. Answers how many days went.
create function drop_usage_reports(before date) returns int language plpgsql as $$
declare
  name text;
  is_needed boolean;
  dropped int := 0;
begin
  for name in
    select partition.relname from pg_inherits join pg_class as partition on partition.oid = inhrelid
    where inhparent = 'usage_reports'::regclass
      and partition.relname < 'usage_reports_' || to_char(before, 'YYYYMMDD')
    order by partition.relname
  loop
    -- Subqueries by their offset, so that the index is gone into where folding stands: all of a day is much to read.
    execute format('select exists (select from fold_cursors cross join lateral (
        select from %1$I as reports where reports.shard = fold_cursors.shard and is_unfolded(transaction_id, folded)
        order by transaction_id offset 0) as waiting)
      or exists (select from set_aside cross join lateral (
        select from %1$I as reports where reports.shard = set_aside.shard and is_unfolded(transaction_id, folded)
          and reports.workspace_id = set_aside.workspace_id
        order by transaction_id offset 0) as waiting where work = ''fold'')', name) into is_needed;
    if not is_needed then
      execute format('drop table %I', name);
      dropped := dropped + 1;
    end if;
  end loop;
  return dropped;
end $$;
`;
