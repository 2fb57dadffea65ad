import type { InvoiceLine } from '../../../domain/invoice';
import { composeEmail, type InvoiceIssuedFacts, invoiceIssuedFacts } from '../../../domain/mail/email';
import { cents, nanos } from '../../../domain/money';
import { defaultTerms } from '../../../domain/terms';
import { seller } from './samples';

const line = (kind: InvoiceLine['kind'], amount: bigint): InvoiceLine => ({
  position: 1,
  kind,
  description: kind,
  month: '2026-01',
  exactNanos: nanos(amount * 10_000_000n),
  amountCents: cents(amount),
});
const lines = [
  line('usage', 100_000n),
  line('usage', 23_456n),
  line('volume_discount', -12_000n),
  line('program_discount', -345n),
  line('credit', -3_000n),
];
const issued = {
  number: 'acme-0003',
  month: '2026-01',
  nowMs: Date.UTC(2026, 1, 1),
  composed: { lines, entries: [] },
  totalCents: cents(108_111n),
  terms: [],
};
const net30 = { fromHour: 0, terms: { ...defaultTerms, collection: 'invoice', netDays: 30 } } as const;
const compose = (facts: object) =>
  composeEmail({ key: 'k', kind: 'invoice_issued', facts }, { seller, pdf: 'attached' });

test('the facts of an invoice are the sums of its lines by kind, as text', () => {
  expect(invoiceIssuedFacts(issued)).toEqual({
    number: 'acme-0003',
    month: '2026-01',
    issuedAt: '2026-02-01T00:00:00Z',
    dueAt: '2026-02-01T00:00:00Z',
    usageCents: '123456',
    discountCents: '12345',
    creditsAppliedCents: '3000',
    totalCents: '108111',
  });
});

test('it is due at once where the terms charge, and after their days where they invoice', () => {
  const after = { fromHour: 1_000_000, terms: defaultTerms };
  expect(invoiceIssuedFacts({ ...issued, terms: [net30, after] }).dueAt).toBe('2026-03-03T00:00:00Z');
  const buyer = { buyerName: 'Acme' };
  expect(compose({ ...invoiceIssuedFacts(issued), ...buyer }).subject).toMatch(/\$1,081\.11 due now$/);
  expect(compose({ ...invoiceIssuedFacts({ ...issued, terms: [net30] }), ...buyer }).subject).toMatch(
    /\$1,081\.11 due 3 March 2026$/,
  );
});

test('the same facts, back from JSON, are the same e-mail', () => {
  const facts = { ...invoiceIssuedFacts(issued), buyerName: 'Acme <b>GmbH</b>', purchaseOrder: 'PO-17' };
  const email = compose(JSON.parse(JSON.stringify(facts)));
  expect(email).toEqual(compose(facts));
  expect(email.text).toContain('PO-17');
  expect(email.text).toContain('The invoice is attached as a PDF.');
  expect(email.html).not.toContain('<b>');
});

test.each<[string, Partial<InvoiceIssuedFacts>]>([
  ['its sums do not make its total', { totalCents: '108112' }],
  ['an instant is none', { dueAt: 'soon' }],
])('facts are refused where %s', (_name, changes) => {
  const facts = { ...invoiceIssuedFacts(issued), buyerName: 'Acme', ...changes };
  expect(() => compose(facts)).toThrow(expect.objectContaining({ code: 'internal' }));
});
