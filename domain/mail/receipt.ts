// What an e-mail says of an invoice that is paid, for the document that goes with it.
import { type Cents, cents } from '../money';
import type { CollectingFacts } from './collecting-email';
import type { EmailKind, InvoiceIssuedFacts } from './email';

/** What an e-mail says about an invoice that is paid: what was paid last of the total, and by what. */
export type Receipt = { readonly totalCents: Cents; readonly paidCents: Cents; readonly method: string };

/** Undefined where it does not say that the invoice is paid. */
export function receiptOf({ kind, facts }: { readonly kind: EmailKind; readonly facts: unknown }): Receipt | undefined {
  if (kind === 'payment_received') {
    const { totalCents, remainingCents, receivedCents = '0', method = '' } = facts as CollectingFacts;
    return remainingCents === '0' ? receipt({ totalCents, paidCents: receivedCents, method }) : undefined;
  }
  if (kind !== 'invoice_issued') return undefined;
  const { totalCents, settlement } = facts as InvoiceIssuedFacts;
  if (settlement?.kind !== 'paid') return undefined;
  return receipt({ totalCents, paidCents: settlement.paidCents ?? totalCents, method: settlement.method });
}

function receipt(of: { readonly [field in keyof Receipt]: string }): Receipt {
  return { ...of, totalCents: cents(BigInt(of.totalCents)), paidCents: cents(BigInt(of.paidCents)) };
}
