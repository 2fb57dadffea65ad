// Putting an invoice right: what it owes without some of its minutes, what is credited for that, and what becomes of it. An
// invoice never changes; the next note goes on from where the one before left it.
import { type BillAmounts, type BillPart, computeBill } from './bill';
import type { CreditNoteLine, CreditSplit, Standing } from './credit-note';
import { creditNoteEntries } from './credit-note-entries';
import { composeNoteLines, type LostUsage } from './credit-note-lines';
import type { Draw, Grant } from './credits';
import type { InvoiceStatus } from './invoice';
import type { LedgerEntry } from './ledger';
import {
  assertMoney,
  type Cents,
  cents,
  centsToNanos,
  lesserCents,
  lesserNanos,
  type Nanos,
  nanos,
  roundToCentsHalfUp,
  sumNanos,
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
  readonly balance: CreditableBalance;
};

/** What of an invoice can be credited, and what a credit does. */
export type CreditableBalance = {
  readonly totalCents: Cents;
  readonly creditedCents: Cents;
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
  /** What goes back to grants, by hour; negative where an hour draws more than it did. */
  readonly returns: readonly Draw[];
  readonly creditsReturnedNanos: Nanos;
  /** The bill without those minutes; null where only money is credited. */
  readonly after: Standing | null;
};

/** What was written off of the minutes that a note takes off: the guard's overrun, of which there is none yet. */
export const nothingWrittenOff = cents(0n);

/**
 * Bills an invoice again without some of its minutes: from L as it was at its issue, each grant limited to what the invoice
 * still draws of it. What is owed is then the smaller of that and what was owed, and the difference in half-up cents is
 * credited, as far as the total has not been credited yet. Without any minutes left it is the content of a void's note.
 */
export function correctInvoice(correction: {
  readonly invoice: StandingInvoice;
  readonly lost: readonly LostUsage[];
  readonly terms: readonly TermsPoint[];
  readonly grants: readonly Grant[];
  readonly as: RefundAs;
}): NoteContent {
  const { invoice, lost, terms, as } = correction;
  const { standing: before, balance } = invoice;
  const bill = computeBill({
    parts: invoice.parts.map((part) => withoutLost(part, lost)),
    terms,
    grants: purse(correction.grants, invoice.draws),
  });
  const after: Standing = { ...amountsOf(bill), owedNanos: lesserNanos(before.owedNanos, bill.amountDueNanos) };
  const wantedCents = roundToCentsHalfUp(before.owedNanos) - roundToCentsHalfUp(after.owedNanos);
  const amountCents = lesserCents(cents(wantedCents), cents(balance.totalCents - balance.creditedCents));
  const notCreditedCents = cents(wantedCents - amountCents);
  const split = splitCredit({ amountCents, balance, as, writtenOffCents: nothingWrittenOff });
  const returns = returnsOf(invoice.draws, bill.draws);
  const change = { before, after, amountCents, notCreditedCents };
  return {
    amountCents,
    notCreditedCents,
    split,
    lines: composeNoteLines({ month: invoice.month, lost, returns, ...change }),
    entries: creditNoteEntries({ ...change, split, givenUpCents: invoice.balance.givenUpCents }),
    usage: lost,
    returns,
    creditsReturnedNanos: nanos(before.creditsAppliedNanos - after.creditsAppliedNanos),
    after,
  };
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
      : splitCredit({ amountCents, balance: invoice.balance, as: 'refund', writtenOffCents: nothingWrittenOff });
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
    returns: [],
    creditsReturnedNanos: zeroNanos,
    after: null,
  };
}

/**
 * What a credit lowers: what was written off of those minutes first, then what remains to be paid; the rest was paid. What
 * is more than was paid had been written off as well.
 */
export function splitCredit(credit: {
  readonly amountCents: Cents;
  readonly balance: CreditableBalance;
  readonly writtenOffCents: Cents;
  readonly as: RefundAs;
}): CreditSplit {
  const { amountCents, balance, as } = credit;
  const firstCents = lesserCents(amountCents, credit.writtenOffCents);
  const lowersDueCents = lesserCents(cents(amountCents - firstCents), balance.remainingCents);
  const restCents = cents(amountCents - firstCents - lowersDueCents);
  // Less than nothing is kept where what was paid was given as credits, and then the bank took it back.
  const paidCents = lesserCents(restCents, balance.keptCents > 0n ? balance.keptCents : cents(0n));
  return {
    writtenOffCents: cents(firstCents + restCents - paidCents),
    lowersDueCents,
    toRefundCents: as === 'refund' ? paidCents : cents(0n),
    asCreditsCents: as === 'credits' ? paidCents : cents(0n),
  };
}

function withoutLost(part: BillPart, lost: readonly LostUsage[]): BillPart {
  const lostOf = new Map<number, bigint>();
  for (const line of lost) {
    if (line.month !== part.month) continue;
    line.hours.forEach((hour, at) => {
      lostOf.set(hour, (lostOf.get(hour) ?? 0n) + BigInt(line.minutes[at] ?? 0) * line.priceNanos);
    });
  }
  const hours = part.hours.map(({ hour, listNanos }) => {
    const left = listNanos - (lostOf.get(hour) ?? 0n);
    assertMoney(left >= 0n, `hour ${hour} of ${part.month} loses no more than it holds`);
    lostOf.delete(hour);
    return { hour, listNanos: nanos(left) };
  });
  assertMoney(sumNanos(lostOf.values()) === 0n, `what ${part.month} loses is in hours that it holds`);
  return { ...part, hours };
}

function purse(grants: readonly Grant[], draws: readonly Draw[]): readonly Grant[] {
  const drawn = new Map<string, bigint>();
  for (const { grantKey, amountNanos } of draws) drawn.set(grantKey, (drawn.get(grantKey) ?? 0n) + amountNanos);
  const limited = grants.flatMap((grant) => {
    const amount = drawn.get(grant.key) ?? 0n;
    return amount > 0n ? [{ ...grant, remainingNanos: nanos(amount) }] : [];
  });
  assertMoney(limited.length === drawn.size, 'every draw is from a known grant');
  return limited;
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
