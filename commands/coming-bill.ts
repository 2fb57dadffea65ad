// The bill of the invoice that comes next, or of a month that has none yet.
import { noSuchWorkspace } from '../db/accounts/workspaces';
import type { Trx } from '../db/connection/knex';
import { MinutebookError } from '../domain/errors';
import { formatCents, formatUsd } from '../domain/money';
import type { PreviewedInvoice } from '../domain/outcomes';
import { type Month, monthOf } from '../domain/period';
import { readUnissuedBills, type UnissuedBill } from './unissued-bills';

type Coming = {
  readonly workspace: string;
  /** Left out: the next that is issued, which is not of a month before the one that runs at `nowMs`. */
  readonly period?: Month | undefined;
  readonly nowMs: number;
};

/** Throws `not_found` where there is no such workspace or no such open period. */
export async function readComingBill(
  trx: Trx,
  { workspace, period, nowMs }: Coming,
  reading: { readonly withLines?: boolean; readonly withOverrun?: boolean } = {},
): Promise<UnissuedBill> {
  const unissued = await readUnissuedBills(trx, { workspace, ...reading });
  if (unissued === undefined) throw noSuchWorkspace(workspace);
  // The running month may have been closed early: then the one after it is what comes.
  const running = monthOf(nowMs);
  const coming = unissued.bills.find(({ month }) => (period === undefined ? month >= running : month === period));
  if (coming !== undefined) return coming;
  const detail = `workspace ${workspace} has no open period${period === undefined ? '' : ` ${period}`}`;
  throw new MinutebookError({ code: 'not_found', detail });
}

/** The same as a workflow answers it. */
export async function previewInvoice(trx: Trx, of: Coming): Promise<PreviewedInvoice> {
  const { month, bill } = await readComingBill(trx, of);
  return {
    workspace: of.workspace,
    period: month,
    listAmount: formatUsd(bill.listNanos),
    volumeDiscount: formatUsd(bill.volumeDiscountNanos),
    programDiscount: formatUsd(bill.programDiscountNanos),
    creditsApplied: formatUsd(bill.creditsAppliedNanos),
    amountDue: formatUsd(bill.amountDueNanos),
    total: formatCents(bill.totalCents),
  };
}
