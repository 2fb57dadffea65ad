// What holds for every call: keys, versions, parameters, lists, expansion, addresses.

import Stripe from 'stripe';
import { clientOf, useEmulator } from '../../stripe/emulator';
import { chargeOffSession, customerWith } from '../../stripe/paying';
import { refusalOf } from '../../stripe/refusal';

const emulator = useEmulator();
const client = () => emulator().stripe;

async function raw(method: string, address: string, headers: Record<string, string> = {}, body?: string) {
  const authorization = `Bearer ${emulator().secretKey}`;
  const init = { method, headers: { authorization, ...headers }, ...(body === undefined ? {} : { body }) };
  const response = await fetch(`${emulator().url}${address}`, init);
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

describe('a key', () => {
  test('is taken as bearer and as the user of basic authentication', async () => {
    const basic = `Basic ${Buffer.from(`${emulator().secretKey}:`).toString('base64')}`;
    expect((await raw('GET', '/v1/customers')).status).toBe(200);
    expect((await raw('GET', '/v1/customers', { authorization: basic })).status).toBe(200);
  });

  test('of somebody else is 401, and told without its middle', async () => {
    const stranger = clientOf({ url: emulator().url, secretKey: 'sk_test_of_somebody_else' });
    const refusal = await refusalOf(stranger.customers.list());
    expect(refusal).toMatchObject({ statusCode: 401, type: 'invalid_request_error' });
    expect(refusal.message).not.toContain('somebody');
    expect((await raw('GET', '/v1/customers', { authorization: '' })).status).toBe(401);
  });
});

describe('a version', () => {
  test.each([
    [Stripe.API_VERSION, 200],
    ['2025-03-31.basil', 200],
    ['2026-10-28', 400],
    ['2031-01-01.future', 400],
    ['newest', 400],
  ])('%s is answered %i', async (version, status) => {
    const answer = await raw('GET', '/v1/customers', { 'stripe-version': version });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('stripe-version')).toBe(version);
    expect(answer.headers.get('request-id')).toMatch(/^req_\w{14}$/);
  });
});

describe('parameters', () => {
  test.each<[string, string, Record<string, unknown>]>([
    ['/v1/customers', 'nme=Acme', { code: 'parameter_unknown', param: 'nme' }],
    ['/v1/customers', 'metadata[a][b]=1', { param: 'metadata[a]' }],
    ['/v1/customers', 'tax_exempt=none', { message: expect.stringContaining('does not model') }],
    ['/v1/payment_intents', 'currency=usd', { code: 'parameter_missing', param: 'amount' }],
    ['/v1/payment_intents', 'amount=1.5&currency=usd', { code: 'parameter_invalid_integer', param: 'amount' }],
    ['/v1/payment_intents', 'amount=49&currency=usd', { code: 'amount_too_small', param: 'amount' }],
    ['/v1/payment_intents', 'amount=100000000&currency=usd', { code: 'amount_too_large', param: 'amount' }],
    ['/v1/payment_intents', 'amount=100&currency=dollars', { param: 'currency' }],
    ['/v1/payment_intents', 'amount=100&currency=usd&off_session=true', { param: 'off_session' }],
    [
      '/v1/payment_intents',
      'amount=100&currency=usd&payment_method_types[]=card',
      { code: 'payment_method_types_no_longer_supported', param: 'payment_method_types' },
    ],
    [
      '/v1/payment_intents',
      'amount=100&currency=usd&allowed_payment_method_types[]=card&automatic_payment_methods[enabled]=true',
      { code: 'parameters_exclusive' },
    ],
    [
      '/v1/payment_intents',
      'amount=100&currency=usd&setup_future_usage=off_session&payment_method_options[card][stored_credential_usage]=recurring',
      { code: 'parameters_exclusive', param: 'setup_future_usage' },
    ],
    ['/v1/setup_intents', 'payment_method_types[0]=card', { code: 'payment_method_types_no_longer_supported' }],
    ['/v1/checkout/sessions', 'mode=setup&success_url=x', { code: 'parameter_missing', param: 'currency' }],
    ['/v1/checkout/sessions', 'mode=setup&ui_mode=hosted&currency=usd&success_url=x', { param: 'ui_mode' }],
    ['/v1/checkout/sessions', 'mode=payment&success_url=x', { code: 'parameter_missing', param: 'line_items' }],
    [
      '/v1/checkout/sessions',
      'mode=payment&success_url=x&payment_method_types[]=card',
      {
        code: 'payment_method_types_no_longer_supported',
      },
    ],
    ['/v1/webhook_endpoints', 'url=nowhere&enabled_events[]=*', { code: 'url_invalid' }],
  ])('%s %s is 400', async (address, body, error) => {
    const answer = await raw('POST', address, { 'content-type': 'application/x-www-form-urlencoded' }, body);
    expect(answer).toMatchObject({ status: 400, body: { error: { type: 'invalid_request_error', ...error } } });
    expect(answer.body['error']).toHaveProperty('request_log_url');
  });

  test('metadata is merged, and a key that comes empty is removed', async () => {
    const made = await client().customers.create({ name: 'Acme', metadata: { a: '1', b: '2' } });
    const updated = await client().customers.update(made.id, { metadata: { a: '', c: '3' } });
    expect(updated.metadata).toEqual({ b: '2', c: '3' });
    const cleared = await client().customers.update(made.id, { description: '' });
    expect([cleared.description, cleared.name]).toEqual([null, 'Acme']);
  });
});

