import type Stripe from 'stripe';
import { until } from '../../harness/until';
import { clientOf, useEmulator } from '../../stripe/emulator';
import { refusalOf } from '../../stripe/refusal';

const emulator = useEmulator();
const client = () => emulator().stripe;

async function charging(alias: string): Promise<Stripe.PaymentIntentCreateParams> {
  const customer = await client().customers.create({ name: 'Acme' });
  const method = await client().paymentMethods.attach(alias, { customer: customer.id });
  return { amount: 900, currency: 'usd', confirm: true, customer: customer.id, payment_method: method.id };
}

/** How many requests for a PaymentIntent have come. */
async function charges(): Promise<number> {
  const { byOperation } = (await emulator().read('calls')) as { byOperation: Record<string, number> };
  return byOperation['POST /v1/payment_intents'] ?? 0;
}

test('the same key and parameters get the first answer again, and nothing happens twice', async () => {
  const params = await charging('pm_card_visa');
  const first = await client().paymentIntents.create(params, { idempotencyKey: 'k-1' });
  const second = await client().paymentIntents.create(params, { idempotencyKey: 'k-1' });
  expect(second).toEqual(first);
  expect(second.lastResponse.headers).toMatchObject({
    'idempotent-replayed': 'true',
    'idempotency-key': 'k-1',
    'original-request': first.lastResponse.requestId,
  });
  expect(second.lastResponse.requestId).not.toBe(first.lastResponse.requestId);
  const all = await client().paymentIntents.list({ customer: params.customer ?? '' });
  expect(all.data).toHaveLength(1);
});

test('a decline is kept, too, even after the card has become good', async () => {
  const params = await charging('pm_card_chargeCustomerFail');
  const first = await refusalOf(client().paymentIntents.create(params, { idempotencyKey: 'k-2' }));
  await emulator().throwSwitch('cards', { paymentMethod: params.payment_method, decline: null });
  const second = await refusalOf(client().paymentIntents.create(params, { idempotencyKey: 'k-2' }));
  expect([second.code, second.payment_intent?.id]).toEqual([first.code, first.payment_intent?.id]);
  const third = await client().paymentIntents.create(params, { idempotencyKey: 'k-2b' });
  expect(third.status).toBe('succeeded');
});

test('other parameters under the same key are refused', async () => {
  const params = await charging('pm_card_visa');
  await client().paymentIntents.create(params, { idempotencyKey: 'k-3' });
  const other = await refusalOf(client().paymentIntents.create({ ...params, amount: 901 }, { idempotencyKey: 'k-3' }));
  expect(other).toMatchObject({ statusCode: 400, type: 'idempotency_error' });
});

test('a request with wrong parameters was not executed: its key is free', async () => {
  const params = await charging('pm_card_visa');
  const wrong = { ...params, amount: 10 };
  const refused = await refusalOf(client().paymentIntents.create(wrong, { idempotencyKey: 'k-4' }));
  expect(refused.code).toBe('amount_too_small');
  const right = await client().paymentIntents.create(params, { idempotencyKey: 'k-4' });
  expect(right.status).toBe('succeeded');
});

test('a key in flight is 409, with the advice to try again', async () => {
  const params = await charging('pm_card_visa');
  await emulator().throwSwitch('faults', { on: 'POST /v1/payment_intents', kind: 'slow', delayMs: 1500 });
  const before = await charges();
  const slow = client().paymentIntents.create(params, { idempotencyKey: 'k-5' });
  await until('the slow request has come', async () => (await charges()) > before);
  const inUse = await refusalOf(client().paymentIntents.create(params, { idempotencyKey: 'k-5' }));
  expect(inUse).toMatchObject({ statusCode: 409, type: 'idempotency_error', code: 'idempotency_key_in_use' });
  expect(inUse.headers?.['stripe-should-retry']).toBe('true');
  const first = await slow;
  const after = await client().paymentIntents.create(params, { idempotencyKey: 'k-5' });
  expect(after.id).toBe(first.id);
});

