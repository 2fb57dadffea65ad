// Hours to days, once they are over: what dashboards and invoice lines read of the days behind the running one.
import { formatInstant } from '../../domain/period';
import { isChosenBy } from '../connection/chosen';
import type { Db, Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';
import { tookTooLong } from '../connection/unreachable';
import { lockShards } from '../locks';
import { activeOf, addends, hoursOf, summed } from './daily';
import { inChunk, notSetAside } from './set-aside';

/** SQL: whether a marked day is over at an instant, and an hour more for what comes late: it would be written once a round. */
export const isOverAt = (instant: string) => `day < ((${instant} - interval '1 hour') at time zone 'UTC')::date`;

/** At `:now`. */
export const isOver = isOverAt(':now::timestamptz');

/** How many days one transaction takes: of a large fleet each may hold thousands of lines. */
const daysAChunk = 500;
// So few of one that a statement can do them: nobody finds out there how many that are.
const daysAlone = 32;

// Without those set aside, who are tried by themselves, with whatever days of theirs are marked.
const firstOver = (column: string) => `
  select ${column} from dirty_days
  where shard = :shard and (:workspaces::text[] is null or workspace_id = any(:workspaces::text[]))
    and ${isOver} and ${notSetAside('dirty_days', 'roll_up')}
  order by day, workspace_id limit :limit`;

const selectOver = statement<{ found: boolean }>(`
  select exists (
    select from dirty_days where shard = :shard and ${isOver} and ${notSetAside('dirty_days', 'roll_up')}) as found`);

const selectWorkspaces = statement<{ workspace_id: string }>(`
  select distinct workspace_id from (${firstOver('workspace_id')}) as dirty order by workspace_id`);

type Taken = {
  count: number;
  workspaces: string | null;
  days: string | null;
  first: string | null;
  last: string | null;
};

const listTaken = `
  select count(*)::int as count, array_agg(workspace_id order by workspace_id, day)::text as workspaces,
    array_agg(day order by workspace_id, day)::text as days, min(day) as first, max(day) as last from taken`;

const takeOver = statement<Taken>(`
  with taken as (
    delete from dirty_days where ${isChosenBy(firstOver('ctid'))} returning workspace_id, day
  ) ${listTaken}`);

const takeOfOne = statement<Taken>(`
  with taken as (
    delete from dirty_days where ${isChosenBy(`
      select ctid from dirty_days where shard = :shard and workspace_id = :workspace order by day limit ${daysAlone}`)}
    returning workspace_id, day
  ) ${listTaken}`);

const listedDays = `unnest(:workspaces::text[], :days::date[])`;
const withinDays = (table: string) => `${table}.day >= :first::date and ${table}.day <= :last::date`;
const withinHours = `
  hour >= :first::date::timestamp at time zone 'UTC' and hour < (:last::date + 1)::timestamp at time zone 'UTC'`;

// A day is deleted and written anew, as a changed price is part of its rows' key: mostly there is nothing to delete yet.
const clearDays = statement(`
  with days as (select * from ${listedDays} as days (workspace_id, day)),
  used as (
    delete from usage_days using days
    where usage_days.workspace_id = days.workspace_id and usage_days.day = days.day
      and ${withinDays('usage_days')})
  delete from active_days using days
  where active_days.workspace_id = days.workspace_id and active_days.day = days.day
    and ${withinDays('active_days')}`);

const writeDays = statement(`
  with days as (select * from ${listedDays} as days (workspace_id, day)),
  used as materialized (${hoursOf('days', withinHours)}),
  usage as (
    insert into usage_days (workspace_id, day, model, version, instance_type, price_nanos, ${addends})
    select workspace_id, day, model, version, instance_type, price_nanos, ${summed}
    from used group by workspace_id, day, model, version, instance_type, price_nanos
  )
  insert into active_days (workspace_id, day, model, version, active_minutes) ${activeOf('used')}`);

async function write(trx: Trx, taken: Taken | undefined): Promise<number> {
  if (!taken?.workspaces || !taken.days) return 0;
  const { count, ...bindings } = taken;
  await clearDays(trx, bindings);
  await writeDays(trx, bindings);
  return count;
}

/** Stores the marked days of a shard that are over, a chunk a transaction. Answers how many. */
export async function rollUpDays(
  db: Db,
  shard: number,
  { nowMs, onChunk = () => {} }: { readonly nowMs: number; readonly onChunk?: (days: number) => void },
): Promise<number> {
  const now = formatInstant(nowMs);
  let written = 0;
  let limit = daysAChunk;
  while (await areSomeOver(db, { shard, now })) {
    try {
      written += await rollUpOneChunk(db, { shard, now, limit });
      onChunk(written);
    } catch (error) {
      // A day of a large fleet may hold as much as a thousand of others: fewer at a time, down to one.
      if (!tookTooLong(error) || limit === 1) throw error;
      limit = Math.ceil(limit / 16);
    }
  }
  return written;
}

async function areSomeOver(db: Db, of: { readonly shard: number; readonly now: string }): Promise<boolean> {
  const [row] = await selectOver(db, of);
  return row?.found ?? false;
}

async function rollUpOneChunk(
  db: Db,
  chunk: { readonly shard: number; readonly now: string; readonly limit: number },
): Promise<number> {
  const { done } = await inChunk(db, 'roll_up', {
    attempt: async (trx, workspaces) => {
      await lockShards(trx, [chunk.shard]);
      const [taken] = await takeOver(trx, { ...chunk, workspaces: workspaces && textArray(workspaces) });
      return write(trx, taken);
    },
    workspacesOf: async (trx) => {
      await lockShards(trx, [chunk.shard]);
      return (await selectWorkspaces(trx, { ...chunk, workspaces: null })).map((row) => row.workspace_id);
    },
  });
  return done.reduce((sum, each) => sum + each, 0);
}

/** Stores all marked days of one workspace, in the caller's transaction, which holds the shard. */
export async function rollUpDaysAlone(trx: Trx, shard: number, workspace: string): Promise<void> {
  for (;;) {
    const [taken] = await takeOfOne(trx, { shard, workspace });
    if ((await write(trx, taken)) < daysAlone) return;
  }
}
