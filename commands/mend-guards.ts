// What guards have lost is started again, and told once more that there is something to judge.
import { listUnguarded } from '../db/guard/bounds';
import { listLostGuards, listWithoutGuard } from '../db/guard/lost';
import { callGuards, ensureGuards } from '../db/guard/waking';
import type { Connections } from './connections';

/** How many guards were missing, and how many had not judged in time. */
export type MendedGuards = { readonly guardsStarted: number; readonly guardsWoken: number };

// A transaction each: nobody waits long for its locks, and what was mended stays mended.
const aPage = 500;

/** Puts starts into the outbox; where the workflow runs after all, its start is nothing, and it hears a signal. */
export async function mendGuards(
  { db, clock }: Pick<Connections, 'db' | 'clock'>,
  onProgress: () => void = () => undefined,
): Promise<MendedGuards> {
  const nowMs = await clock();
  let guardsStarted = 0;
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page: readonly string[] = await listWithoutGuard(db, { after, limit: aPage });
    // Mostly nobody: who pays and has no credits needs none.
    const workspaces = await listUnguarded(db, { workspaces: page, nowMs });
    if (workspaces.length > 0) await db.transaction((trx) => ensureGuards(trx, { workspaces, nowMs }));
    guardsStarted += workspaces.length;
    onProgress();
    after = page.length < aPage ? undefined : page.at(-1);
  }
  return { guardsStarted, guardsWoken: await wakeLost({ db, onProgress, nowMs }) };
}

async function wakeLost({
  db,
  onProgress,
  nowMs,
}: Pick<Connections, 'db'> & { readonly onProgress: () => void; readonly nowMs: number }): Promise<number> {
  let woken = 0;
  for (let after: string | undefined = ''; after !== undefined; ) {
    const workspaces: readonly string[] = await listLostGuards(db, { nowMs, after, limit: aPage });
    if (workspaces.length > 0) await db.transaction((trx) => callGuards(trx, { workspaces, nowMs }));
    woken += workspaces.length;
    onProgress();
    after = workspaces.length < aPage ? undefined : workspaces.at(-1);
  }
  return woken;
}
