// What a credit note posts.
import { type Bill, totalBy } from './bill';
import type { CreditSplit } from './credit-note';
import { balanced, type LedgerEntry } from './ledger';
import { type Cents, cents, centsToNanos, lesserCents, type Nanos, nanos } from './money';

/**
 * A credit note. Its minutes earn nothing any more and lose their discounts; their credits are owed again. What is credited
 * lowers what is receivable (or, of an invoice given up, its bad debt) and what was written off; what was paid already is
 * owed as a refund, or as credits: the posting of that grant has the other half. What a note does not charge though the
 * smaller bill would is a discount; what goodwill has credited before is none any more.
 */
export function creditNoteEntries(note: {
  /** The bills before and after; null where only money is credited. */
  readonly before: StandingBill | null;
  readonly after: StandingBill | null;
  readonly amountCents: Cents;
  readonly notCreditedCents: Cents;
  readonly split: CreditSplit;
  /** What the books have of it as bad debt: that is lowered first. */
  readonly givenUpCents: Cents;
}): readonly LedgerEntry[] {
  const { split, before, after } = note;
  const [was, is] = [sumsOf(before), sumsOf(after)];
  const owedNanos = before === null ? centsToNanos(note.amountCents) : nanos(was.owed - is.owed);
  const discountNanos =
    owedNanos - (was.list - is.list) + (was.credits - is.credits) - centsToNanos(note.notCreditedCents);
  const badDebtCents = lesserCents(split.lowersDueCents, note.givenUpCents);
  const roundingNanos = centsToNanos(cents(note.amountCents + note.notCreditedCents)) - owedNanos;
  return balanced(
    mergedByAccount([
      { account: 'revenue', amountNanos: nanos(was.list - is.list) },
      { account: 'discounts', amountNanos: nanos(discountNanos) },
      { account: 'credits', amountNanos: nanos(is.credits - was.credits) },
      { account: 'bad_debt', amountNanos: nanos(-centsToNanos(badDebtCents)) },
      {
        account: 'receivable',
        amountNanos: nanos(-centsToNanos(cents(split.lowersDueCents - badDebtCents + split.asCreditsCents))),
      },
      { account: 'refunds', amountNanos: nanos(-centsToNanos(split.toRefundCents)) },
      { account: 'written_off', amountNanos: nanos(-centsToNanos(split.writtenOffCents)) },
      { account: 'rounding', amountNanos: nanos(roundingNanos) },
    ]),
  );
}

type StandingBill = Pick<Bill, 'listNanos' | 'creditsAppliedNanos'> & { readonly owedNanos: Nanos };

function sumsOf(bill: StandingBill | null) {
  return { list: bill?.listNanos ?? 0n, credits: bill?.creditsAppliedNanos ?? 0n, owed: bill?.owedNanos ?? 0n };
}

// One entry an account: a posting has each once.
function mergedByAccount(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return totalBy(entries, ({ account }) => account);
}
