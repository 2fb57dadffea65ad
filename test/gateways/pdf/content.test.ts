// What a document says in its few large words, and in its totals, case by case.
import { cents } from '../../../domain/money';
import { contentOf } from '../../../gateways/pdf/content';
import type { InvoiceDocument } from '../../../gateways/pdf/document';
import { creditNote, invoice, usageLine } from './documents';

const usage = [{ month: '2025-01', late: false, lines: [usageLine({ amountCents: cents(10_000n) })] }];
const nothing = cents(0n);
const { dueAtMs: _, ...withoutDue } = invoice({ usage });

const cases: readonly (readonly [string, InvoiceDocument, string, readonly string[]])[] = [
  ['owed by a day', invoice({ usage }), '100.00 USD to pay by 3 March 2025', []],
  ['owed without a day', withoutDue, '100.00 USD to pay', []],
  ['paid', invoice({ usage, paidCents: cents(10_000n), remainingCents: nothing }), '100.00 USD paid', ['Paid -100.00']],
  [
    'paid in part, the rest credited',
    invoice({ usage, paidCents: cents(4_000n), creditedCents: cents(6_000n), remainingCents: nothing }),
    'Nothing left to pay',
    ['Credited -60.00', 'Paid -40.00'],
  ],
  [
    'void: all credited',
    invoice({ usage, status: 'void', creditedCents: cents(10_000n), remainingCents: nothing }),
    'Void',
    ['Credited -100.00'],
  ],
  [
    'credited after it was paid, and not refunded yet',
    invoice({
      usage,
      status: 'paid',
      paidCents: cents(10_000n),
      creditedCents: cents(500n),
      toRefundCents: cents(500n),
      remainingCents: nothing,
    }),
    '100.00 USD paid',
    ['Credited -5.00', 'Paid -100.00', 'To be given back 5.00'],
  ],
  [
    'past due, paid in part',
    invoice({ usage, status: 'past_due', paidCents: cents(4_000n), remainingCents: cents(6_000n) }),
    '60.00 USD past due',
    ['Paid -40.00'],
  ],
  [
    'refunded after it was paid',
    invoice({
      usage,
      paidCents: cents(10_000n),
      refundedCents: cents(500n),
      creditedCents: cents(500n),
      remainingCents: nothing,
    }),
    '100.00 USD paid',
    ['Credited -5.00', 'Paid -100.00', 'Given back 5.00'],
  ],
  [
    'a debit that came back',
    invoice({ usage, paidCents: cents(10_000n), returnedCents: cents(10_000n) }),
    '100.00 USD to pay by 3 March 2025',
    ['Paid -100.00', 'Returned by the bank 100.00'],
  ],
  [
    'written off by the guard',
    invoice({ usage, writtenOffCents: cents(150n), remainingCents: cents(9_850n) }),
    '98.50 USD to pay by 3 March 2025',
    ['Written off: usage after your credits ran out -1.50'],
  ],
  [
    'covered by credits',
    invoice({ usage, credits: [{ name: 'free', amountCents: cents(-10_000n) }] }),
    'Nothing to pay',
    [],
  ],
];

test.each(cases)('an invoice that is %s', (_, document, summary, changes) => {
  const content = contentOf(document);
  expect(content.summary).toBe(summary);
  const labels = content.totals.map(({ label, amount }) => `${label} ${amount}`);
  const total = labels.findIndex((label) => label.startsWith('Total'));
  expect(labels.slice(total + 1, -1)).toEqual(changes);
  expect(labels.at(-1)).toMatch(/^Remaining to pay \(USD\) /);
});

test('what was paid and credited leads to what remains, or it is not printed', () => {
  const document = invoice({ usage, paidCents: cents(4_000n), remainingCents: cents(5_000n) });
  expect(() => contentOf(document)).toThrow('acme-0001: what was paid and credited leaves 6000, not 5000');
});

test('what makes the lines of a credit note its amount stands among them', () => {
  const adjustments = [{ name: 'Credited before', amountCents: cents(-45n) }];
  const { listings, totals } = contentOf(creditNote({ adjustments, amountCents: cents(500n) }));
  expect(listings.map(({ title }) => title)).toEqual(['Usage of January 2025, credited', 'Discounts', 'Adjustments']);
  expect(totals.map(({ label, amount }) => `${label} ${amount}`)).toEqual([
    'Usage 6.06',
    'Discounts -0.61',
    'Adjustments -0.45',
    'Credited (USD) 5.00',
  ]);
  expect(() => contentOf(creditNote({ adjustments }))).toThrow('acme-CN-0001: lines of 500 cents are the 545 credited');
});

test('a usage without lines of its own has no word on minutes', () => {
  const goodwill = contentOf(creditNote({ usage: [], discounts: [] }));
  expect(goodwill.listings).toEqual([]);
  expect(goodwill.notes).toEqual([]);
  expect(goodwill.totals).toEqual([{ label: 'Credited (USD)', amount: '5.45', strong: true }]);
});

test('numbers are grouped, prices exact, and the day is that of UTC', () => {
  const content = contentOf(
    invoice({
      issuedAtMs: Date.UTC(2024, 11, 31, 23, 59, 59, 999),
      usage: [
        { month: '2024-12', late: false, lines: [usageLine({ minutes: 1_234_567, amountCents: cents(123_456_789n) })] },
      ],
    }),
  );
  expect(content.listings[0]?.rows[0]?.slice(3)).toEqual(['1,234,567', '0.02012', '1,234,567.89']);
  expect(content.facts).toContainEqual({ label: 'Date of issue', value: '31 December 2024' });
});
