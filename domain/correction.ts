// Putting an invoice right: what it owes without some of its minutes, what is credited for that, and what becomes of it. An
// invoice never changes; the next note goes on from where the one before left it.
import type { Bill, BillAmounts, BillPart } from './bill';
import { billWithout, lessUsage, withoutLost, writtenOffBy } from './bill-without';
import type { CreditNoteLine, CreditSplit, Standing } from './credit-note';
import { creditNoteEntries } from './credit-note-entries';
import { composeNoteLines, type LostUsage } from './credit-note-lines';
import type { Draw, Grant } from './credits';
import type { InvoiceStatus } from './invoice';
import type { LedgerEntry } from './ledger';
import {
  type Cents,
  cents,
  centsToNanos,
  greaterCents,
  lesserCents,
  lesserNanos,
  type Nanos,
  nanos,
  roundToCentsHalfUp,
  zeroNanos,
} from './money';
import type { Month } from './period';
import type { TermsPoint } from './terms';

/** An invoice as it stands after all notes so far. */
export type StandingInvoice = {
  readonly id: string;
  readonly month: Month;
  readonly status: InvoiceStatus;
  readonly standing: Standing;
  /** The minutes that it still holds, with L as it was at its issue. */
  readonly parts: readonly BillPart[];
  /** What it still draws. */
  readonly draws: readonly Draw[];
  /** Which of its minutes lie inside the guard's episodes: what they owe is written off. */
  readonly overrun: readonly LostUsage[];
  readonly balance: CreditableBalance;
};

/** What of an invoice can be credited, and what a credit does. */
export type CreditableBalance = {
  readonly totalCents: Cents;
  readonly creditedCents: Cents;
  readonly writtenOffCents: Cents;
  readonly remainingCents: Cents;
  /** Paid less returned and refunded; negative where credits were given for what was returned later. */
  readonly keptCents: Cents;
  /** What of it the books have as bad debt. */
  readonly givenUpCents: Cents;
};

/** What is paid already goes back as money, or is given as credits. */
export const refundsAs = ['refund', 'credits'] as const;
export type RefundAs = (typeof refundsAs)[number];

/** Everything that a credit note says, before it has a number. */
export type NoteContent = {
  readonly amountCents: Cents;
  readonly notCreditedCents: Cents;
  readonly split: CreditSplit;
  readonly lines: readonly CreditNoteLine[];
  readonly entries: readonly LedgerEntry[];
  /** What it takes off the invoice. */
  readonly usage: readonly LostUsage[];
  /** Of that, what lies inside the guard's episodes. */
  readonly overrun: readonly LostUsage[];
  /** What goes back to grants, by hour; negative where an hour draws more than it did. */
  readonly returns: readonly Draw[];
  readonly creditsReturnedNanos: Nanos;
  /** The bill without those minutes; null where only money is credited. */
  readonly after: Standing | null;
};

/**
 * Bills an invoice again without some of its minutes: from L as it was at its issue, each grant limited to what the invoice
 * still draws of it. What is owed is then the smaller of that and what was owed, and the difference in half-up cents is
 * credited, as far as the total has not been credited yet. Without any minutes left it is the content of a void's note.
 */
export function correctInvoice(correction: {
  readonly invoice: StandingInvoice;
  readonly lost: readonly LostUsage[];
  /** Of the lost minutes, those inside the guard's episodes. */
  readonly lostOverrun?: readonly LostUsage[];
  readonly terms: readonly TermsPoint[];
  readonly grants: readonly Grant[];
  readonly as: RefundAs;
}): NoteContent {
  const { invoice, lost, lostOverrun = [], terms, as } = correction;
  const { standing: before, balance } = invoice;
  const bill = billWithout({ ...invoice, lost, terms, grants: correction.grants });
  const after: Standing = { ...amountsOf(bill), owedNanos: lesserNanos(before.owedNanos, bill.amountDueNanos) };
  const wantedCents = roundToCentsHalfUp(before.owedNanos) - roundToCentsHalfUp(after.owedNanos);
  const amountCents = lesserCents(cents(wantedCents), cents(balance.totalCents - balance.creditedCents));
  const notCreditedCents = cents(wantedCents - amountCents);
  const writtenOffCents = writtenOffOf({ ...correction, lostOverrun, bill, owedNanos: after.owedNanos });
  const split = splitCredit({ amountCents, balance, as, writtenOffCents });
  const returns = returnsOf(invoice.draws, bill.draws);
  const change = { before, after, amountCents, notCreditedCents };
  return {
    amountCents,
    notCreditedCents,
    split,
    lines: composeNoteLines({ month: invoice.month, lost, returns, ...change }),
    entries: creditNoteEntries({ ...change, split, givenUpCents: invoice.balance.givenUpCents }),
    usage: lost,
    overrun: lostOverrun,
    returns,
    creditsReturnedNanos: nanos(before.creditsAppliedNanos - after.creditsAppliedNanos),
    after,
  };
}

