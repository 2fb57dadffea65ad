// The books of one workspace or of all, and whether they add up, as they stood at one instant.

import type { Month } from '../../domain/period';
import { type MonthBalance, trialBalance } from '../../domain/trial-balance';
import type { Db } from '../connection/knex';
import { readSnapshot } from '../connection/snapshot';
import { checks, type Fault, faultsMax } from './checks';
import { readMovements } from './movements';

export type CheckResult = {
  readonly name: string;
  readonly explain: string;
  readonly holds: boolean;
  /** The first rows that break it. */
  readonly faults: readonly Fault[];
  readonly hasMore: boolean;
};

export type Books = { readonly months: readonly MonthBalance[]; readonly checks: readonly CheckResult[] };

/** Reads everything that was ever posted, aggregated by Postgres: of all workspaces and months, where those are null. */
export function readBooks(
  db: Db,
  { workspace, month }: { readonly workspace: string | null; readonly month: Month | null },
): Promise<Books> {
  return readSnapshot(db, async (trx) => {
    // Groups of a year of postings: in less memory they are written to files and read again.
    await trx.raw(`set local work_mem = '256MB'`);
    const months = trialBalance(await readMovements(trx, workspace), month);
    const results: CheckResult[] = [];
    for (const { name, explain, findFaults } of checks) {
      const found = await findFaults(trx, { workspace });
      const hasMore = found.length > faultsMax;
      results.push({ name, explain, holds: found.length === 0, faults: found.slice(0, faultsMax), hasMore });
    }
    return { months, checks: results };
  });
}