test('a key is forgotten after a day: the same request charges once more', async () => {
  const params = await charging('pm_card_visa');
  const first = await client().paymentIntents.create(params, { idempotencyKey: 'k-6' });
  await emulator().throwSwitch('advance', { seconds: 86_399 });
  const second = await client().paymentIntents.create(params, { idempotencyKey: 'k-6' });
  await emulator().throwSwitch('advance', { seconds: 1 });
  const third = await client().paymentIntents.create(params, { idempotencyKey: 'k-6' });
  expect(second.id).toBe(first.id);
  expect(third.id).not.toBe(first.id);
});

describe('faults', () => {
  const on = 'POST /v1/payment_intents';
  const intents = async (customer: string | undefined) => {
    const { data } = await client().paymentIntents.list({ customer: customer ?? '' });
    return data.map(({ status }) => status);
  };

  test.each([
    ['timeout_after', 1, ['succeeded']],
    // The package sends a cut connection once more by itself: two cuts are one failed call.
    ['reset_after', 2, ['succeeded']],
    ['reset_before', 2, []],
  ])('%s: the caller sees a broken connection, and the same key tells what happened', async (kind, times, then) => {
    const params = await charging('pm_card_visa');
    const caller = kind === 'timeout_after' ? clientOf(emulator(), { timeout: 1500 }) : client();
    await emulator().throwSwitch('faults', { on, kind, times });
    const create = (stripe: Stripe) => stripe.paymentIntents.create(params, { idempotencyKey: `fault-${kind}` });
    await expect(create(caller)).rejects.toMatchObject({ type: 'StripeConnectionError' });
    expect(await intents(params.customer)).toEqual(then);
    const again = await create(client());
    expect(again.status).toBe('succeeded');
    expect(await intents(params.customer)).toEqual(['succeeded']);
  });

  test('error_after: a 500 that its key keeps, though the money was taken', async () => {
    const params = await charging('pm_card_visa');
    await emulator().throwSwitch('faults', { on, kind: 'error_after' });
    const create = () => client().paymentIntents.create(params, { idempotencyKey: 'fault-after' });
    expect(await refusalOf(create())).toMatchObject({ statusCode: 500, type: 'api_error' });
    expect(await refusalOf(create())).toMatchObject({ statusCode: 500, type: 'api_error' });
    expect(await intents(params.customer)).toEqual(['succeeded']);
  });

  test.each([
    ['error_before', { statusCode: 500, type: 'api_error' }],
    ['rate_limited', { statusCode: 429, code: 'rate_limit' }],
    ['lock_timeout', { statusCode: 429, code: 'lock_timeout' }],
  ])('%s: nothing happened, and the key is free', async (kind, refusal) => {
    const params = await charging('pm_card_visa');
    await emulator().throwSwitch('faults', { on, kind });
    const create = () => client().paymentIntents.create(params, { idempotencyKey: `fault-${kind}` });
    expect(await refusalOf(create())).toMatchObject(refusal);
    expect(await intents(params.customer)).toEqual([]);
    expect((await create()).status).toBe('succeeded');
  });

  test('an address with an id is hit by its pattern, and counted under it', async () => {
    const customer = await client().customers.create({ name: 'Acme' });
    await emulator().throwSwitch('faults', { on: 'GET /v1/customers/:id', kind: 'error_before' });
    await refusalOf(client().customers.retrieve(customer.id));
    await client().customers.retrieve(customer.id);
    const { byOperation } = await emulator().read('calls');
    expect(byOperation).toMatchObject({ 'GET /v1/customers/:id': 2 });
  });

  test.each([
    [{ on, kind: 'none' }, /kind must be one of/],
    [{ on: '/v1/x', kind: 'error_after' }, /on must be such as/],
    [{ on, kind: 'error_after', times: 0 }, /times must be/],
    [{ on, kind: 'error_after', time: 1 }, /unknown: time/],
  ])('%j is refused with a sentence', async (body, sentence) => {
    await expect(emulator().throwSwitch('faults', body)).rejects.toThrow(sentence);
  });
});
