import Stripe from 'stripe';
import { subscribedEventTypes } from '../../../gateways/payments/event-types';
import { paymentsGateway } from '../../../gateways/payments/stripe-payments';

const payments = paymentsGateway({ secretKey: 'sk_test_12345678' });
const [secret, next] = ['whsec_one', 'whsec_two'];
const nowMs = Date.UTC(2025, 0, 1, 12);

function bodyOf(object: object, more: object = {}): string {
  const created = nowMs / 1000;
  const event = { id: 'evt_1', object: 'event', type: 'x.y', created, livemode: false, data: { object }, ...more };
  return JSON.stringify(event);
}

function signed(payload: string, by = secret, atMs = nowMs): string {
  return Stripe.webhooks.generateTestHeaderString({ payload, secret: by, timestamp: Math.floor(atMs / 1000) });
}

function verify(rawBody: string | Uint8Array, signature: string | undefined, secrets: readonly string[] = [secret]) {
  return payments.verifyEvent({ rawBody, signature, secrets, nowMs });
}

const refund = bodyOf({ object: 'refund', id: 're_1', payment_intent: 'pi_1', metadata: { workspace: 'acme' } });
const bad = { kind: 'bad', because: 'signature' };

test('an event that is signed is taken, reduced to what it is about', () => {
  expect(verify(refund, signed(refund))).toEqual({
    kind: 'event',
    event: {
      id: 'evt_1',
      type: 'x.y',
      createdMs: nowMs,
      isLive: false,
      account: null,
      object: { type: 'refund', id: 're_1' },
      customer: null,
      paymentIntent: 'pi_1',
      paymentMethod: null,
      workspace: 'acme',
    },
  });
  expect(verify(Buffer.from(refund), signed(refund)).kind).toBe('event');
});

test('either of two secrets is enough while one is exchanged', () => {
  expect(verify(refund, signed(refund), [next, secret]).kind).toBe('event');
  expect(verify(refund, signed(refund, next), [next, secret]).kind).toBe('event');
  expect(verify(refund, signed(refund, next), [secret])).toEqual(bad);
});

test.each([
  ['no signature', undefined],
  ['an empty one', ''],
  ['nonsense', 't=,v1='],
  ['another scheme', signed(refund).replace('v1=', 'v0=')],
  ['that of another body', signed(`${refund} `)],
  ['one of more than five minutes ago', signed(refund, secret, nowMs - 301_000)],
])('%s is refused', (_, signature) => {
  expect(verify(refund, signature)).toEqual(bad);
});

test('a signature of five minutes ago is still taken', () => {
  expect(verify(refund, signed(refund, secret, nowMs - 300_000)).kind).toBe('event');
});

test('no secret verifies nothing, an empty one neither', () => {
  expect(verify(refund, signed(refund), [])).toEqual(bad);
  expect(verify(refund, signed(refund), [''])).toEqual(bad);
});

test.each(['null', '[]', '{', '{"object":"event"}', '{"object":"refund","id":"re_1"}', bodyOf({}).replace('{}', '1')])(
  'a signed body that is no event is malformed: %s',
  (body) => {
    expect(verify(body, signed(body))).toEqual({ kind: 'bad', because: 'malformed' });
  },
);

test.each([
  [
    'of a payment',
    { object: 'payment_intent', id: 'pi_1', customer: 'cus_1' },
    {},
    { customer: 'cus_1', paymentIntent: 'pi_1' },
  ],
  ['of an expanded customer', { object: 'charge', id: 'ch_1', customer: { id: 'cus_1' } }, {}, { customer: 'cus_1' }],
  [
    'of a method',
    { object: 'payment_method', id: 'pm_1', customer: 'cus_1' },
    {},
    { paymentMethod: 'pm_1', customer: 'cus_1' },
  ],
  [
    'of a method that was detached',
    { object: 'payment_method', id: 'pm_1', customer: null },
    { previous_attributes: { customer: 'cus_1' } },
    { paymentMethod: 'pm_1', customer: 'cus_1' },
  ],
  [
    'of a mandate',
    { object: 'mandate', id: 'mandate_1', payment_method: 'pm_1' },
    {},
    { paymentMethod: 'pm_1', customer: null },
  ],
  ['of a customer', { object: 'customer', id: 'cus_1' }, {}, { customer: 'cus_1' }],
])('an event %s says whose it is', (_, object, data, expected) => {
  const body = bodyOf({}, { data: { object, ...data } });
  expect(verify(body, signed(body))).toMatchObject({ kind: 'event', event: expected });
});

test("another account's and the other mode's events say so", () => {
  const body = bodyOf({}, { livemode: true, account: 'acct_1' });
  expect(verify(body, signed(body))).toMatchObject({ event: { isLive: true, account: 'acct_1' } });
});

test('only outcomes are subscribed to, each once', () => {
  expect([...new Set(subscribedEventTypes)]).toEqual([...subscribedEventTypes]);
  for (const type of subscribedEventTypes) expect(type).not.toMatch(/^(charge\.(succeeded|pending)|.*\.(processing))$/);
});
