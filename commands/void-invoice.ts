// Voiding an invoice: nobody has to pay it any more, and its usage is billed anew or never.
import { type Author, audit } from '../db/accounts/audit';
import { readBillingAccount } from '../db/billing/account';
import { lockForCorrection } from '../db/billing/closing';
import { readCreditNoteOf, type StoredCreditNote } from '../db/billing/credit-notes-read';
import { readHeldUsage } from '../db/billing/lost-usage';
import { readDrawnGrants, readStandingInvoice } from '../db/billing/standing-invoices';
import { oweAgain, voidHeldMinutes } from '../db/billing/void-usage';
import type { Trx } from '../db/connection/knex';
import { wakeGuards } from '../db/guard/waking';
import { rollUpAlone } from '../db/metering/hours';
import { holdUsageKeptFrom, usageNotKept } from '../db/metering/kept';
import { isWithdrawn } from '../db/payments/given-up';
import { wakeCollecting } from '../db/payments/waking';
import { isBeingPaid } from '../db/payments/write-offs';
import { correctInvoice, type StandingInvoice } from '../domain/correction';
import type { VoidUsage } from '../domain/credit-note';
import { MinutebookError } from '../domain/errors';
import { cents, formatCents, lesserCents } from '../domain/money';
import { monthStartMs } from '../domain/period';
import { isVoid, sameNote } from './credit-invoice';
import { issueCreditNote, type NoteSettings } from './issue-credit-note';
import { bookingGivenUp } from './settle-given-up';

export type Voiding = {
  readonly workspace: string;
  readonly invoice: string;
  readonly key: string;
  readonly reason: string;
  readonly usage: VoidUsage;
};

/**
 * Voids an unpaid invoice by one credit note of all that is not credited yet; what it drew goes back. The same again answers
 * the same note. Throws `conflict` where anything was paid, nothing remains, or it is void under another key, `usage_not_kept`
 * where its usage is to be owed again and was dropped.
 */
export async function voidInvoice(
  trx: Trx,
  { voiding, author, settings }: { voiding: Voiding; author: Author; settings: NoteSettings },
): Promise<{ readonly note: StoredCreditNote; readonly isNew: boolean }> {
  const { workspace, invoice: id, key, reason, usage } = voiding;
  const keptFromMs = (await holdUsageKeptFrom(trx)) ?? Number.NEGATIVE_INFINITY;
  const shard = await lockForCorrection(trx, workspace);
  const known = await readCreditNoteOf(trx, { invoice: id, kind: 'void', key });
  if (known !== undefined) return { note: sameNote(known, { reason, voidUsage: usage }), isNew: false };
  const invoice = await readStandingInvoice(trx, id);
  refuseUnlessOwed(invoice);
  await refuseWhileUndecided(trx, voiding);
  const account = await readBillingAccount(trx, workspace);
  if (account === undefined) throw new Error(`void: ${id} is of ${workspace}, which is not there`);
  const months = invoice.parts.map(({ month }) => month);
  const keptMonths = months.filter((month) => monthStartMs(month) >= keptFromMs);
  if (usage === 'owed' && keptMonths.length < months.length) throw cannotOwe(voiding, keptFromMs);
  const lost = await readHeldUsage(trx, { workspace, invoice: id, months });
  // Of what was dropped nothing is reported any more.
  if (usage === 'voided') await voidHeldMinutes(trx, { workspace, invoice: id, months: keptMonths, shard });
  else await oweAgain(trx, { workspace, months });
  const { terms } = account;
  const grants = await readDrawnGrants(trx, workspace, invoice);
  const content = correctInvoice({ invoice, lost, lostOverrun: invoice.overrun, as: 'refund', terms, grants });
  const issuing = { workspace, invoice: id, kind: 'void', key, reason, voidUsage: usage, content } as const;
  // Credits given for money that a bank took back after all were never paid for, and nobody owes them from now on.
  const inBadDebt = lesserCents(content.split.lowersDueCents, invoice.balance.givenUpCents);
  const note = await bookingGivenUp(
    trx,
    { workspace, invoices: [id], cause: 'void', nowMs: author.nowMs, posted: () => cents(-inBadDebt) },
    () => issueCreditNote(trx, { ...issuing, nowMs: author.nowMs, settings }),
  );
  if (usage === 'voided') await rollUpAlone(trx, shard, workspace);
  // What is owed anew may be paid by credits that were given since.
  await wakeGuards(trx, { workspaces: [workspace], nowMs: author.nowMs });
  // What collects it ends, as it is void.
  await wakeCollecting(trx, [id]);
  const after = { creditNote: note.id, key, reason, usage, amount: formatCents(note.amountCents) };
  await audit(trx, author, {
    action: 'invoice.voided',
    workspace,
    before: { invoice: id, status: invoice.status },
    after,
  });
  return { note, isNew: true };
}

function refuseUnlessOwed({ id, status, balance }: StandingInvoice): void {
  if (status === 'void') throw isVoid(id);
  if (balance.keptCents > 0n) {
    throw refused(
      `${formatCents(balance.keptCents)} US dollars of invoice ${id} are paid: refund or correct it instead`,
    );
  }
  if (balance.remainingCents === 0n) {
    throw refused(
      `nothing of invoice ${id} remains to be paid, so there is nothing to void: correct its usage instead`,
    );
  }
}

function cannotOwe({ invoice }: Voiding, keptFromMs: number): MinutebookError {
  return usageNotKept(keptFromMs, {
    what: `invoice ${invoice} holds usage that was dropped, which cannot be billed again`,
    instead: 'void it with usage "voided"',
    field: 'usage',
  });
}

function refused(message: string): MinutebookError {
  return new MinutebookError({ code: 'conflict', detail: `nothing was changed: ${message}` });
}

// Its money may arrive, or come back, and would have nothing to pay.
async function refuseWhileUndecided(trx: Trx, { workspace, invoice }: Voiding): Promise<void> {
  if (await isBeingPaid(trx, { workspace, invoice })) {
    throw refused(`a payment of invoice ${invoice} is under way: wait for what becomes of it`);
  }
  if (await isWithdrawn(trx, invoice)) {
    throw refused(
      `a payment of invoice ${invoice} is disputed: wait for how that ends, or close the dispute at Stripe`,
    );
  }
}