// What was written off of the minutes that a note takes off: what is written off of the invoice less what would be, were the
// smaller bill issued. Where none of them lies inside an episode it is nothing, whatever tiers and roundings do.
function writtenOffOf(of: {
  readonly invoice: StandingInvoice;
  readonly lost: readonly LostUsage[];
  readonly lostOverrun: readonly LostUsage[];
  readonly bill: Bill;
  readonly owedNanos: Nanos;
  readonly terms: readonly TermsPoint[];
  readonly grants: readonly Grant[];
}): Cents {
  const { invoice, lost, lostOverrun, bill, owedNanos, terms, grants } = of;
  if (lostOverrun.length === 0) return cents(0n);
  const parts = invoice.parts.map((part) => withoutLost(part, lost));
  const left = lessUsage(invoice.overrun, lostOverrun);
  const without = billWithout({ parts, draws: bill.draws, lost: left, terms, grants });
  const stays = writtenOffBy({ owedNanos, withoutNanos: without.amountDueNanos });
  return greaterCents(cents(invoice.balance.writtenOffCents - stays), cents(0n));
}

/** Credits money alone; what a later correction starts from stays. */
export function creditMoney(credit: {
  readonly kind: 'goodwill' | 'refund';
  readonly invoice: Pick<StandingInvoice, 'month' | 'status' | 'balance'>;
  readonly amountCents: Cents;
  readonly reason: string;
}): NoteContent {
  const { kind, invoice, amountCents, reason } = credit;
  const exactNanos = centsToNanos(amountCents);
  const none = cents(0n);
  // What is refunded was paid, also where something else remains to be paid.
  const split =
    kind === 'refund'
      ? { writtenOffCents: none, lowersDueCents: none, toRefundCents: amountCents, asCreditsCents: none }
      : splitCredit({ amountCents, balance: invoice.balance, as: 'refund', writtenOffCents: none });
  return {
    amountCents,
    notCreditedCents: cents(0n),
    split,
    lines: [{ position: 1, kind, description: reason, month: invoice.month, exactNanos, amountCents }],
    entries: creditNoteEntries({
      before: null,
      after: null,
      amountCents,
      notCreditedCents: cents(0n),
      split,
      givenUpCents: invoice.balance.givenUpCents,
    }),
    usage: [],
    overrun: [],
    returns: [],
    creditsReturnedNanos: zeroNanos,
    after: null,
  };
}

/**
 * What a credit lowers: what was written off of those minutes first, then what remains to be paid, then what was paid and is not
 * to go back already. What is more than that had been written off as well.
 */
export function splitCredit(credit: {
  readonly amountCents: Cents;
  readonly balance: CreditableBalance;
  readonly writtenOffCents: Cents;
  readonly as: RefundAs;
}): CreditSplit {
  const { amountCents, balance, as } = credit;
  const firstCents = lesserCents(amountCents, credit.writtenOffCents);
  // Of the total: neither credited nor written off.
  const openCents = cents(balance.totalCents - balance.creditedCents - balance.writtenOffCents);
  const lowersDueCents = lesserCents(cents(amountCents - firstCents), lesserCents(balance.remainingCents, openCents));
  const restCents = cents(amountCents - firstCents - lowersDueCents);
  // Less than nothing is kept where what was paid was given as credits, and then the bank took it back.
  const keptCents = greaterCents(balance.keptCents, cents(0n));
  const paidCents = lesserCents(restCents, lesserCents(keptCents, cents(openCents - lowersDueCents)));
  return {
    writtenOffCents: cents(firstCents + restCents - paidCents),
    lowersDueCents,
    toRefundCents: as === 'refund' ? paidCents : cents(0n),
    asCreditsCents: as === 'credits' ? paidCents : cents(0n),
  };
}

function returnsOf(before: readonly Draw[], after: readonly Draw[]): readonly Draw[] {
  const moved = new Map<string, Draw>();
  const nameOf = ({ grantKey, hour }: Draw) => `${grantKey} ${hour}`;
  const add = (draw: Draw, amount: bigint) => {
    const amountNanos = nanos((moved.get(nameOf(draw))?.amountNanos ?? 0n) + amount);
    moved.set(nameOf(draw), { ...draw, amountNanos });
  };
  for (const draw of before) add(draw, draw.amountNanos);
  for (const draw of after) add(draw, -draw.amountNanos);
  return [...moved.values()].filter(({ amountNanos }) => amountNanos !== 0n);
}

function amountsOf(bill: BillAmounts): BillAmounts {
  const { listNanos, volumeDiscountNanos, programDiscountNanos, creditsAppliedNanos, amountDueNanos } = bill;
  return { listNanos, volumeDiscountNanos, programDiscountNanos, creditsAppliedNanos, amountDueNanos };
}
