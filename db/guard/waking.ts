// Waking the guards of workspaces: whoever changed what one of them judges by calls this in the transaction of the change.
import { guardSignals } from '../../domain/delivery';
import { formatInstant } from '../../domain/period';
import type { Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';

// A guard that was woken and has not judged since is told nothing more: when it judges, it sees this change, too, as it holds
// its row while it does. A signal that is lost heals by the guard's own timer, and by the daily mending, which go by the first
// waking that nobody has judged by: one that is woken by every tick would else never be missed.
const wokenAt = `case when known.wake_sequence > known.judged_sequence then known.woken_at else :at::timestamptz end`;

const deliverWoken = `
  insert into outbox (kind, workflow_type, workflow_id, signal_name, arguments)
  select case when is_new then 'start' else 'signal' end, 'creditGuard', guard_workflow_id(workspace_id),
    case when is_new then null else '${guardSignals.woken}' end,
    case when is_new then jsonb_build_object('workspace', workspace_id) else jsonb_build_object('sequence', sequence) end
  from woken where is_new or not was_waiting order by workspace_id`;

const returningWoken = `
  returning workspace_id, new.wake_sequence as sequence, old.workspace_id is null as is_new,
    coalesce(old.wake_sequence > old.judged_sequence, false) as was_waiting`;

const wakeKnown = statement(`
  with ordered as (
    select workspace_id from guards where workspace_id = any(:workspaces::text[]) order by workspace_id for no key update
  ), woken as (
    update guards as known set wake_sequence = known.wake_sequence + 1, woken_at = ${wokenAt}
    from ordered where known.workspace_id = ordered.workspace_id
    returning known.workspace_id, new.wake_sequence as sequence, false as is_new,
      old.wake_sequence > old.judged_sequence as was_waiting
  ) ${deliverWoken}`);

const startOrWake = statement(`
  with woken as (
    insert into guards as known (workspace_id, shard, started_at, wake_sequence, woken_at)
    select id, shard, :at::timestamptz, 1, :at::timestamptz from workspaces where id = any(:workspaces::text[]) order by id
    on conflict (workspace_id) do update
      set wake_sequence = known.wake_sequence + 1, woken_at = ${wokenAt}
    ${returningWoken}
  ) ${deliverWoken}`);

/** Has the guards of these workspaces judge afresh; those that have none are told nothing. */
export async function wakeGuards(trx: Trx, { workspaces, nowMs }: Waking): Promise<void> {
  if (workspaces.length > 0) await wakeKnown(trx, { workspaces: textArray(workspaces), at: formatInstant(nowMs) });
}

/** The same, and starts those that are missing: there is something to guard. */
export async function ensureGuards(trx: Trx, { workspaces, nowMs }: Waking): Promise<void> {
  if (workspaces.length > 0) await startOrWake(trx, { workspaces: textArray(workspaces), at: formatInstant(nowMs) });
}

// Above what it may have heard and lost. The start is nothing where it runs.
const callAgain = statement(`
  with ordered as (
    select workspace_id from guards where workspace_id = any(:workspaces::text[]) order by workspace_id for no key update
  ), woken as (
    update guards as known set wake_sequence = known.wake_sequence + 1, woken_at = ${wokenAt}
    from ordered where known.workspace_id = ordered.workspace_id
    returning known.workspace_id, known.wake_sequence as sequence
  )
  insert into outbox (kind, workflow_type, workflow_id, signal_name, arguments)
  select said.kind, 'creditGuard', guard_workflow_id(workspace_id), signal, arguments
  from woken cross join lateral (values
    ('start', null, jsonb_build_object('workspace', workspace_id)),
    ('signal', '${guardSignals.woken}', jsonb_build_object('sequence', sequence))) as said (kind, signal, arguments)
  order by workspace_id, said.kind desc`);

/** Has guards judge that should have and did not, whether their workflows run or not. */
export async function callGuards(trx: Trx, { workspaces, nowMs }: Waking): Promise<void> {
  if (workspaces.length > 0) await callAgain(trx, { workspaces: textArray(workspaces), at: formatInstant(nowMs) });
}

const insertGuard = statement(`
  insert into guards (workspace_id, shard, started_at)
  select id, shard, :at::timestamptz from workspaces where id = :workspace on conflict do nothing`);

/** The row of a guard that runs without one. */
export async function addGuard(trx: Trx, { workspace, nowMs }: { workspace: string; nowMs: number }): Promise<void> {
  await insertGuard(trx, { workspace, at: formatInstant(nowMs) });
}

type Waking = { readonly workspaces: readonly string[]; readonly nowMs: number };
