// Payments of an invoice: what came in, what was tried, and what it waits for.
import { Type } from '@sinclair/typebox';
import type { Complain } from '../domain/body';
import { awaitedThings } from '../domain/collecting/words';
import { grantNanosMax } from '../domain/credits';
import { type Cents as CentsAmount, cents, formatUsdGrouped, type Nanos, nanosPerCent } from '../domain/money';
import { cursor, limit, Next, namePart, numberPart, orEmpty } from './pages';
import { readAs } from './reading';
import { Cents, Count, Id, Instant, line, usd, words } from './scalars';
import { answer, entry, optional, parameters, said, type Wire } from './shape';

const keyLengthMax = 100;
const Key = said('the same key again records nothing more; at most 100 characters', Id);

export const PaymentEntry = entry('PaymentEntry', {
  key: Key,
  amount: usd({ description: 'US dollars and whole cents, more than nothing' }),
  reference: said('how it is found in the books, such as that of the bank transfer', line(200)),
});
export type PaymentEntry = Wire<typeof PaymentEntry>;

export type RecordedPayment = {
  readonly key: string;
  readonly amountCents: CentsAmount;
  readonly reference: string;
};

/** Reads the body of POST /v1/invoices/{invoice}/payments. Throws `invalid_request` with every fault. */
export function readPaymentEntry(body: unknown): RecordedPayment {
  const { key, amount, reference } = readAs(PaymentEntry, body, {
    what: 'the payment is',
    rule: (found, at) => checkPayment(found, at()),
  });
  return { key, reference, amountCents: cents(amount / nanosPerCent) };
}

function checkPayment(
  found: { readonly key?: string | undefined; readonly amount?: Nanos | undefined },
  complain: Complain,
): void {
  const { key, amount } = found;
  if (key !== undefined && key.length > keyLengthMax) {
    complain('key', `expected at most ${keyLengthMax} characters, came ${key.length}`);
  }
  if (amount === undefined) return;
  if (amount <= 0n) complain('amount', 'expected more than nothing');
  else if (amount % nanosPerCent !== 0n) complain('amount', 'expected whole cents');
  else if (amount > grantNanosMax) complain('amount', `expected at most ${formatUsdGrouped(grantNanosMax)}`);
}

export const WriteOffEntry = entry('WriteOffEntry', { key: Key, reason: line(500) });
export type WriteOffEntry = Wire<typeof WriteOffEntry>;

/** Reads the body of POST /v1/invoices/{invoice}/write-off. Throws `invalid_request` with every fault. */
export function readWriteOffEntry(body: unknown): { readonly key: string; readonly reason: string } {
  return readAs(WriteOffEntry, body, {
    what: 'the write-off is',
    rule: (found, at) => checkPayment({ key: found.key }, at()),
  });
}

export const Payment = answer('Payment', {
  id: Type.String(),
  source: words(['stripe', 'elsewhere'], 'elsewhere: recorded by hand'),
  amount: Cents,
  applied: said('what of it was for this invoice', Cents),
  granted: said('what of it was paid too much, and is a grant', Cents),
  method: optional(Type.String({ examples: ['Visa ending 4242'] })),
  reference: optional(Type.String()),
  receivedAt: Instant,
});
export type Payment = Wire<typeof Payment>;

export const PaymentAttempt = answer('PaymentAttempt', {
  number: Count,
  by: words(['charge', 'checkout'], 'checkout: by the customer, on a page'),
  state: words(
    ['open', 'under_way', 'paid', 'failed', 'over'],
    'open: the customer may pay; under_way: its outcome is to come; over: nothing was tried with it',
  ),
  amount: Cents,
  method: optional(Type.String({ examples: ['Visa ending 4242'] })),
  why: optional(Type.String({ description: 'why it failed, as the customer is told' })),
  whatToDo: optional(Type.String({ description: 'what the customer can do about it' })),
  madeAt: Instant,
  settledAt: optional(Instant),
});
export type PaymentAttempt = Wire<typeof PaymentAttempt>;

/** How many payments, and how many attempts, a page has where nothing is said. */
export const paymentsAPage = 100;
// Both lists go on after what the page before had last of each; empty where it had none.
export const InvoicePaymentsQuery = parameters({
  cursor: optional(cursor(orEmpty(namePart), numberPart)),
  limit: optional(limit({ usual: paymentsAPage, max: 1000 })),
});

export const InvoicePayments = answer('InvoicePayments', {
  payments: Type.Array(Payment),
  attempts: Type.Array(PaymentAttempt),
  next: optional(Next),
  waitsUntil: optional(
    Type.String({ description: 'what has to happen for it to be collected', examples: ['there is a payment method'] }),
  ),
  looksAgainAt: optional(said('when it is looked at again at the latest', Instant)),
  nextStep: optional(
    Type.Object(
      {
        for: words(awaitedThings),
        says: Type.String(),
        at: optional(said('when, where that is by the clock', Instant)),
      },
      { description: 'what happens next, for the customer to read' },
    ),
  ),
});
export type InvoicePayments = Wire<typeof InvoicePayments>;

export const PaymentsHealth = answer('PaymentsHealth', {
  status: words(
    ['off', 'ok', 'attention', 'failing'],
    'failing: the last looks at some invoices failed; attention: late or refused attempts, codes that are not known, or refunds that are late, failed or stray; off: nothing is charged',
  ),
  late: Type.Object(
    { sending: Count, processing: Count, open: Count },
    { description: 'attempts in flight for longer than 15 minutes, 7 days and 25 hours, counted up to 10001' },
  ),
  refused: said('attempts of the last week that Stripe did not take', Count),
  unknownCodes: Type.Array(Type.Object({ code: Type.String(), count: Count }), {
    description: 'codes of declines of the last 30 days that are not in the table of what follows',
  }),
  failing: said('invoices whose last look failed: they are looked at again, ever more seldom', Count),
  lastFailure: optional(
    Type.Object({
      code: Type.String({
        description: 'payments_misconfigured: Stripe does not take our key; unavailable: it is away',
      }),
      at: Instant,
    }),
  ),
  pastDue: said('unpaid invoices of which nothing more is tried by itself', Count),
  refunds: Type.Object(
    {
      late: said('parts on their way for longer than 15 minutes to Stripe, or 12 days at a bank', Count),
      failed: said('parts that did not go back, of invoices of which something is still to', Count),
      waiting: said(
        'invoices of which something is to be refunded and on no way: by transfer, or a part failed',
        Count,
      ),
      stray: said('made at Stripe, of more than is known to be left: the table stray_refunds has them', Count),
    },
    { description: 'counted up to 10001' },
  ),
  openDisputes: said('payments that a bank looks into', Count),
});
export type PaymentsHealth = Wire<typeof PaymentsHealth>;
