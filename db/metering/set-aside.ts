// Walls between workspaces: one that makes a step of metering fail is found, set aside and tried by itself, ever more
// seldom, while the others go on.
import type { Db, Trx } from '../connection/knex';
import { isMissingPartition } from '../connection/missing-partition';
import { statement, textArray } from '../connection/statement';
import { isUnreachable, tookTooLong } from '../connection/unreachable';
import { lockShards } from '../locks';

/** The steps of metering that a workspace can be set aside from. */
export type Work = 'replay' | 'fold' | 'roll_up' | 'credits';

/** SQL: rows of `table` (of one shard) whose workspace is not set aside from this work. */
export function notSetAside(table: string, work: Work): string {
  return `not exists (select from set_aside
    where set_aside.shard = ${table}.shard and work = '${work}' and set_aside.workspace_id = ${table}.workspace_id)`;
}

// Again after 20 s, then after twice as long each time, at the most an hour.
const upsert = statement<{ workspace_id: string }>(`
  insert into set_aside as stored (shard, workspace_id, work, error, next_attempt_at, folded)
  select shard, id, :work, error, now() + interval '20 seconds', case when :work = 'fold' then folded end
  from unnest(:workspaces::text[], :errors::text[]) as failed (id, error)
  join workspaces using (id) left join fold_cursors using (shard)
  order by id
  on conflict (shard, work, workspace_id) do update set error = excluded.error, last_at = excluded.last_at,
    attempts = stored.attempts + 1,
    next_attempt_at = now() + least(interval '1 hour', interval '20 seconds' * power(2, least(stored.attempts, 20)))
  returning workspace_id`);

// Postgres is away or busy, or a partition is still to be made.
function isNobodysDoing(error: unknown): boolean {
  return isUnreachable(error) || isMissingPartition(error);
}

type Failures = ReadonlyMap<string, unknown>;

/** Sets workspaces aside, each with the error that it made. Throws the first of them where one could not be. */
export async function setAside(db: Db, work: Work, failures: Failures): Promise<void> {
  if (failures.size === 0) return;
  const rows = await upsert(db, {
    work,
    workspaces: textArray([...failures.keys()]),
    errors: textArray([...failures.values()].map(reasonOf)),
  });
  // Whoever is not set aside would be met again by the next chunk, without end.
  const [firstError] = failures.values();
  if (rows.length < failures.size) throw firstError;
}

/** What went wrong, without the statement that knex writes before it. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const isOfPostgres = error instanceof Error && 'severity' in error;
  return (isOfPostgres ? text.slice(text.lastIndexOf(' - ') + 1).replace(/^- /, '') : text).slice(0, 500);
}

// A fault that is not of a workspace, such as a missing table, makes each of them fail.
const failuresMax = 64;

/**
 * Does some work for all these workspaces at once; where that fails, for each half by itself, down to the one that makes
 * it fail. Answers what was done, and who failed. Throws where Postgres is away or busy, and where nobody succeeds out of
 * several: then it is no workspace's fault.
 */
export async function inHalves<T>(
  workspaces: readonly string[],
  attempt: (some: readonly string[]) => Promise<T>,
): Promise<{ readonly done: readonly T[]; readonly failures: Failures }> {
  const done: T[] = [];
  const failures = new Map<string, unknown>();
  // The larger parts first: where many beside each other fail, one that does not is soon found.
  const parts = workspaces.length > 0 ? [workspaces] : [];
  let failed = 0;
  for (const some of parts) {
    try {
      done.push(await attempt(some));
    } catch (error) {
      failed++;
      if (isNobodysDoing(error) || (done.length === 0 && failed > failuresMax)) throw error;
      const [only = '', ...more] = some;
      if (more.length === 0) failures.set(only, error);
      else parts.push(some.slice(0, some.length / 2), some.slice(some.length / 2));
    }
  }
  const [firstError] = failures.values();
  if (done.length === 0 && failures.size > 1) throw firstError;
  return { done, failures };
}

/**
 * Does a chunk of work of a shard in one transaction; where that fails, its workspaces in halves, those that make it fail
 * set aside. `attempt` is called for all (null) or some; `workspacesOf` says whose chunk it is.
 */
export async function inChunk<T>(
  db: Db,
  work: Work,
  chunk: {
    readonly attempt: (trx: Trx, workspaces: readonly string[] | null) => Promise<T>;
    readonly workspacesOf: (trx: Trx) => Promise<readonly string[]>;
  },
): Promise<{ readonly done: readonly T[]; readonly isWhole: boolean }> {
  try {
    return { done: [await db.transaction((trx) => chunk.attempt(trx, null))], isWhole: true };
  } catch (error) {
    if (isNobodysDoing(error)) throw error;
    return db.transaction(async (trx) => {
      const workspaces = await chunk.workspacesOf(trx);
      // Whatever it was, it is no workspace's doing.
      if (workspaces.length === 0) throw error;
      const { done, failures } = await inHalves(workspaces, (some) =>
        trx.transaction((savepoint) => chunk.attempt(savepoint, some)),
      );
      await setAside(trx, work, failures);
      return { done, isWhole: false };
    });
  }
}

const selectDue = statement<{ workspace_id: string }>(`
  select workspace_id from set_aside
  where shard = :shard and work = :work and (next_attempt_at <= now() or workspace_id = :workspace::text)
  order by next_attempt_at limit 100`);

const takeBack = statement<{ folded: string | null }>(`
  delete from set_aside where shard = :shard and work = :work and workspace_id = :workspace returning folded::text`);

/**
 * Tries those again whose time has come, and `workspace` in any case, each in a transaction of its own that holds the
 * shard. Who succeeds is set aside no more; who fails again waits longer. Answers the sum of what the attempts answered.
 */
export async function retrySetAside(
  db: Db,
  { shard, work, workspace = null }: { shard: number; work: Work; workspace?: string | null },
  attempt: (trx: Trx, retried: { readonly workspace: string; readonly folded: string | null }) => Promise<number>,
): Promise<number> {
  let sum = 0;
  for (const { workspace_id: due } of await selectDue(db, { shard, work, workspace })) {
    try {
      sum += await db.transaction(async (trx) => {
        await lockShards(trx, [shard]);
        const [row] = await takeBack(trx, { shard, work, workspace: due });
        return row === undefined ? 0 : attempt(trx, { workspace: due, folded: row.folded });
      });
    } catch (error) {
      // One that takes too long by itself waits longer, too: thrown, it would be the first to be tried in every round, and
      // nobody else of its shard would be metered again.
      if (isNobodysDoing(error) && !tookTooLong(error)) throw error;
      await setAside(db, work, new Map([[due, error]]));
    }
  }
  return sum;
}

const selectDueForReplay = statement<{ workspace_id: string }>(`
  select workspace_id from set_aside where work = 'replay' and next_attempt_at <= now()
  order by next_attempt_at limit 100`);

/** Who is set aside from the replay of quarantine and may be tried again. */
export async function dueForReplay(db: Db): Promise<readonly string[]> {
  return (await selectDueForReplay(db)).map((row) => row.workspace_id);
}

const deleteReplay = statement(`delete from set_aside where work = 'replay' and workspace_id = :workspace`);

export async function endReplaySetAside(db: Db, workspace: string): Promise<void> {
  await deleteReplay(db, { workspace });
}
