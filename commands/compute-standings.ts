// How workspaces stand with their credits, after everything that is not on an invoice yet.

import { readDrawsSince } from '../db/billing/grants';
import { claimForCredits, markDue, saveStandings, selectClaimable } from '../db/billing/standings';
import type { Db, Trx } from '../db/connection/knex';
import { inChunk, retrySetAside } from '../db/metering/set-aside';
import { type CreditStanding, creditStanding, nextChangeHour } from '../domain/guard/standing';
import { hourOf } from '../domain/period';
import type { Connections } from './connections';
import { readUnissuedBills, type Unissued } from './unissued-bills';

const workspacesAChunk = 50;

/** A workspace's standing at an instant, with the bills that it follows from. Undefined where there is no such workspace. */
export async function readStanding(
  db: Db,
  { workspace, nowMs }: { workspace: string; nowMs: number },
): Promise<{ readonly standing: CreditStanding; readonly unissued: Unissued } | undefined> {
  const unissued = await readUnissuedBills(db, { workspace });
  if (unissued === undefined) return undefined;
  const hour = hourOf(nowMs);
  const bills = unissued.bills.map(({ bill }) => bill);
  const issuedDraws = await readDrawsSince(db, { workspace, hour: hour - 1 });
  return { standing: creditStanding({ grants: unissued.account.grants, bills, issuedDraws, hour }), unissued };
}

/**
 * The running application of credits in one shard: of the workspaces whose usage was rolled up, and of those whose credits
 * change by time alone. Answers how many have or had credits.
 */
export async function applyCredits(
  { db, clock }: Pick<Connections, 'db' | 'clock'>,
  shard: number,
  onChunk: () => void = () => undefined,
): Promise<number> {
  const nowMs = await clock();
  await markDue(db, { shard, nowMs });
  let applied = await retrySetAside(db, { shard, work: 'credits' }, async (trx, { workspace }) => {
    const { applied: alone } = await applyTo(trx, { shard, nowMs, workspaces: [workspace] });
    return alone;
  });
  for (;;) {
    const { done, isWhole } = await inChunk(db, 'credits', {
      attempt: (trx, workspaces) => applyTo(trx, { shard, nowMs, workspaces }),
      workspacesOf: (trx) => selectClaimable(trx, { shard, limit: workspacesAChunk }),
    });
    applied += done.reduce((sum, each) => sum + each.applied, 0);
    onChunk();
    if (isWhole && done.every(({ claimed }) => claimed < workspacesAChunk)) return applied;
  }
}

async function applyTo(
  trx: Trx,
  { shard, nowMs, workspaces }: { shard: number; nowMs: number; workspaces: readonly string[] | null },
): Promise<{ claimed: number; applied: number }> {
  const claim = await claimForCredits(trx, { shard, workspaces, limit: workspacesAChunk, nowMs });
  const standings = [];
  for (const workspace of claim.workspaces) {
    const read = await readStanding(trx, { workspace, nowMs });
    if (read === undefined) continue;
    const { standing, unissued } = read;
    const changesAtHour = nextChangeHour({ standing, grants: unissued.account.grants, hour: hourOf(nowMs) });
    standings.push({ workspace, standing, changesAtHour });
  }
  await saveStandings(trx, { standings, nowMs });
  return { claimed: claim.claimed, applied: standings.length };
}
