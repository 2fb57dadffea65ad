// What the guard's overrun of a bill comes to, for whoever issues it or says what it would be.
import type { BillingAccount } from '../db/billing/account';
import type { Trx } from '../db/connection/knex';
import { readInside } from '../db/guard/overrun';
import type { Bill, BillPart } from '../domain/bill';
import { type Overrun, overrunOf } from '../domain/guard/overrun';

type Billed = { readonly workspace: string; readonly parts: readonly BillPart[]; readonly bill: Bill };

/** Reads nothing where no episode reaches into what nobody has billed yet. `account`: as the bill was computed from it. */
export async function readOverrun(
  trx: Trx,
  { workspace, parts, bill }: Billed,
  account: Pick<BillingAccount, 'hasEpisodes' | 'terms' | 'grants'>,
): Promise<Overrun | undefined> {
  if (!account.hasEpisodes) return undefined;
  const { terms, grants } = account;
  return overrunOf({ bill, parts, inside: await readInside(trx, { workspace, parts }), terms, grants });
}
