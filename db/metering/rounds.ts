// How a round of metering begins: with one statement, that says which shards have anything to do, and does for all others what
// a round without news does. It is all that an idle round costs, however many workspaces there are.
import { formatInstant, minuteMs } from '../../domain/period';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';
import { isDueAt } from '../guard/bounds';
import { isOverAt } from './days';
import { publishListed } from './marks';
import { notSetAside } from './set-aside';
import { theOldest, unfoldedBy } from './unfolded';

/** What is done for all shards at once is done once in so long, where nothing asks for it sooner. */
const choresEveryMs = 10 * minuteMs;
// Of what lies in quarantine, most lies there for long: once gone through, it is left alone for a while.
const quarantineAgain = `interval '1 minute'`;

// As a value that a plan cannot go by: else one would be made for it each time, at more than it costs to run it, with all the partitions
// of reports in it.
const now = '(select now from clock)';

// Reports of a restored database look as if they were folded (restored.ts): a shard with them is not passed. What is asked of large
// tables is asked in the order of an index: the planner, who expects to find something at once, would else read all of it in
// vain. Of reports that is one descent a partition.
const isBusy = `
  target is not null
  or pg_snapshot_xmax(folded) > pg_snapshot_xmax(pg_current_snapshot())
  or exists (select from dirty_credits where dirty_credits.shard = fold_cursors.shard and ${notSetAside('dirty_credits', 'credits')})
  or exists (select from dirty_ranges where dirty_ranges.shard = fold_cursors.shard)
  or exists (select from (
    select from dirty_days where dirty_days.shard = fold_cursors.shard and ${isOverAt(now)} and ${notSetAside('dirty_days', 'roll_up')}
    order by shard, day limit 1) as over)
  or exists (select from dirty_hours where dirty_hours.shard = fold_cursors.shard and ${notSetAside('dirty_hours', 'roll_up')})
  or exists (select from set_aside where set_aside.shard = fold_cursors.shard and work <> 'replay' and next_attempt_at <= now())
  or exists (select from (
    select * from guards where guards.shard = fold_cursors.shard and next_change_at <= ${now}
    order by guards.shard, next_change_at offset 0) as guards where ${isDueAt(now)})
  or exists (select from ${unfoldedBy('fold_cursors', '', { first: theOldest })} as unfolded)`;

const hasQuarantine = `exists (select from (select from usage_quarantine order by quarantine_id limit 1) as oldest)`;
// Once the sweep is past the first groups it goes on with every round.
const isReplayDue = `
  exists (select from set_aside where work = 'replay' and next_attempt_at <= now())
  or ${hasQuarantine} and (
    exists (select from quarantine_sweep where (workspace_id, instance_type) <> ('', ''))
    or exists (select from metering_health where step = 'replay'
      and (failing_since is not null or succeeded_at is null or succeeded_at <= ${now} - ${quarantineAgain})))`;

type Row = { shards: number[]; has_chores: boolean };

/**
 * All of it is of one snapshot, in which a shard that is passed has nothing that is not folded and rolled up: so its cursor may
 * stand at this snapshot, and every mark in it is published. Whose cursor somebody has, or moved meanwhile, has its turn as one that
 * is busy; nothing here waits for a fold.
 */
const passIdle = statement<Row>(`
  with clock as materialized (
    select :now::timestamptz as now, :chores_since::timestamptz as chores_since
  ), looked as materialized (
    select shard, folded::text as seen, (${isBusy}) as is_busy from fold_cursors
  ), asked as materialized (
    select (${isReplayDue}) as is_replay_due, ${hasQuarantine} as has_quarantine
  ), begun as (
    update metering_chores set begun_at = ${now}
    where begun_at not between (select chores_since from clock) and ${now} returning 1
  ), idle as materialized (
    select fold_cursors.shard from looked join fold_cursors using (shard)
    where not is_busy and target is null and folded::text = seen
    for no key update of fold_cursors skip locked
  ), passed as (
    update fold_cursors set folded = pg_current_snapshot() from idle where fold_cursors.shard = idle.shard
  ), said as (
    select idle.shard, source_id, complete_through from idle cross join sources where marked_by is not null
  ), published as (
    ${publishListed('said')}
  ), well as materialized (
    select metering_health.step, metering_health.shard from metering_health
    where case step when 'replay' then (select not is_replay_due and not has_quarantine from asked)
      else metering_health.shard in (select shard from idle) end
    for no key update of metering_health skip locked
  ), noted as (
    update metering_health as health set succeeded_at = ${now}, failing_since = null, error = null
    from well where health.step = well.step and health.shard = well.shard
  )
  select coalesce(array_agg(shard::int order by shard) filter (where shard not in (select shard from idle)), '{}') as shards,
    (select is_replay_due from asked) or exists (select from begun) as has_chores
  from looked`);

export type Round = {
  /** Those that have something to do. */
  readonly shards: readonly number[];
  /** Whether it is time for what is done for all shards at once. */
  readonly hasChores: boolean;
};

/** Begins a round: passes the shards that have nothing to do, as if metering had gone through them. */
export async function beginRound(db: Db, { nowMs }: { readonly nowMs: number }): Promise<Round> {
  const choresSinceMs = nowMs - (nowMs % choresEveryMs);
  const [row] = await passIdle(db, { now: formatInstant(nowMs), chores_since: formatInstant(choresSinceMs) });
  if (row === undefined) throw new Error('metering: a round that began has no row');
  return { shards: row.shards, hasChores: row.has_chores };
}
