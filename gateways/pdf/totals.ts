// The sums at a document's end, and the check that its lines lead there.
import { assertMoney, type Cents, cents } from '../../domain/money';
import type { BillingDocument, CreditNoteDocument, InvoiceDocument, UsagePart } from './document';
import { amount } from './figures';

export type Total = { readonly label: string; readonly amount: string; readonly strong: boolean };

/** Throws `internal` where the lines do not add up to what the document says: such a one leaves nobody's house. */
export function assertAddsUp(document: BillingDocument): void {
  const { usage, discounts, credits, number } = document;
  const parts = sumOf([usageCents(usage), sumOf(discounts.map(amountOf)), sumOf(credits.map(amountOf))]);
  if (document.kind === 'invoice') {
    const { subtotalCents, totalCents } = document;
    assertMoney(
      usageCents(usage) === subtotalCents,
      `${number}: usage lines add up to the subtotal of ${subtotalCents}`,
    );
    assertMoney(parts === totalCents, `${number}: lines of ${parts} cents add up to the total of ${totalCents}`);
    return;
  }
  const hasLines = usage.length + discounts.length + credits.length > 0;
  const { amountCents } = document;
  assertMoney(!hasLines || parts === amountCents, `${number}: lines of ${parts} cents are the ${amountCents} credited`);
}

function amountOf({ amountCents }: { readonly amountCents: Cents }): Cents {
  return amountCents;
}

function sumOf(amounts: readonly Cents[]): Cents {
  return cents(amounts.reduce((sum, amount) => sum + amount, 0n));
}

function usageCents(parts: readonly UsagePart[]): Cents {
  return sumOf(parts.flatMap((part) => part.lines.map(amountOf)));
}

/** From the usage to what remains, or to what is credited. */
export function totalsOf(document: BillingDocument): Total[] {
  return document.kind === 'invoice' ? invoiceTotals(document) : creditNoteTotals(document);
}

function invoiceTotals(document: InvoiceDocument): Total[] {
  const { discounts, credits, paidCents, creditedCents, writtenOffCents } = document;
  const changes = [
    { label: 'Paid', change: -paidCents },
    { label: 'Returned by the bank', change: document.returnedCents ?? 0n },
    { label: 'Refunded', change: document.refundedCents ?? 0n },
    { label: 'Credited', change: -creditedCents },
    { label: 'Written off', change: -writtenOffCents },
  ];
  return [
    total('Usage', document.subtotalCents),
    ...(discounts.length > 0 ? [total('Discounts', sumOf(discounts.map(amountOf)))] : []),
    ...(credits.length > 0 ? [total('Credits applied', sumOf(credits.map(amountOf)))] : []),
    total('Total (USD)', document.totalCents, true),
    ...changes.flatMap(({ label, change }) => (change === 0n ? [] : [total(label, cents(change))])),
    total('Remaining to pay (USD)', document.remainingCents, true),
  ];
}

function creditNoteTotals({ usage, discounts, credits, amountCents }: CreditNoteDocument): Total[] {
  return [
    ...(usage.length > 0 ? [total('Usage no longer billed', usageCents(usage))] : []),
    ...(discounts.length > 0 ? [total('Discounts', sumOf(discounts.map(amountOf)))] : []),
    ...(credits.length > 0 ? [total('Credits', sumOf(credits.map(amountOf)))] : []),
    total('Credited (USD)', amountCents, true),
  ];
}

function total(label: string, amountCents: Cents, strong = false): Total {
  return { label, amount: amount(amountCents), strong };
}
