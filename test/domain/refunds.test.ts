// How a refund is shared out over payments, and why it is refused.
import fc from 'fast-check';
import { cents } from '../../domain/money';
import {
  planRefund,
  type RefundableInvoice,
  type RefundablePayment,
  refundableByStripe,
  refundState,
} from '../../domain/refunds';

const payment = (id: string, left: bigint, more: Partial<RefundablePayment> = {}): RefundablePayment => ({
  payment: id,
  source: id.startsWith('pi') ? 'stripe' : 'elsewhere',
  receivedAtMs: Number(id.replace(/\D/g, '')),
  leftCents: cents(left),
  overpaidCents: cents(0n),
  isDisputed: false,
  hasFailed: false,
  ...more,
});

const invoice = (payments: readonly RefundablePayment[], toRefund = 0n): RefundableInvoice => ({
  id: 'inv',
  keptCents: cents(payments.reduce((sum, { leftCents }) => sum + leftCents, 0n)),
  toRefundCents: cents(toRefund),
  payments,
});

const plan = (of: RefundableInvoice, amount: bigint, more: { payment?: string; reference?: string } = {}) =>
  planRefund(of, { amountCents: cents(amount), ...more });

const mixed = invoice([payment('pi1', 300n), payment('t9', 500n), payment('pi2', 200n)]);

test.each<[string, RefundableInvoice, bigint, { payment?: string; reference?: string }, readonly string[], bigint]>([
  ['the newest first', mixed, 250n, {}, ['pi2 200', 'pi1 50'], 250n],
  ['transfers last, by hand', mixed, 600n, { reference: 'w' }, ['pi2 200', 'pi1 300', 't9 100 by hand'], 600n],
  ['the one that is named', mixed, 300n, { payment: 'pi1' }, ['pi1 300'], 300n],
  ['a transfer that is named', mixed, 10n, { payment: 't9', reference: 'w' }, ['t9 10 by hand'], 10n],
  ['no note for what notes have credited', invoice([payment('pi1', 300n)], 100n), 250n, {}, ['pi1 250'], 150n],
  ['no note at all', invoice([payment('pi1', 300n)], 300n), 250n, {}, ['pi1 250'], 0n],
  [
    'what is not disputed',
    invoice([payment('pi1', 300n), payment('pi2', 200n, { isDisputed: true })]),
    250n,
    {},
    ['pi1 250'],
    250n,
  ],
  [
    'by hand what Stripe could not pay back',
    invoice([payment('pi1', 300n, { hasFailed: true })]),
    300n,
    { payment: 'pi1', reference: 'w' },
    ['pi1 300 by hand'],
    300n,
  ],
])('%s', (_, of, amount, more, parts, note) => {
  const planned = plan(of, amount, more);
  if (planned.kind === 'refused') throw new Error(planned.message);
  const shown = planned.parts.map((part) => `${part.payment} ${part.cents}${part.isByHand ? ' by hand' : ''}`);
  expect([shown, planned.noteCents, planned.isOverpayment]).toEqual([parts, note, false]);
});

const disputed = invoice([payment('pi1', 300n, { isDisputed: true })]);

test.each<[string, RefundableInvoice, bigint, { payment?: string; reference?: string }, string, RegExp]>([
  ['more than is left', mixed, 1001n, { reference: 'w' }, 'amount', /at most 10.00 .* came 10.01/],
  ['more than is left of one', mixed, 301n, { payment: 'pi1' }, 'amount', /at most 3.00 .* of payment pi1/],
  ['a transfer without a reference', mixed, 501n, {}, 'reference', /t9 came by bank transfer/],
  ['a reference of nothing by hand', mixed, 100n, { reference: 'w' }, 'reference', /goes back by Stripe/],
  ['a reference of what Stripe pays', mixed, 100n, { payment: 'pi1', reference: 'w' }, 'reference', /by Stripe/],
  ['a payment of nobody', mixed, 100n, { payment: 'pi7' }, 'payment', /a payment of invoice inv, came pi7/],
  ['a disputed payment', disputed, 100n, {}, 'payment', /disputed/],
  ['a disputed one that was taken', invoice([payment('pi1', 0n, { isDisputed: true })]), 1n, {}, 'amount', /disputed/],
])('%s is refused', (_, of, amount, more, field, message) => {
  expect(plan(of, amount, more)).toMatchObject({ kind: 'refused', field, message: expect.stringMatching(message) });
});

test('what was paid too much goes back first where the payment is named, and is told of where it is not', () => {
  const over = invoice([payment('pi1', 300n, { overpaidCents: cents(50n) })]);
  expect(plan(over, 50n, { payment: 'pi1' })).toEqual({
    kind: 'refund',
    parts: [{ payment: 'pi1', cents: 50n, isByHand: false }],
    noteCents: 0n,
    isOverpayment: true,
  });
  expect(plan(over, 51n, { payment: 'pi1' })).toMatchObject({ isOverpayment: false, noteCents: 51n });
  expect(plan(over, 301n)).toMatchObject({ message: expect.stringMatching(/pi1 was 0.50 too much/) });
});

const payments = fc.array(
  fc.record({ cents: fc.bigInt(0n, 1000n), isStripe: fc.boolean(), isDisputed: fc.boolean() }),
  { minLength: 1, maxLength: 6 },
);

test('its parts make it, none is more than is left, and nothing of a disputed payment or of a transfer goes by itself', () => {
  fc.assert(
    fc.property(
      payments,
      fc.bigInt(1n, 4000n),
      fc.bigInt(0n, 2000n),
      fc.boolean(),
      (given, amount, toRefund, byHand) => {
        const all = given.map((it, at) =>
          payment(`${it.isStripe ? 'pi' : 't'}${at}`, it.cents, { isDisputed: it.isDisputed }),
        );
        const of = invoice(all, toRefund);
        const planned = plan(of, amount, byHand ? { reference: 'w' } : {});
        if (planned.kind === 'refused') return;
        expect(planned.parts.reduce((sum, part) => sum + part.cents, 0n)).toBe(amount);
        expect(planned.noteCents).toBe(amount > toRefund ? amount - toRefund : 0n);
        for (const part of planned.parts) {
          const from = all.find((it) => it.payment === part.payment);
          expect(from?.isDisputed).toBe(false);
          expect(part.cents <= (from?.leftCents ?? 0n)).toBe(true);
          expect(part.isByHand).toBe(from?.source === 'elsewhere');
          if (part.isByHand) expect(byHand).toBe(true);
        }
        if (!byHand) expect(amount <= refundableByStripe(of)).toBe(true);
      },
    ),
  );
});

test.each([
  [['succeeded', 'by_hand'], 'succeeded'],
  [['succeeded', 'pending', 'failed'], 'pending'],
  [['sending'], 'pending'],
  [['succeeded', 'failed'], 'failed'],
] as const)('%j is %s', (states, state) => {
  expect(refundState(states.map((each) => ({ state: each })))).toBe(state);
});
