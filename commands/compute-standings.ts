// How workspaces stand with their credits, after everything that is not on an invoice yet: exactly for one, and by a bound for
// the many whose usage was just rolled up.

import { readDrawsSince } from '../db/billing/grants';
import type { Trx } from '../db/connection/knex';
import { keepPlans } from '../db/connection/plans';
import { claimTouched, listUnguarded, lookAtGuards, markDue, moveZeros, selectTouched } from '../db/guard/bounds';
import { ensureGuards, wakeGuards } from '../db/guard/waking';
import { inChunk, retrySetAside } from '../db/metering/set-aside';
import { type CreditStanding, creditStanding } from '../domain/guard/standing';
import { hourOf } from '../domain/period';
import type { Connections } from './connections';
import { readUnissuedBills, type Unissued } from './unissued-bills';

const workspacesAChunk = 500;

/** A workspace's standing at an instant, with the bills that it follows from. Undefined where there is no such workspace. */
export async function readStanding(
  trx: Trx,
  { workspace, nowMs }: { workspace: string; nowMs: number },
): Promise<{ readonly standing: CreditStanding; readonly unissued: Unissued } | undefined> {
  const hour = hourOf(nowMs);
  const [unissued, issuedDraws] = await Promise.all([
    readUnissuedBills(trx, { workspace }),
    readDrawsSince(trx, { workspace, hour: hour - 1 }),
  ]);
  if (unissued === undefined) return undefined;
  const bills = unissued.bills.map(({ bill }) => bill);
  const { grants, usedUpNanos } = unissued.account;
  return { standing: creditStanding({ grants, usedUpNanos, bills, issuedDraws, hour }), unissued };
}

/**
 * The running application of credits in one shard: of the workspaces whose usage was rolled up, and of those whose credits change
 * by time alone, the guards that something may be new for are woken, and those that are missing started. Answers how many.
 */
export async function applyCredits(
  { db, clock }: Pick<Connections, 'db' | 'clock'>,
  shard: number,
  onChunk: () => void = () => undefined,
): Promise<number> {
  const nowMs = await clock();
  await markDue(db, { shard, nowMs });
  let woken = await retrySetAside(db, { shard, work: 'credits' }, async (trx, { workspace }) => {
    const alone = await applyTo(trx, { shard, nowMs, workspaces: [workspace] });
    return alone.woken;
  });
  for (;;) {
    const { done, isWhole } = await inChunk(db, 'credits', {
      attempt: (trx, workspaces) => applyTo(trx, { shard, nowMs, workspaces }),
      workspacesOf: (trx) => selectTouched(trx, { shard, limit: workspacesAChunk }),
    });
    woken += done.reduce((sum, each) => sum + each.woken, 0);
    onChunk();
    if (isWhole && done.every(({ claimed }) => claimed < workspacesAChunk)) return woken;
  }
}

async function applyTo(
  trx: Trx,
  { shard, nowMs, workspaces }: { shard: number; nowMs: number; workspaces: readonly string[] | null },
): Promise<{ claimed: number; woken: number }> {
  const touched = await claimTouched(trx, { shard, workspaces, limit: workspacesAChunk });
  if (touched.length === 0) return { claimed: 0, woken: 0 };
  await keepPlans(trx);
  const { concerned, moved } = await lookAtGuards(trx, { workspaces: touched, nowMs });
  const unguarded = await listUnguarded(trx, { workspaces: touched, nowMs });
  await wakeGuards(trx, { workspaces: concerned, nowMs });
  await ensureGuards(trx, { workspaces: unguarded, nowMs });
  await moveZeros(trx, moved);
  return { claimed: touched.length, woken: concerned.length + unguarded.length };
}
