import type { CollectingFacts, CollectingKind } from '../../../domain/mail/collecting-email';
import { composeEmail } from '../../../domain/mail/email';
import { seller } from './samples';

const facts: CollectingFacts & { readonly buyerName: string } = {
  number: 'acme-0003',
  month: '2026-01',
  dueAt: '2026-02-01T00:00:00Z',
  totalCents: '108111',
  remainingCents: '108111',
  payUrl: 'https://billing.example.com/pay/abc',
  methodUrl: 'https://billing.example.com/method/def',
  buyerName: 'Acme <b>GmbH</b>',
};
const tried = { triedCents: '108111', method: 'Visa ending 4242' };
const compose = (kind: CollectingKind, more: Partial<CollectingFacts> = {}) =>
  composeEmail({ key: 'k', kind, facts: { ...facts, ...more } }, { seller, pdf: 'attached' });

test.each<[CollectingKind, Partial<CollectingFacts>, RegExp, readonly string[]]>([
  [
    'payment_failed',
    { ...tried, row: 'no_funds', retryAt: '2026-02-02T00:10:00Z' },
    /^Payment of \$1,081\.11 failed: invoice acme-0003$/,
    [
      'There was not enough money on the card, or its limit was reached.',
      'We will try again on 2 February 2026.',
      'Pay $1,081.11:\nhttps://billing.example.com/pay/abc',
      'Use another payment method:\nhttps://billing.example.com/method/def',
    ],
  ],
  [
    'payment_failed',
    { triedCents: '108111', method: 'what you paid with', row: 'debit_no_funds', isByInvoice: true },
    /^Payment of \$1,081\.11 failed: invoice acme-0003$/,
    ['There was not enough money in the bank account.', 'Please pay again through the link.'],
  ],
  [
    'action_needed',
    { ...tried, row: 'authenticate' },
    /^Action needed for the payment of \$1,081\.11: invoice acme-0003$/,
    ['Your bank wants you to confirm this payment.', 'https://billing.example.com/pay/abc'],
  ],
  [
    'past_due',
    { ...tried, row: 'no_funds' },
    /^\$1,081\.11 past due: invoice acme-0003$/,
    ['We could not collect it from Visa ending 4242.', 'add another payment method: it is charged at once'],
  ],
  [
    'payment_received',
    { receivedCents: '8111', method: 'Visa ending 4242', remainingCents: '100000' },
    /^Payment of \$81\.11 received: invoice acme-0003$/,
    ['$1,000.00 are left to pay.', 'Pay $1,000.00:'],
  ],
  [
    'reminder',
    { isOverdue: false },
    /^Reminder: \$1,081\.11 due 1 February 2026: invoice acme-0003$/,
    ['Invoice acme-0003 is due on 1 February 2026.'],
  ],
  [
    'reminder',
    { isOverdue: true },
    /^Reminder: \$1,081\.11 overdue: invoice acme-0003$/,
    ['Invoice acme-0003 was due on 1 February 2026.'],
  ],
])('%s %#', (kind, more, subject, sentences) => {
  const email = compose(kind, more);
  expect(email.subject).toMatch(subject);
  // Sentences are wrapped; what is asked for here is not.
  const unwrapped = email.text.replace(/(?<![:\n])\n(?!\n)/g, ' ');
  for (const sentence of sentences) expect(unwrapped).toContain(sentence);
  expect(email.text).toContain('The invoice is attached as a PDF.');
  expect(email.preheader.slice(0, 90)).toMatch(/^(Reminder: )?\$?[\d,.]+|^\$/);
  expect(email.html).not.toContain('<b>GmbH');
  expect(compose(kind, JSON.parse(JSON.stringify(more)))).toEqual(email);
});

test('who pays by invoice is not promised that anything is tried again', () => {
  const { text } = compose('payment_failed', { ...tried, row: 'no_funds', isByInvoice: true });
  expect(text).not.toMatch(/try again/);
});

test('what is paid in full has no button, and without links there are none', () => {
  const paid = compose('payment_received', { receivedCents: '108111', remainingCents: '0', method: 'transfer 4711' });
  expect(paid.text).toContain('The invoice is paid in full. Thank you.');
  expect(paid.text).not.toContain('/pay/');
  const { payUrl: _, methodUrl: __, ...without } = facts;
  const failed = composeEmail(
    { key: 'k', kind: 'payment_failed', facts: { ...without, ...tried, row: 'no_funds' } },
    { seller, pdf: 'too_large' },
  );
  expect(failed.text).not.toContain('https://');
});

test.each(['never_alone', 'visa_never', 'never_again', 'other_method'])(
  'a decline by %s tells nothing of fraud or theft',
  (row) => {
    const { text } = compose('payment_failed', { ...tried, row });
    expect(text).toContain('The bank that issued the card declined the payment.');
    expect(text).not.toMatch(/fraud|stolen|lost|block/i);
  },
);
