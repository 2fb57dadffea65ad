import type { CreditNoteIssued } from '../../../domain/mail/credit-note-issued';
import type { InvoiceIssued } from '../../../domain/mail/invoice-issued';
import { cents } from '../../../domain/money';
import type { Seller } from '../../../domain/parties';

export const seller: Seller = {
  name: 'Example Cloud, Inc.',
  addressLines: ['1 Market Street', 'San Francisco, CA 94105', 'United States'],
  email: 'billing@example.com',
  taxIds: ['US EIN 12-3456789'],
  footer: 'Questions? Answer this e-mail.',
};

export const invoice: InvoiceIssued = {
  number: 'acme-0003',
  month: '2026-01',
  issuedAtMs: Date.UTC(2026, 1, 1),
  buyerName: 'Acme GmbH',
  purchaseOrder: 'PO-17',
  seller,
  usageCents: cents(123_456n),
  discountCents: cents(12_345n),
  creditsAppliedCents: cents(3_000n),
  totalCents: cents(108_111n),
  settlement: { kind: 'due', dueCents: cents(108_111n), dueAtMs: Date.UTC(2026, 2, 3) },
  pdf: 'attached',
};

export const freeInvoice: InvoiceIssued = {
  ...invoice,
  usageCents: cents(1_500n),
  discountCents: cents(0n),
  creditsAppliedCents: cents(1_500n),
  totalCents: cents(0n),
  settlement: { kind: 'nothing_to_pay' },
};

export const creditNote: CreditNoteIssued = {
  number: 'acme-CN-0001',
  invoiceNumber: 'acme-0003',
  issuedAtMs: Date.UTC(2026, 1, 9),
  buyerName: 'Acme GmbH',
  seller,
  reason: 'Replicas were stuck after a network fault',
  creditedCents: cents(25_000n),
  lowersDueCents: cents(5_000n),
  refundedCents: cents(20_000n),
  asCreditsCents: cents(0n),
  creditsReturnedCents: cents(1_000n),
  remainingCents: cents(0n),
  pdf: { url: 'https://billing.example.com/cn/1.pdf' },
};