describe('addresses', () => {
  test.each([
    ['GET', '/v1/subscriptions', 404],
    ['POST', '/v1/customers/cus_1/sources', 404],
    ['GET', '/v1/customers/cus_none', 404],
  ])('%s %s is %i, in Stripe’s words', async (method, address, status) => {
    const answer = await raw(method, address);
    expect(answer).toMatchObject({ status, body: { error: { type: 'invalid_request_error' } } });
  });

  test('a customer who was deleted is still told of, and one who never was is not', async () => {
    const customer = await client().customers.create({ name: 'Gone' });
    expect(await client().customers.del(customer.id)).toMatchObject({ deleted: true });
    expect(await client().customers.retrieve(customer.id)).toMatchObject({ id: customer.id, deleted: true });
    expect((await refusalOf(client().customers.retrieve('cus_none'))).code).toBe('resource_missing');
  });
});

describe('lists', () => {
  test('are paged newest first, in both directions', async () => {
    const { id: customer } = await client().customers.create({ name: 'Acme' });
    const made: string[] = [];
    for (let at = 0; at < 5; at++) {
      const intent = await client().paymentIntents.create({ amount: 100 + at, currency: 'usd', customer });
      made.unshift(intent.id);
    }
    const first = await client().paymentIntents.list({ customer, limit: 2 });
    expect(first).toMatchObject({ object: 'list', has_more: true, url: '/v1/payment_intents' });
    const all = await client().paymentIntents.list({ customer, limit: 2 }).autoPagingToArray({ limit: 100 });
    expect(all.map(({ id }) => id)).toEqual(made);
    const back = await client().paymentIntents.list({ customer, limit: 2, ending_before: made[3] ?? '' });
    expect(back.data.map(({ id }) => id)).toEqual(made.slice(1, 3));
    expect((await refusalOf(client().paymentIntents.list({ limit: 101 }))).param).toBe('limit');
  });
});

describe('expand', () => {
  test('replaces ids along a path, in lists, too', async () => {
    const paying = await customerWith(client(), 'pm_card_visa');
    const { id } = await chargeOffSession(client(), paying, 1500);
    const one = await client().paymentIntents.retrieve(id, {
      expand: ['customer', 'latest_charge.balance_transaction'],
    });
    expect(one).toMatchObject({
      customer: { id: paying.customer },
      latest_charge: { balance_transaction: { net: 1426 } },
    });
    const list = await client().paymentIntents.list({ customer: paying.customer, expand: ['data.payment_method'] });
    expect(list.data[0]).toMatchObject({ payment_method: { id: paying.payment_method } });
  });

  test('of what cannot be expanded is refused', async () => {
    const customer = await client().customers.create({ name: 'Acme' });
    expect(await refusalOf(client().customers.retrieve(customer.id, { expand: ['name'] }))).toMatchObject({
      param: 'expand',
    });
  });
});

test('calls are counted, by operation and by the most in one second', async () => {
  const before = (await emulator().read('calls')) as { total: number };
  await Promise.all(Array.from({ length: 7 }, () => client().balance.retrieve()));
  const after = (await emulator().read('calls')) as {
    total: number;
    maxPerSecond: number;
    byOperation: Record<string, number>;
  };
  expect(after.total - before.total).toBe(7);
  expect(after.maxPerSecond).toBeGreaterThanOrEqual(7);
  expect(after.byOperation['GET /v1/balance']).toBe(7);
});
