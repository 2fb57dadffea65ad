// How workspaces stand with their credits, after everything that is not on an invoice yet.

import type { Db } from '../db/connection/knex';
import { type CreditStanding, creditStanding } from '../domain/guard';
import { hourOf } from '../domain/period';
import { readUnissuedBills } from './unissued-bills';

/** The standings of these workspaces: the same bills as the dashboard and the coming invoices show. */
export async function computeStandings(
  db: Db,
  { workspaces, nowMs }: { workspaces: readonly string[]; nowMs: number },
): Promise<readonly { workspace: string; standing: CreditStanding }[]> {
  const standings: { workspace: string; standing: CreditStanding }[] = [];
  for (const workspace of workspaces) {
    const unissued = await readUnissuedBills(db, { workspace });
    if (unissued === undefined) continue;
    const bills = unissued.bills.map(({ bill }) => bill);
    standings.push({
      workspace,
      standing: creditStanding({ grants: unissued.account.grants, bills, hour: hourOf(nowMs) }),
    });
  }
  return standings;
}
