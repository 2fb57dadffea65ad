// The bills of a workspace's periods without an invoice, in the order in which they will be issued. Dashboard, preview, credits
// and standings all read the chain here, so that they agree with each other and with the invoices to come.

import { type BillingAccount, readBillingAccount } from '../db/billing/account';
import { type BillablePart, readLateParts, readOwnPart } from '../db/billing/parts';
import type { Db } from '../db/connection/knex';
import { type Bill, billChain } from '../domain/bill';
import type { Overrun } from '../domain/guard/overrun';
import { type Month, nextMonth } from '../domain/period';
import { readOverrun } from './read-overrun';

/** What the invoice of a period would say now, and the parts that it is made of. */
export type UnissuedBill = {
  readonly month: Month;
  readonly bill: Bill;
  readonly parts: readonly BillablePart[];
  /** What would be written off of it; undefined where that was not asked for, or is nothing. */
  readonly overrun: Overrun | undefined;
};

export type Unissued = { readonly account: BillingAccount; readonly bills: readonly UnissuedBill[] };

/**
 * The bills up to and with that of `through` (left out: all of them). The first bears what is owed of closed months; each
 * sees what those before it leave of the credits, so that none is promised twice. Where every period is closed and the next
 * was never opened, what is owed is billed by the one to come. Lines cost most of it and are read only on request, as is
 * what would be written off. Answers undefined where there is no such workspace.
 */
export async function readUnissuedBills(
  db: Db,
  {
    workspace,
    through,
    withLines = false,
    withOverrun = false,
  }: { workspace: string; through?: Month; withLines?: boolean; withOverrun?: boolean },
): Promise<Unissued | undefined> {
  const account = await readBillingAccount(db, workspace);
  if (account === undefined) return undefined;
  const months = comingMonths(account).filter((month) => through === undefined || month <= through);
  const chain: { month: Month; parts: readonly BillablePart[] }[] = [];
  for (const month of months) {
    const late = chain.length === 0 ? await readLateParts(db, { workspace, months: account.lateMonths }) : [];
    chain.push({ month, parts: [...late, await readOwnPart(db, { workspace, month, withLines })] });
  }
  const bills = billChain(chain, account);
  const billed: UnissuedBill[] = [];
  for (const [at, { month, parts }] of chain.entries()) {
    const bill = bills[at];
    if (bill === undefined) continue;
    const overrun = withOverrun ? await readOverrun(db, { workspace, parts, bill }, account) : undefined;
    billed.push({ month, parts, bill, overrun });
  }
  const isOpen = ({ month }: UnissuedBill) => account.unissuedMonths.includes(month);
  return { account, bills: billed.filter((each) => isOpen(each) || each.bill.listNanos > 0n) };
}

function comingMonths({ unissuedMonths, lastMonth }: BillingAccount): readonly Month[] {
  return unissuedMonths.length > 0 || lastMonth === null ? unissuedMonths : [nextMonth(lastMonth)];
}
