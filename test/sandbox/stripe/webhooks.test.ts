import Stripe from 'stripe';
import { openEmulator, type StripeInTest } from '../../stripe/emulator';
import { openReceiver, type Receiver } from '../../stripe/webhook-receiver';

let emulator: StripeInTest;
let receiver: Receiver;

beforeEach(async () => {
  emulator = await openEmulator();
  receiver = await openReceiver();
});

afterEach(async () => {
  receiver.close();
  await emulator.close();
});

const subscribe = (enabled_events: Stripe.WebhookEndpointCreateParams.EnabledEvent[] = ['*'], url = receiver.url) =>
  emulator.stripe.webhookEndpoints.create({ url, enabled_events, api_version: Stripe.API_VERSION });

const newCustomer = (name = 'Acme') => emulator.stripe.customers.create({ name });

async function pay(alias = 'pm_card_visa') {
  const customer = await newCustomer();
  const method = await emulator.stripe.paymentMethods.attach(alias, { customer: customer.id });
  const params = { amount: 5000, currency: 'usd', confirm: true, off_session: true } as const;
  const paying = { customer: customer.id, payment_method: method.id };
  return emulator.stripe.paymentIntents.create({ ...params, ...paying }).catch((error: unknown) => error);
}

test('are signed with the endpoint’s secret, as the package checks it', async () => {
  const { secret = '' } = await subscribe(['customer.created']);
  const customer = await newCustomer();
  const [hook] = await receiver.untilReceived(1);
  const event = emulator.stripe.webhooks.constructEvent(hook?.body ?? '', hook?.signature ?? '', secret);
  expect(event).toMatchObject({
    type: 'customer.created',
    api_version: Stripe.API_VERSION,
    data: { object: { id: customer.id } },
  });
  expect(() => emulator.stripe.webhooks.constructEvent(`${hook?.body} `, hook?.signature ?? '', secret)).toThrow(
    /signature/i,
  );
});

test.each([
  ['pm_card_visa', ['payment_intent.created', 'charge.succeeded', 'payment_intent.succeeded']],
  ['pm_card_chargeCustomerFail', ['payment_intent.created', 'charge.failed', 'payment_intent.payment_failed']],
  ['pm_usBankAccount_success', ['payment_intent.created', 'charge.pending', 'payment_intent.processing']],
])('a payment with %s sends its events in the usual order, after those of the customer', async (alias, types) => {
  await subscribe();
  await pay(alias);
  const received = await receiver.untilReceived(5);
  expect(received.map(({ type }) => type)).toEqual(['customer.created', 'payment_method.attached', ...types]);
});

test('two endpoints are each sent what they subscribe to', async () => {
  const other = await openReceiver();
  await subscribe(['customer.created']);
  await subscribe(['payment_intent.succeeded'], other.url);
  await pay();
  expect((await receiver.untilReceived(1)).map(({ type }) => type)).toEqual(['customer.created']);
  expect((await other.untilReceived(1)).map(({ type }) => type)).toEqual(['payment_intent.succeeded']);
  other.close();
});

