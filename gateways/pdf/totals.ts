// The sums at a document's end, and the check that its lines lead there.
import { writtenOffLabel } from '../../domain/mail/wording';
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
    const left = totalCents + sumOf(changesOf(document).map(({ change }) => change));
    const { remainingCents } = document;
    assertMoney(left === remainingCents, `${number}: what was paid and credited leaves ${left}, not ${remainingCents}`);
    return;
  }
  const { amountCents, adjustments } = document;
  const hasLines = usage.length + discounts.length + credits.length + adjustments.length > 0;
  const credited = sumOf([parts, ...adjustments.map(amountOf)]);
  assertMoney(
    !hasLines || credited === amountCents,
    `${number}: lines of ${credited} cents are the ${amountCents} credited`,
  );
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
  const { discounts, credits } = document;
  return [
    total('Usage', document.subtotalCents),
    ...(discounts.length > 0 ? [total('Discounts', sumOf(discounts.map(amountOf)))] : []),
    ...(credits.length > 0 ? [total('Credits applied', sumOf(credits.map(amountOf)))] : []),
    total('Total (USD)', document.totalCents, true),
    ...changesOf(document).flatMap(({ label, change }) => (change === 0n ? [] : [total(label, change)])),
    total('Remaining to pay (USD)', document.remainingCents, true),
  ];
}

/** From the total to what remains. */
function changesOf(document: InvoiceDocument): readonly { readonly label: string; readonly change: Cents }[] {
  return [
    { label: 'Credited', change: cents(-document.creditedCents) },
    { label: writtenOffLabel, change: cents(-document.writtenOffCents) },
    { label: 'Paid', change: cents(-document.paidCents) },
    { label: 'Returned by the bank', change: document.returnedCents },
    { label: 'Given back', change: document.refundedCents },
    { label: 'To be given back', change: document.toRefundCents },
  ];
}

function creditNoteTotals({ usage, discounts, credits, adjustments, amountCents }: CreditNoteDocument): Total[] {
  return [
    ...(usage.length > 0 ? [total('Usage', usageCents(usage))] : []),
    ...(discounts.length > 0 ? [total('Discounts', sumOf(discounts.map(amountOf)))] : []),
    ...(credits.length > 0 ? [total('Credits returned', sumOf(credits.map(amountOf)))] : []),
    ...(adjustments.length > 0 ? [total('Adjustments', sumOf(adjustments.map(amountOf)))] : []),
    total('Credited (USD)', amountCents, true),
  ];
}

function total(label: string, amountCents: Cents, strong = false): Total {
  return { label, amount: amount(amountCents), strong };
}
