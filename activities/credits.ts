// How workspaces stand with their credits, after everything that is not on an invoice yet.

import { readBillingAccount, readUnissued } from '../db/billing-facts';
import type { Db } from '../db/knex';
import { billChain } from '../domain/bill';
import { type CreditStanding, creditStanding } from '../domain/guard';
import { hourOf, monthOf } from '../domain/period';

/** The standings of these workspaces: the same bills as the dashboard and the coming invoices show. */
export async function computeStandings(
  db: Db,
  { workspaces, nowMs }: { workspaces: readonly string[]; nowMs: number },
): Promise<readonly { workspace: string; standing: CreditStanding }[]> {
  const standings: { workspace: string; standing: CreditStanding }[] = [];
  for (const workspace of workspaces) {
    const account = await readBillingAccount(db, workspace);
    if (account === undefined) continue;
    const unissued = await readUnissued(db, { workspace, account, through: monthOf(nowMs), withLines: false });
    const bills = billChain(unissued, account);
    standings.push({ workspace, standing: creditStanding({ grants: account.grants, bills, hour: hourOf(nowMs) }) });
  }
  return standings;
}
