// What an intent says of the money, in every status that it can have and in those that nobody knows yet.
import type Stripe from 'stripe';
import { outcomeOf, readingOf } from '../../../gateways/payments/intents';

type Intent = Parameters<typeof outcomeOf>[0];

function intent(more: object): Intent {
  const base = {
    id: 'pi_1',
    object: 'payment_intent',
    amount: 500,
    amount_received: 0,
    currency: 'usd',
    created: 1_735_689_600,
    customer: 'cus_1',
    payment_method: null,
    latest_charge: null,
    last_payment_error: null,
    cancellation_reason: null,
    metadata: {},
  };
  return { ...base, ...more } as unknown as Stripe.PaymentIntent;
}

const declined = { code: 'card_declined', decline_code: 'insufficient_funds' };
const visa = { type: 'card', card: { brand: 'visa' } };

test('one that succeeded is paid, with its fee where it is booked already', () => {
  const booked = { id: 'txn_1', amount: 500, fee: 45, net: 455 };
  const charge = { id: 'ch_1', balance_transaction: booked };
  const paid = { status: 'succeeded', amount_received: 500 };
  expect(outcomeOf(intent({ ...paid, latest_charge: charge }))).toEqual({
    kind: 'paid',
    paymentIntent: 'pi_1',
    charge: 'ch_1',
    amountCents: 500n,
    booking: { balanceTransaction: 'txn_1', amountCents: 500n, feeCents: 45n, netCents: 455n },
  });
  for (const latest_charge of ['ch_1', { id: 'ch_1', balance_transaction: null }]) {
    expect(outcomeOf(intent({ ...paid, latest_charge }))).toMatchObject({
      kind: 'paid',
      charge: 'ch_1',
      booking: null,
    });
  }
});

test.each([
  ['processing', {}, { kind: 'processing', paymentIntent: 'pi_1' }],
  ['canceled', { cancellation_reason: 'abandoned' }, { kind: 'canceled', reason: 'abandoned' }],
  ['requires_action', {}, { kind: 'needsCustomer', isOpen: true }],
  ['requires_payment_method', { last_payment_error: declined }, { kind: 'declined', decline: declinedAs() }],
  ['requires_payment_method', {}, { kind: 'needsCustomer', isOpen: true }],
  [
    'requires_payment_method',
    { last_payment_error: { code: 'authentication_required', decline_code: 'authentication_required' } },
    { kind: 'needsCustomer', isOpen: false, decline: { code: 'authentication_required' } },
  ],
  ['requires_capture', {}, { kind: 'unknown' }],
  ['requires_confirmation', {}, { kind: 'unknown' }],
  ['paid_in_shells', {}, { kind: 'unknown', why: 'pi_1 is paid_in_shells' }],
])('%s', (status, more, expected) => {
  expect(outcomeOf(intent({ status, ...more }))).toMatchObject(expected);
});

function declinedAs() {
  return { methodType: 'card', code: 'card_declined', declineCode: 'insufficient_funds' };
}

test('one in another currency is unknown, whatever its status', () => {
  expect(outcomeOf(intent({ status: 'succeeded', currency: 'jpy' })).kind).toBe('unknown');
});

test('all codes of a decline are kept, from the error, else from its charge', () => {
  const codes = { advice_code: 'try_again_later', network_decline_code: '51', network_advice_code: '24' };
  const expected = { brand: 'visa', adviceCode: 'try_again_later', networkDeclineCode: '51', networkAdviceCode: '24' };
  const status = 'requires_payment_method';
  const onError = { last_payment_error: { ...declined, ...codes, payment_method: visa } };
  expect(outcomeOf(intent({ status, ...onError }))).toMatchObject({ kind: 'declined', decline: expected });
  const payment_method_details = { type: 'card', card: { brand: 'visa' } };
  const onCharge = {
    last_payment_error: declined,
    latest_charge: { id: 'ch_1', outcome: codes, payment_method_details },
  };
  expect(outcomeOf(intent({ status, ...onCharge }))).toMatchObject({
    kind: 'declined',
    charge: 'ch_1',
    decline: expected,
  });
});

test("Radar's highest risk is told from other fraud", () => {
  const latest_charge = { id: 'ch_1', outcome: { reason: 'highest_risk_level' } };
  const last_payment_error = { code: 'card_declined', decline_code: 'fraudulent' };
  const outcome = outcomeOf(intent({ status: 'requires_payment_method', last_payment_error, latest_charge }));
  expect(outcome).toMatchObject({ decline: { declineCode: 'highest_risk_level' } });
});

test('a returned debit has its return code', () => {
  const last_payment_error = {
    code: 'payment_intent_payment_attempt_failed',
    decline_code: 'insufficient_funds',
    network_decline_code: 'R01',
    payment_method: { type: 'us_bank_account' },
  };
  expect(outcomeOf(intent({ status: 'requires_payment_method', last_payment_error }))).toMatchObject({
    kind: 'declined',
    decline: { methodType: 'us_bank_account', brand: null, returnCode: 'R01' },
  });
});

test('a reading has what rebuilds an attempt, and says where it is not one of ours', () => {
  const metadata = { workspace: 'acme', invoice: 'in-1', attempt: '2', other: 'x' };
  expect(readingOf(intent({ status: 'processing', metadata, payment_method: { id: 'pm_1' } }))).toEqual({
    paymentIntent: 'pi_1',
    createdMs: 1_735_689_600_000,
    customer: 'cus_1',
    paymentMethod: 'pm_1',
    amountCents: 500n,
    marks: { workspace: 'acme', invoice: 'in-1', attempt: '2' },
    outcome: { kind: 'processing', paymentIntent: 'pi_1', charge: null },
  });
  expect(readingOf(intent({ status: 'processing', metadata: { workspace: 'acme' } })).marks).toBeNull();
});
