import type { InvoiceLine } from '../../domain/invoice';
import { asIssued, composeInvoiceDocument, type IssuedInvoice } from '../../domain/invoice-document';
import { cents, centsToNanos, nanos } from '../../domain/money';
import { noBilling } from '../../domain/parties';

const invoice: IssuedInvoice = {
  workspace: 'acme',
  number: 7,
  month: '2025-01',
  status: 'issued',
  issuedAtMs: Date.UTC(2025, 1, 1),
  dueAtMs: Date.UTC(2025, 2, 3),
  collection: 'invoice',
  totalCents: cents(250n),
  paidCents: cents(0n),
  returnedCents: cents(0n),
  refundedCents: cents(0n),
  creditedCents: cents(0n),
  writtenOffCents: cents(0n),
  overrunCents: cents(0n),
  remainingCents: cents(250n),
  toRefundCents: cents(0n),
  seller: { name: 'Seller', addressLines: ['Street 1', 'Germany'], taxIds: ['VAT DE1'] },
  buyer: { ...noBilling, name: 'Acme', emails: ['a@acme.example'] },
  parts: [
    { month: '2024-12', late: true },
    { month: '2025-01', late: false },
  ],
};

function line(given: Partial<InvoiceLine> & { amount: bigint }): InvoiceLine {
  const { amount, ...rest } = given;
  const amountCents = cents(amount);
  const facts = { position: 1, kind: 'usage', description: 'd', month: '2025-01' } as const;
  const used = { model: 'm', version: 'v1', instanceType: 'gpu', replicaMinutes: 10, priceNanos: nanos(1n) };
  const own = rest.kind === undefined ? used : {};
  return { ...facts, ...own, exactNanos: centsToNanos(amountCents), amountCents, ...rest };
}

const lines = [
  line({ amount: 100n, month: '2024-12' }),
  line({ amount: 300n, model: 'other' }),
  line({ amount: -40n, kind: 'volume_discount', description: 'Volume discount 10 %' }),
  line({ amount: -60n, kind: 'program_discount', description: 'Education discount 20 %' }),
  line({ amount: -50n, kind: 'credit', description: 'Credits: free' }),
];
const compose = (change: Partial<IssuedInvoice> = {}, of = lines) =>
  composeInvoiceDocument({ invoice: { ...invoice, ...change }, lines: of, terms: [] });

test('lines stand by month, discounts and grants by name, and the sums follow from them', () => {
  const document = compose();
  expect(document).toMatchObject({
    number: 'acme-0007',
    periods: ['2025-01'],
    usage: [
      { month: '2024-12', late: true, lines: [{ model: 'm', minutes: 10, amountCents: 100n }] },
      { month: '2025-01', late: false, lines: [{ model: 'other', amountCents: 300n }] },
    ],
    discounts: [
      { name: 'Volume discount 10 %', amountCents: -40n },
      { name: 'Education discount 20 %', amountCents: -60n },
    ],
    credits: [{ name: 'Credits: free', amountCents: -50n }],
    subtotalCents: 400n,
    totalCents: 250n,
    remainingCents: 250n,
  });
});

test('the buyer has what is known of him and nothing else', () => {
  expect(compose().buyer).toEqual({ name: 'Acme', emails: ['a@acme.example'] });
  const address = { line1: 'Street 1', line2: null, city: 'Berlin', region: null, postalCode: '1', country: 'DE' };
  expect(compose({ buyer: { ...invoice.buyer, address, taxId: 'T', purchaseOrder: 'P' } }).buyer).toEqual({
    name: 'Acme',
    addressLines: ['Street 1', '1 Berlin', 'Germany'],
    taxId: 'T',
    purchaseOrder: 'P',
    emails: ['a@acme.example'],
  });
});

const paid = { status: 'paid', remainingCents: cents(0n) } as const;

test.each<[string, Partial<IssuedInvoice>, string]>([
  ['invoiced', {}, 'Please pay by 3 March 2025 and name the invoice number.'],
  ['charged', { collection: 'charge' }, 'The amount is charged to the payment method on file.'],
  [
    'charged, and paid in part',
    { collection: 'charge', paidCents: cents(50n), remainingCents: cents(200n) },
    'What remains is charged to the payment method on file.',
  ],
  [
    'covered by credits',
    { totalCents: cents(0n), status: 'paid' },
    'Credits cover this invoice: there is nothing to pay.',
  ],
  ['paid', { ...paid, paidCents: cents(250n) }, 'It is paid in full. Thank you.'],
  [
    'paid, and then credited',
    { ...paid, paidCents: cents(250n), creditedCents: cents(50n), toRefundCents: cents(50n) },
    'There is nothing left to pay. What was credited after it was paid goes back to you.',
  ],
  [
    'paid in part and credited',
    { ...paid, paidCents: cents(200n), creditedCents: cents(50n) },
    'There is nothing left to pay.',
  ],
  [
    'credited whole',
    { ...paid, creditedCents: cents(250n) },
    'Credit notes take it back whole: there is nothing to pay.',
  ],
  ['past due', { status: 'past_due' }, 'It was due on 3 March 2025: please pay now and name the invoice number.'],
  [
    'uncollectible',
    { status: 'uncollectible' },
    'It was due on 3 March 2025 and is not collected any more. It can still be paid.',
  ],
  [
    'void',
    { status: 'void', creditedCents: cents(250n), remainingCents: cents(0n) },
    'This invoice is void: nothing is to be paid for it.',
  ],
])('how one is paid that is %s', (_, change, payment) => {
  expect(compose(change).payment).toBe(payment);
});

test('as it was issued it says the same, whatever became of it', () => {
  const moved = {
    ...invoice,
    status: 'void',
    paidCents: cents(9n),
    returnedCents: cents(8n),
    refundedCents: cents(1n),
    creditedCents: cents(250n),
    writtenOffCents: cents(2n),
    remainingCents: cents(0n),
    toRefundCents: cents(3n),
  } as const;
  expect(asIssued(moved)).toEqual(invoice);
  expect(asIssued({ ...moved, totalCents: cents(0n) }).status).toBe('paid');
});

test('one of nothing without credits does not speak of credits, and is never due', () => {
  expect(compose({ totalCents: cents(0n) }, [])).not.toHaveProperty('dueAtMs');
  expect(compose()).toMatchObject({ dueAtMs: invoice.dueAtMs });
  expect(compose({ status: 'void' })).not.toHaveProperty('dueAtMs');
  expect(compose({ totalCents: cents(0n) }, []).payment).toBe('There is nothing to pay.');
});

test('a usage line that lacks something is a bug and not printed', () => {
  expect(() => compose({}, [line({ amount: 1n, kind: 'usage' })])).toThrow('expected a usage line to have a model');
});

test('says what it was paid with, each once', () => {
  const paidInFull = { ...invoice, status: 'paid', paidCents: cents(250n), remainingCents: cents(0n) } as const;
  const paidBy = ['Visa ending 4242', 'transfer PAY-7', 'Visa ending 4242'];
  const { payment } = composeInvoiceDocument({ invoice: paidInFull, lines, terms: [], paidBy });
  expect(payment).toBe('It is paid in full by Visa ending 4242 and transfer PAY-7. Thank you.');
});
