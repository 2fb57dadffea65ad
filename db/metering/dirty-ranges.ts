// A change of prices or of billable phases makes hours of many workspaces dirty. It writes ranges, one a shard, and each shard
// marks the used hours among them when it rolls up: the change itself waits for no shard, and none waits for it.
import { formatInstant, hourStartMs } from '../../domain/period';
import type { HourRange } from '../../domain/pricing';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';
import { lockShards } from '../locks';
import { shardCount } from './shards';

/** Whom a change is about: one workspace, or all but these. */
export type Scope = { readonly only: string } | { readonly allBut: readonly string[] };

/** Hours of an instance type that get another price. */
export type Alteration = { readonly instanceType: string; readonly scope: Scope; readonly range: HourRange };

/** Hours to be rolled up anew, of one instance type or of all (null). */
export type DirtyRange = { readonly instanceType: string | null; readonly scope: Scope; readonly range: HourRange };

// Those left out are named only to the shards that they are in.
const insertRanges = statement(`
  insert into dirty_ranges (shard, instance_type, from_at, until_at, only_workspace, all_but)
  select concerned.shard, listed.type, listed.from_at, listed.until_at, listed.only_one,
    array(select workspaces.id from unnest(listed.all_but) as spared (id) join workspaces using (id)
      where workspaces.shard = concerned.shard)
  from jsonb_to_recordset(:ranges::jsonb) as listed
    (type text, from_at timestamptz, until_at timestamptz, only_one text, all_but text[])
  cross join lateral (
    select shard from workspaces where id = listed.only_one
    union all
    select shard from generate_series(0, ${shardCount - 1}) as shard where listed.only_one is null
  ) as concerned`);

/** Has the used hours of these ranges rolled up anew, once the transaction is committed. */
export async function rollUpAgain(trx: Trx, ranges: readonly DirtyRange[]): Promise<void> {
  if (ranges.length === 0) return;
  const listed = ranges.map(({ instanceType, scope, range }) => {
    const { from, until } = rangeBindings(range);
    const whom = 'only' in scope ? { only_one: scope.only, all_but: [] } : { all_but: scope.allBut };
    return { type: instanceType, from_at: from, until_at: until, ...whom };
  });
  await insertRanges(trx, { ranges: JSON.stringify(listed) });
}

// SQL: whether a range is about a workspace, and has not marked its hours yet.
function isConcerned(workspace: string): string {
  return `(ranges.only_workspace is null or ranges.only_workspace = ${workspace})
      and ${workspace} <> all(ranges.all_but) and ${workspace} > ranges.expanded_through`;
}

// SQL: whether a used hour lies in a range.
const isInRange = `used.hour >= ranges.from_at and used.hour < ranges.until_at
        and (ranges.instance_type is null or used.instance_type = ranges.instance_type)`;

/** SQL: whether used hours of the workspace in scope are still to be marked. */
export const hasDirtyRanges = `
  exists (select from dirty_ranges as ranges
    where ranges.shard = workspaces.shard and ${isConcerned('workspaces.id')}
      and has_used_hours(workspaces.id, ranges.instance_type, ranges.from_at, ranges.until_at))`;

const workspacesAChunk = 500;

const selectFirst = statement<{ from: string; until: string }>(`
  select from_at::text as from, until_at::text as until from dirty_ranges where shard = :shard order by id limit 1`);

// The last chunk of a range takes it away. The range is said apart, so that its months alone are opened.
const expandChunk = statement<{ workspaces: number; hours: number }>(`
  with ranges as materialized (
    select * from dirty_ranges where shard = :shard order by id limit 1
  ), concerned as materialized (
    select workspaces.id from ranges join workspaces on workspaces.shard = :shard and ${isConcerned('workspaces.id')}
    order by workspaces.id limit ${workspacesAChunk}
  ), marked as (
    insert into dirty_hours (shard, workspace_id, hour)
    select distinct :shard::int2, used.workspace_id, used.hour
    from ranges cross join concerned join usage_hours as used on used.workspace_id = concerned.id and ${isInRange}
      and used.hour >= :from::timestamptz and used.hour < :until::timestamptz
    order by 2, 3
    on conflict do nothing
    returning 1
  ), moved as (
    update dirty_ranges set expanded_through = (select max(id) from concerned)
    where (shard, id) = (select shard, id from ranges) and (select count(*) from concerned) = ${workspacesAChunk}
  ), done as (
    delete from dirty_ranges
    where (shard, id) = (select shard, id from ranges) and (select count(*) from concerned) < ${workspacesAChunk}
  )
  select (select count(*)::int from concerned) as workspaces, (select count(*)::int from marked) as hours from ranges`);

/** Marks the used hours of a shard's ranges, a chunk of workspaces a transaction. */
export async function expandRanges(db: Db, shard: number, onChunk: (hours: number) => void): Promise<void> {
  for (;;) {
    // Mostly there is none, and nothing to lock.
    const [waiting] = await selectFirst(db, { shard });
    if (waiting === undefined) return;
    const [chunk] = await db.transaction(async (trx) => {
      await lockShards(trx, [shard]);
      const [first] = await selectFirst(trx, { shard });
      return first === undefined ? [] : expandChunk(trx, { shard, ...first });
    });
    if (chunk === undefined) return;
    onChunk(chunk.hours);
  }
}

/** A range as the database has it: hours without end reach to infinity. */
export function rangeBindings({ fromHour, toHour }: HourRange): { readonly from: string; readonly until: string } {
  const until = toHour === Number.POSITIVE_INFINITY ? 'infinity' : formatInstant(hourStartMs(toHour));
  return { from: formatInstant(hourStartMs(fromHour)), until };
}
