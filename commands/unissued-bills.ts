// The bills of a workspace's periods without an invoice, in the order in which they will be issued. Dashboard, preview, credits
// and standings all read the chain here, so that they agree with each other and with the invoices to come.

import { type BillingAccount, readBillingAccount } from '../db/billing/account';
import { type BillablePart, readLateParts, readOwnPart } from '../db/billing/parts';
import type { Trx } from '../db/connection/knex';
import { readInside } from '../db/guard/overrun';
import { type Bill, billChain } from '../domain/bill';
import { type Overrun, overrunOf } from '../domain/guard/overrun';
import { type Month, nextMonth } from '../domain/period';

/** What the invoice of a period would say now, and the parts that it is made of. */
export type UnissuedBill = {
  readonly month: Month;
  readonly bill: Bill;
  readonly parts: readonly BillablePart[];
  /** What would be written off of it; undefined where that was not asked for, or is nothing. */
  readonly overrun: Overrun | undefined;
};

export type Unissued = { readonly account: BillingAccount; readonly bills: readonly UnissuedBill[] };

type Wanted = {
  readonly workspace: string;
  /** The last month wanted; left out: all of them. */
  readonly through?: Month;
  readonly withLines?: boolean;
  readonly withOverrun?: boolean;
};

/**
 * The bills up to and with that of `through`. The first bears what is owed of closed months; each sees what those before it
 * leave of the credits, so that none is promised twice. Where every period is closed and the next was never opened, what is
 * owed is billed by the one to come. Lines cost most of it and are read only on request, as is what would be written off.
 * Answers undefined where there is no such workspace.
 */
export async function readUnissuedBills(trx: Trx, wanted: Wanted): Promise<Unissued | undefined> {
  const account = await readBillingAccount(trx, wanted.workspace);
  return account && readBillsOf(trx, account, wanted);
}

/** The same, for whoever has read the account of the workspace. What it is made of is read at once. */
export async function readBillsOf(
  trx: Trx,
  account: BillingAccount,
  { workspace, through, withLines = false, withOverrun = false }: Wanted,
): Promise<Unissued> {
  const months = comingMonths(account).filter((month) => through === undefined || month <= through);
  const lateMonths = months.length === 0 ? [] : account.lateMonths;
  const wanted = [
    ...lateMonths.map((month) => ({ month, late: true })),
    ...months.map((month) => ({ month, late: false })),
  ];
  const [late, own, inside] = await Promise.all([
    readLateParts(trx, { workspace, months: lateMonths, withLines }),
    Promise.all(months.map((month) => readOwnPart(trx, { workspace, month, withLines }))),
    withOverrun && account.hasEpisodes ? readInside(trx, { workspace, parts: wanted }) : [],
  ]);
  const chain = own.map((part, at) => ({ month: part.month, parts: at === 0 ? [...late, part] : [part] }));
  const bills = billChain(chain, account);
  const billed = chain.flatMap(({ month, parts }, at) => {
    const bill = bills[at];
    if (bill === undefined) return [];
    const insideParts = inside.filter((usage) => parts.some((part) => part.month === usage.month));
    const { terms, grants } = account;
    return [{ month, parts, bill, overrun: overrunOf({ bill, parts, inside: insideParts, terms, grants }) }];
  });
  const isOpen = ({ month }: UnissuedBill) => account.unissuedMonths.includes(month);
  return { account, bills: billed.filter((each) => isOpen(each) || each.bill.listNanos > 0n) };
}

function comingMonths({ unissuedMonths, lastMonth }: BillingAccount): readonly Month[] {
  return unissuedMonths.length > 0 || lastMonth === null ? unissuedMonths : [nextMonth(lastMonth)];
}