test('a refused one is tried again with growing pauses, and given up after three days', async () => {
  await subscribe(['customer.created']);
  receiver.answer(500);
  await newCustomer();
  await emulator.untilTried(1);
  const failed = await emulator.stripe.events.list({ delivery_success: false });
  expect(failed.data.map(({ type }) => type)).toEqual(['customer.created']);
  await emulator.throwSwitch('advance', { seconds: 9 });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(receiver.received).toHaveLength(1);
  await emulator.throwSwitch('advance', { seconds: 2 });
  await emulator.untilTried(2);
  for (let hours = 0; hours < 80; hours += 10) {
    const before = receiver.received.length;
    await emulator.throwSwitch('advance', { seconds: 10 * 3600 });
    if (hours < 60) await emulator.untilTried(before + 1);
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  const count = receiver.received.length;
  await emulator.throwSwitch('advance', { seconds: 86_400 });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(receiver.received).toHaveLength(count);
  expect(count).toBeGreaterThan(6);
  expect((await emulator.stripe.events.list({ delivery_success: false })).data).toHaveLength(1);
});

test('what is refused once arrives later, and counts as delivered then', async () => {
  await subscribe(['customer.created']);
  receiver.answer(503);
  await newCustomer();
  await emulator.untilTried(1);
  receiver.answer(200);
  await emulator.throwSwitch('advance', { seconds: 60 });
  const received = await receiver.untilReceived(2);
  expect(received[1]?.id).toBe(received[0]?.id);
  await emulator.untilTried(2);
  const { data } = await emulator.stripe.events.list({ delivery_success: true });
  expect(data).toMatchObject([{ type: 'customer.created', pending_webhooks: 0 }]);
});

describe('on their way', () => {
  test('duplicate: each arrives twice', async () => {
    await subscribe(['customer.created']);
    await emulator.throwSwitch('webhooks', { duplicate: true });
    await newCustomer();
    const [first, second] = await receiver.untilReceived(2);
    expect(first?.id).toBe(second?.id);
  });

  test('shuffle: what came last arrives first', async () => {
    await subscribe(['customer.created']);
    await emulator.throwSwitch('webhooks', { shuffle: true, pause: true });
    const one = await newCustomer('one');
    const two = await newCustomer('two');
    await emulator.throwSwitch('webhooks', { pause: false });
    const received = await receiver.untilReceived(2);
    const ids = received.map(({ body }) => (JSON.parse(body) as { data: { object: { id: string } } }).data.object.id);
    expect(ids).toEqual([two.id, one.id]);
  });

  test('drop: it counts as delivered and never arrives, and the list still has it', async () => {
    await subscribe(['customer.created']);
    await emulator.throwSwitch('webhooks', { drop: true });
    await newCustomer();
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(receiver.received).toEqual([]);
    expect((await emulator.stripe.events.list({ delivery_success: false })).data).toEqual([]);
    expect((await emulator.stripe.events.list({ type: 'customer.created' })).data).toHaveLength(1);
  });

  test('pause: nothing arrives until it is lifted, then everything', async () => {
    await subscribe(['customer.created']);
    await emulator.throwSwitch('webhooks', { pause: true });
    await newCustomer();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(receiver.received).toEqual([]);
    await emulator.throwSwitch('webhooks', { pause: false });
    expect(await receiver.untilReceived(1)).toHaveLength(1);
  });

  test('an event is sent again when it is asked for', async () => {
    await subscribe(['customer.created']);
    await newCustomer();
    const [first] = await receiver.untilReceived(1);
    await emulator.throwSwitch(`events/${first?.id}/replay`, {});
    const [, second] = await receiver.untilReceived(2);
    expect(second?.id).toBe(first?.id);
  });
});

describe('an endpoint', () => {
  test('shows its secret at creation and never again', async () => {
    const made = await subscribe();
    expect(made.secret).toMatch(/^whsec_\w{32}$/);
    expect(await emulator.stripe.webhookEndpoints.retrieve(made.id)).not.toHaveProperty('secret');
    const { data } = await emulator.stripe.webhookEndpoints.list();
    expect(data[0]).not.toHaveProperty('secret');
  });

  test('that is disabled or deleted is sent nothing', async () => {
    const disabled = await subscribe();
    await emulator.stripe.webhookEndpoints.update(disabled.id, { disabled: true });
    const gone = await subscribe();
    expect(await emulator.stripe.webhookEndpoints.del(gone.id)).toMatchObject({ deleted: true });
    await newCustomer();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(receiver.received).toEqual([]);
  });
});

test('events are listed by time and type, page by page, newest first, for thirty days', async () => {
  for (const name of ['one', 'two', 'three']) await newCustomer(name);
  const all = await emulator.stripe.events.list({ types: ['customer.created'] }).autoPagingToArray({ limit: 100 });
  const pages = await emulator.stripe.events.list({ type: 'customer.created', limit: 2 });
  expect(pages).toMatchObject({ has_more: true, url: '/v1/events' });
  const rest = await emulator.stripe.events.list({ type: 'customer.created', starting_after: pages.data[1]?.id ?? '' });
  expect([...pages.data, ...rest.data].map(({ id }) => id)).toEqual(all.map(({ id }) => id));
  const newest = all[0]?.created ?? 0;
  expect((await emulator.stripe.events.list({ created: { gt: newest } })).data).toEqual([]);
  expect((await emulator.stripe.events.list({ created: { gte: newest } })).data.length).toBeGreaterThan(0);
  await emulator.throwSwitch('advance', { seconds: 31 * 86_400 });
  expect((await emulator.stripe.events.list()).data).toEqual([]);
});
