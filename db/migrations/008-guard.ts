// The credit guard: one row a workspace that there is something to guard of, why it is stopped, what billing wants of each
// model, and what an episode without credits came to. All of it is judged afresh from what lies above; only what was decided
// and done is kept here.
export const guard = `
-- What a workspace's hours come to at list prices, ever: moved by the roll-up in the statement that moves the hours. The
-- difference of two readings says what was used between them, without a sum over its hours. It bounds and never bills. Numeric,
-- as one whose total leaves 64 bits is metered all the same.
create table usage_totals (
  workspace_id text collate "C" primary key,
  list_nanos numeric not null
) with (fillfactor = 70);

-- The reporter of a replica: by its mark it is told whether the replica still runs.
alter table replicas add column source_id int;

create table guards (
  workspace_id identifier primary key references workspaces,
  shard smallint not null,
  state text not null default 'ok' check (state in ('ok', 'low', 'suspended')),
  started_at timestamptz not null,
  -- Since when it commands: overrun from before is owed. Null where no platform is to be commanded.
  in_command_since timestamptz,
  -- Who has something to say raises the one; who has judged since sets the other to it.
  wake_sequence int8 not null default 0,
  judged_sequence int8 not null default 0,
  woken_at timestamptz,
  judged_at timestamptz,
  next_look_at timestamptz,
  -- By the last judgement, for whoever asks between two of them.
  remaining_nanos int8 not null default 0,
  burn_nanos_per_hour int8 not null default 0,
  -- The end of the last minute that credits cover whole, where something burns and nothing else pays.
  zero_at timestamptz,
  -- What the last judgement and each tick since go by: usage at list prices that credits still cover, counted from listed_nanos.
  listed_nanos int8 not null default 0,
  cover_nanos int8 not null default 0,
  burn_list_nanos_per_minute int8 not null default 0,
  -- How much more may be used (at list prices) before the next notice can be due; null where none can.
  until_notice_nanos int8,
  next_change_at timestamptz,
  -- What the customer was told, and of how many grants: another one begins new crossings.
  told_grants int not null default 0,
  told_percent smallint not null default 0,
  told_short boolean not null default false,
  -- Since when the platform should say which models there are, and does not.
  unlisted_since timestamptz,
  check (judged_sequence <= wake_sequence)
) with (fillfactor = 70);
create index guards_due on guards (shard, next_change_at) where next_change_at is not null;
create index guards_running_out on guards (zero_at) where zero_at is not null;
create index guards_unheard on guards (woken_at) where wake_sequence > judged_sequence;
create index guards_late on guards (next_look_at);
create index guards_states on guards (state) where state <> 'ok';
create index guards_unlisted on guards (unlisted_since) where unlisted_since is not null;

-- Why a workspace is stopped: a row a reason, ended only by its own end. With scope deploys only new deployments are refused,
-- with models its models are stopped, too.
create table suspensions (
  workspace_id identifier not null references workspaces,
  number int not null check (number > 0),
  reason text not null check (reason in ('credits', 'past_due', 'operator')),
  scope text not null check (scope in ('deploys', 'models')),
  -- An operator's own words, for the customer.
  message text check (length(message) between 1 and 500),
  began_at timestamptz not null,
  -- Credits must cover a minute of what was stopped before it goes on.
  stopped_nanos_per_minute int8 not null default 0,
  -- What the workspace's usage comes to at list prices once all is reported until the credits were gone, and when that was.
  listed_through_nanos int8,
  zero_at timestamptz,
  -- When the customer was told of it.
  told_at timestamptz,
  ended_at timestamptz,
  ended_because text,
  primary key (workspace_id, number),
  check ((ended_at is null) = (ended_because is null))
);
create unique index suspensions_standing on suspensions (workspace_id, reason) where ended_at is null;

-- What billing wants of a model: written before the call, confirmed after it. A row a model that was ever stopped; the generation
-- grows with every change of the wish.
create table model_wishes (
  workspace_id identifier not null references workspaces,
  model name_text not null,
  wish text not null check (wish in ('stop', 'run')),
  reason text not null check (reason in ('credits', 'past_due', 'operator')),
  message text not null,
  generation int8 not null check (generation > 0),
  wished_at timestamptz not null,
  sent_at timestamptz,
  confirmed_at timestamptz,
  outcome text check (outcome in ('done', 'owner', 'gone', 'superseded')),
  tries int not null default 0,
  next_try_at timestamptz,
  last_error text,
  primary key (workspace_id, model),
  check ((confirmed_at is null) = (outcome is null))
);
create index model_wishes_unconfirmed on model_wishes (wished_at) where confirmed_at is null;

-- Since when nothing more of it is tried by itself.
alter table collectings add column past_due_since timestamptz;

-- One time without credits and without a method: from the computed zero to the minute in which the workspace goes on. What its
-- minutes owe is written off when they are billed.
create table guard_episodes (
  workspace_id identifier not null references workspaces,
  number int not null check (number > 0),
  begins_at timestamptz not null check (date_trunc('minute', begins_at, 'UTC') = begins_at),
  because text not null check (because in ('credits', 'method')),
  noticed_at timestamptz not null,
  commanded_at timestamptz,
  confirmed_at timestamptz,
  ends_at timestamptz check (date_trunc('minute', ends_at, 'UTC') = ends_at),
  restored_at timestamptz,
  primary key (workspace_id, number),
  check (ends_at >= begins_at and (ends_at is null) = (restored_at is null)),
  constraint episodes_apart exclude using gist (
    workspace_id with =, tstzrange(begins_at, ends_at) with &&)
);
create index guard_episodes_at on guard_episodes (begins_at);

-- Past due invoices stop nothing of this workspace until then.
create table past_due_pauses (
  workspace_id identifier primary key references workspaces,
  until_at timestamptz not null,
  reason text not null,
  set_at timestamptz not null
);

-- Deployments that a platform refused by the gate's word: a row a day, model and version.
create table refused_deploys (
  workspace_id identifier not null references workspaces,
  day date not null,
  model name_text not null,
  version text collate "C" not null default '' check (length(version) <= 200),
  reason text not null,
  times int not null default 1 check (times > 0),
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (workspace_id, day, model, version)
);

-- As domain/ids has it, for statements that wake many.
create function guard_workflow_id(workspace_id text) returns text language sql immutable
  return 'guard:' || workspace_id;
`;
