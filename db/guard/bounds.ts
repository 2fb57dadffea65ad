// The tick's look at guards: set-based, by what the last judgement left behind, so that only those are judged again for which
// something may have become another. It bounds and never bills.
import { formatInstant, minuteMs } from '../../domain/period';
import { isChosenBy } from '../connection/chosen';
import type { Db, Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';
import { notSetAside } from '../metering/set-aside';
import { runningBindings, runningOf, termsNow } from './running';

const claimable = (column: string) => `
  select ${column} from dirty_credits
  where shard = :shard and (:workspaces::text[] is null or workspace_id = any(:workspaces::text[]))
    and ${notSetAside('dirty_credits', 'credits')}
  order by workspace_id limit :limit`;

const claim = statement<{ workspace_id: string }>(`
  delete from dirty_credits where ${isChosenBy(`${claimable('ctid')} for update skip locked`)}
  returning workspace_id`);

type Claiming = { readonly shard: number; readonly workspaces: readonly string[] | null; readonly limit: number };

/** Claims workspaces of a shard whose usage was rolled up: of `workspaces`, or of all that are not set aside. */
export async function claimTouched(trx: Trx, { workspaces, ...claiming }: Claiming): Promise<readonly string[]> {
  const rows = await claim(trx, { ...claiming, workspaces: workspaces && textArray(workspaces) });
  return rows.map((row) => row.workspace_id).sort();
}

const selectNext = statement<{ workspace_id: string }>(claimable('workspace_id'));

/** Whom the next claim would take, in the order of their ids. */
export async function selectTouched(
  db: Db,
  { shard, limit }: { shard: number; limit: number },
): Promise<readonly string[]> {
  return (await selectNext(db, { shard, limit, workspaces: null })).map((row) => row.workspace_id);
}

/** SQL: whether a guard is due at an instant: something has become another by time alone, and nobody has told it to judge. */
export const isDueAt = (instant: string) => `next_change_at <= ${instant} and judged_sequence = wake_sequence
    and ${notSetAside('guards', 'credits')}`;

const insertDue = statement(`
  insert into dirty_credits (shard, workspace_id)
  select shard, workspace_id from guards where shard = :shard and ${isDueAt(':now::timestamptz')}
  order by workspace_id
  on conflict do nothing`);

/** Has those looked at for which something has become another by time alone, and whose own timer is late. */
export async function markDue(db: Db, { shard, nowMs }: { shard: number; nowMs: number }): Promise<void> {
  await insertDue(db, { shard, now: formatInstant(nowMs) });
}

// What is asked of each workspace is asked as a value, which the planner can only look up: of an `exists` he may make a hash of
// a whole table, which grows with the workspaces that do nothing.
const isThere = (rows: string) => `coalesce((select true ${rows} limit 1), false)`;
const isPaidFor = (workspace: string, terms: string) => `(
  ${isThere(`from payment_methods where payment_methods.workspace_id = ${workspace} and payment_methods.state = 'active'`)}
    or coalesce(${terms} ->> 'collection', 'charge') = 'invoice')`;

const selectUnguarded = statement<{ workspace_id: string }>(`
  select id as workspace_id from unnest(:workspaces::text[]) as touched (id)
  where not ${isThere('from guards where guards.workspace_id = id')}
    and ${isThere('from usage_totals where usage_totals.workspace_id = id and list_nanos > 0')}
    and ${isThere('from workspaces where workspaces.id = touched.id')}
    and (${isThere('from credit_grants where credit_grants.workspace_id = id and remaining_nanos > 0')}
      or not ${isPaidFor('id', termsNow('id'))})
  order by id`);

/** Those of the touched that use something and have credits, or nobody who pays, and no guard. */
export async function listUnguarded(
  db: Db,
  { workspaces, nowMs }: { readonly workspaces: readonly string[]; readonly nowMs: number },
): Promise<readonly string[]> {
  const { this_hour } = runningBindings(nowMs);
  const rows = await selectUnguarded(db, { workspaces: textArray(workspaces), this_hour });
  return rows.map((row) => row.workspace_id);
}

// Further than this nobody looks, and no interval overflows.
const minutesMax = 100_000;
// Who is stopped and burns all the same is looked at once in so long: what runs is known by reports, which come later.
const stoppedAgain = `interval '5 minutes'`;

// When something changes by itself, noted with a minute for the guard's own timer.
const nextChange = `(next_change_at - interval '1 minute')`;
// A zero at the end of a grant comes no later because less runs: what is left then ends with it.
const isGrantsEnd = `coalesce(zero > zero_at and zero_at = ${nextChange}, false)`;
// Judged while nothing ran, or by a zero from before it; and what runs has come back.
const isEndUnknown = `coalesce(zero > ${nextChange} and ${nextChange} < :at::timestamptz + interval '1 day'
  and (burn_list_nanos_per_minute = 0 or zero_at is null or zero_at < ${nextChange}), false)`;

type ConcernedRow = { workspace_id: string; is_concerned: boolean; zero: number | null; judged_at: number | null };

/**
 * The zero of those that nobody else pays for, by what is left of what the last judgement found covered and by what runs now, at
 * list prices, of this hour and of those after it by the next one's: exact as long as what runs stays the same. Woken are those
 *  - of whom so much was used that a notice may be due, or that nothing is left,
 *  - whose zero comes before the next look: what runs has become more,
 *  - whose zero has passed: a platform that was alone has stopped them by it, and only a judgement takes that over,
 *  - who have less than a day left and were not told,
 *  - whose grants may end within a day and before the zero: only a judgement knows what is left then,
 *  - for whom something has become another by time alone,
 *  - who are stopped, and run all the same, or have used less than was judged by: a price fell, minutes were taken back.
 * Where the zero has only moved it is noted: platforms are told it.
 */
const selectConcerned = statement<ConcernedRow>(`
  with known as materialized (
    select guards.*, ${termsNow('guards.workspace_id')} as terms from guards
    where guards.workspace_id = any(:workspaces::text[])
  ), touched as materialized (
    select known.*, ${isPaidFor('known.workspace_id', 'terms')} as is_paid_for,
      coalesce((select list_nanos from usage_totals where usage_totals.workspace_id = known.workspace_id), 0) - listed_nanos as used_nanos,
      ${isThere(`from suspensions where suspensions.workspace_id = known.workspace_id and reason = 'credits' and ended_at is null`)}
        as is_stopped
    from known
  ), asked as materialized (
    select workspace_id, terms -> 'billablePhases' as phases from touched where not is_paid_for
  ), ${runningOf('asked')}, burning as (
    select workspace_id, sum(price_nanos)::int8 as burn_nanos, sum(next_price_nanos)::int8 as next_burn_nanos,
      sum(price_nanos * greatest(:minute::int8 - from_minute, 0))::int8 as unreported_nanos
    from running group by workspace_id
  ), estimated as (
    select touched.*, coalesce(burn_nanos, 0) as burn_nanos, next_burn_nanos,
      cover_nanos - used_nanos - coalesce(unreported_nanos, 0) as left_nanos
    from touched left join burning using (workspace_id)
  ), foreseen as (
    select estimated.*, date_trunc('minute', :at::timestamptz) + interval '1 minute' * case
      when left_nanos < burn_nanos * :to_next_hour::int8
        then least(${minutesMax}, floor(greatest(left_nanos, 0) / nullif(burn_nanos, 0)::numeric))
      when next_burn_nanos > 0 then least(${minutesMax},
        :to_next_hour::int8 + floor((left_nanos - burn_nanos * :to_next_hour::int8) / next_burn_nanos::numeric)) end as zero
    from estimated
  ), concerned as (
    select *, judged_at is null or used_nanos >= until_notice_nanos
        or coalesce(next_change_at <= :at::timestamptz, false)
        or not is_paid_for and case
          when is_stopped then used_nanos < 0 or burn_nanos > 0 and judged_at < :at::timestamptz - ${stoppedAgain}
          else ${isEndUnknown} or coalesce(zero_at <= :at::timestamptz, false) or coalesce(left_nanos <= 0 or zero < next_look_at
            or zero < :at::timestamptz + interval '1 day' and not told_short, false) end as is_concerned
    from foreseen
  )
  select workspace_id, coalesce(is_concerned, false) as is_concerned, zero, judged_at from concerned
  where is_concerned or not is_paid_for and not is_stopped and not ${isGrantsEnd} and ((zero is null) <> (zero_at is null)
    or abs(extract(epoch from zero - zero_at)) > greatest(90, abs(extract(epoch from zero_at - :at::timestamptz)) * 0.02))
  order by workspace_id`);

/** `judgedAtMs`: by which judgement it has moved. */
export type MovedZero = {
  readonly workspace: string;
  readonly zeroMs: number | null;
  readonly judgedAtMs: number | null;
};

/** Whose guards have to judge again, of these, and whose zero is another one by now. */
export async function lookAtGuards(
  trx: Trx,
  { workspaces, nowMs }: { readonly workspaces: readonly string[]; readonly nowMs: number },
): Promise<{ readonly concerned: readonly string[]; readonly moved: readonly MovedZero[] }> {
  const minute = Math.floor(nowMs / minuteMs);
  const rows = await selectConcerned(trx, {
    workspaces: textArray(workspaces),
    ...runningBindings(nowMs),
    minute,
    to_next_hour: 60 - (minute % 60),
    at: formatInstant(nowMs),
  });
  return {
    concerned: rows.filter((row) => row.is_concerned).map((row) => row.workspace_id),
    moved: rows.flatMap(({ workspace_id: workspace, is_concerned, zero: zeroMs, judged_at: judgedAtMs }) =>
      is_concerned ? [] : [{ workspace, zeroMs, judgedAtMs }],
    ),
  };
}

// A guard that somebody has locked is about to say it better, and one that has judged since has; so this waits for nobody,
// whatever the transaction holds, and takes nothing back.
const updateZeros = statement(`
  with moved as (
    select guards.workspace_id, zero from jsonb_to_recordset(:moved::jsonb) as listed (workspace text, zero timestamptz, judged timestamptz)
    join guards on guards.workspace_id = listed.workspace and judged_at is not distinct from judged for no key update of guards skip locked
  )
  update guards set zero_at = moved.zero from moved where guards.workspace_id = moved.workspace_id`);

/** Notes zeros that have moved, for whom platforms ask. */
export async function moveZeros(trx: Trx, moved: readonly MovedZero[]): Promise<void> {
  if (moved.length === 0) return;
  const text = (ms: number | null) => ms && formatInstant(ms);
  const listed = moved.map(({ workspace, zeroMs, judgedAtMs }) => ({
    workspace,
    zero: text(zeroMs),
    judged: text(judgedAtMs),
  }));
  await updateZeros(trx, { moved: JSON.stringify(listed) });
}
