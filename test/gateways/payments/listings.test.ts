// What is listed and what is sent to us: the balance, events, the webhook endpoint.
import Stripe from 'stripe';
import { subscribedEventTypes } from '../../../gateways/payments/event-types';
import type { Page, Range } from '../../../gateways/payments/payments';
import { openReceiver } from '../../stripe/webhook-receiver';
import { requestFor, useGateway } from './gateway';

const gateway = useGateway();

async function all<T>(list: (range: Range) => Promise<Page<T>>, range: Range): Promise<readonly T[]> {
  const page = await list(range);
  const rest = page.next === null ? [] : await all(list, { ...range, after: page.next });
  return [...page.items, ...rest];
}

test('the endpoint is made once, with our version and events, tells its secret, and what it sends is verified', async () => {
  const { payments, emulator } = gateway();
  const receiver = await openReceiver();
  const made = await payments.ensureWebhookEndpoint(receiver.url);
  if (made.kind !== 'created') throw new Error(`it is ${made.kind}`);
  const endpoint = await emulator.stripe.webhookEndpoints.retrieve(made.id);
  expect(endpoint).toMatchObject({ api_version: Stripe.API_VERSION, enabled_events: [...subscribedEventTypes] });
  expect(await payments.ensureWebhookEndpoint(receiver.url)).toEqual({
    kind: 'present',
    id: made.id,
    eventsChanged: false,
  });

  const request = await requestFor(emulator, 'pm_card_visa');
  const outcome = await payments.charge(request);
  const [received] = await receiver.untilReceived(1);
  receiver.close();
  const sent = { rawBody: received?.body ?? '', signature: received?.signature, nowMs: Date.now() };
  const verified = payments.verifyEvent({ ...sent, secrets: ['whsec_of_before', made.secret] });
  expect(verified).toMatchObject({
    kind: 'event',
    event: {
      type: 'payment_intent.succeeded',
      isLive: false,
      account: null,
      object: { type: 'payment_intent' },
      customer: request.customer,
      workspace: 'acme',
    },
  });
  const intent = verified.kind === 'event' ? verified.event.paymentIntent : null;
  expect((await payments.readIntent(intent ?? 'none'))?.outcome).toEqual(outcome);
  expect(payments.verifyEvent({ ...sent, secrets: ['whsec_of_before'] }).kind).toBe('bad');
});

test('an endpoint with other events is brought up to date, one of another version is left to be removed', async () => {
  const { payments, emulator } = gateway();
  // Where nobody listens: what is sent there ends at once.
  const url = 'http://127.0.0.1:9/stripe';
  const old = await emulator.stripe.webhookEndpoints.create({
    url,
    enabled_events: ['payment_intent.succeeded', 'charge.succeeded'],
    api_version: Stripe.API_VERSION,
  });
  expect(await payments.ensureWebhookEndpoint(url)).toEqual({ kind: 'present', id: old.id, eventsChanged: true });
  const { enabled_events } = await emulator.stripe.webhookEndpoints.retrieve(old.id);
  expect(enabled_events).toEqual([...subscribedEventTypes]);
  const byHand = `${url}/by-hand`;
  const other = await emulator.stripe.webhookEndpoints.create({ url: byHand, enabled_events: ['*'] });
  expect(await payments.ensureWebhookEndpoint(byHand)).toEqual({
    kind: 'other_version',
    id: other.id,
    apiVersion: null,
  });
});

test('the subscribed events of a range are listed, page by page, and no others', async () => {
  const { payments, emulator } = gateway();
  const fromMs = Date.now();
  await Promise.all(
    Array.from({ length: 105 }, async (_, each) => {
      const { id } = await emulator.stripe.customers.create({ name: `Customer ${each}` });
      await emulator.stripe.customers.del(id);
    }),
  );
  const events = await all(payments.events, { fromMs: fromMs - 1000 });
  const deleted = events.filter(({ type }) => type === 'customer.deleted');
  expect(new Set(deleted.map(({ id }) => id)).size).toBe(105);
  expect(deleted[0]).toMatchObject({ object: { type: 'customer' }, customer: expect.stringMatching(/^cus_/) });
  expect(events.map(({ type }) => type)).not.toContain('customer.created');
  const types: readonly string[] = subscribedEventTypes;
  for (const { type } of events) expect(types).toContain(type);
  expect(await payments.events({ fromMs: 0, toMs: fromMs - 86_400_000 })).toEqual({ items: [], next: null });
});

test('as many types are asked for as Stripe lists at once', () => {
  expect(subscribedEventTypes.length).toBeLessThanOrEqual(20);
});

test('the balance is listed with amounts, fees and what each belongs to', async () => {
  const { payments, emulator } = gateway();
  const outcome = await payments.charge(await requestFor(emulator, 'pm_card_visa'));
  if (outcome.kind !== 'paid') throw new Error(`it is ${outcome.kind}`);
  const entries = await all(payments.balanceTransactions, { fromMs: Date.now() - 60_000 });
  const entry = entries.find(({ source }) => source === outcome.charge);
  expect(entry).toEqual({
    balanceTransaction: outcome.booking?.balanceTransaction,
    amountCents: 12_345n,
    feeCents: 388n,
    netCents: 11_957n,
    createdMs: expect.any(Number),
    currency: 'usd',
    type: 'charge',
    source: outcome.charge,
  });
  for (const { amountCents, feeCents, netCents } of entries) expect(netCents).toBe(amountCents - feeCents);
});
