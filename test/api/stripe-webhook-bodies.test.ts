// What the address of the webhook takes and what it refuses: the signature over the bytes as they came is its key.
import { pino } from 'pino';
import Stripe from 'stripe';
import { buildApp } from '../../api/app';
import { sweepStripeEvents } from '../../commands/sweep-stripe-events';
import { connect } from '../../db/connection/knex';
import { UsageAppender } from '../../db/intake/reports';
import { pdfRenderer } from '../../gateways/pdf/render';
import { testSettings } from '../harness/settings';
import { type PayingBook, startPayingBook } from './paying-book';

let book: PayingBook;
beforeAll(async () => {
  book = await startPayingBook();
  await book.listen();
});
afterEach(() => book.db('stripe_events').delete());
afterAll(() => book.close());

const states = async () =>
  (await book.db('stripe_events').orderBy('type').select('type', 'state')).map(({ type, state }) => `${type} ${state}`);

const event = (facts: object = {}) =>
  JSON.stringify({
    id: 'evt_1',
    object: 'event',
    type: 'product.created',
    created: Math.floor(book.nowMs() / 1000),
    livemode: false,
    data: { object: { id: 'prod_1', object: 'product' } },
    ...facts,
  });
const secretOf = () => book.webhookSecret();
const signed = (payload: string, { secret = secretOf(), agoSeconds = 0 } = {}) =>
  Stripe.webhooks.generateTestHeaderString({
    payload,
    secret,
    timestamp: Math.floor(book.nowMs() / 1000) - agoSeconds,
  });
const send = (payload: string | Buffer, signature?: string, type = 'application/json; charset=utf-8') =>
  book.app.inject({
    method: 'POST',
    url: '/v1/stripe/webhook',
    payload,
    headers: { 'content-type': type, ...(signature === undefined ? {} : { 'stripe-signature': signature }) },
  });

test('a body that is well signed, and of a type that nothing is done about, it is stored and ignored', async () => {
  for (let time = 0; time < 2; time++) expect((await send(event(), signed(event()))).statusCode).toBe(200);
  expect(await states()).toEqual(['product.created ignored']);
});

test('of a body that is spaced, escaped and ordered in any way, the bytes count', async () => {
  const odd = ` {"type":"product.created" ,\n"data":{"object":{"object":"product","id":"prod_\\u00e9","name":"Ünïcode 1.0 1e3"}},
    "object":"event","livemode":false,"created":${Math.floor(book.nowMs() / 1000)},"id":"evt_odd"}\n`;
  expect((await send(odd, signed(odd))).statusCode).toBe(200);
  const tidy = JSON.stringify(JSON.parse(odd));
  expect((await send(tidy, signed(odd))).statusCode).toBe(400);
  expect((await send(odd, signed(odd), 'text/plain')).statusCode).toBe(200);
});

test.each<[string, () => { body: string; signature: string | undefined }]>([
  ['has no signature', () => ({ body: event(), signature: undefined })],
  ['has an empty one', () => ({ body: event(), signature: '' })],
  ['has none that is one', () => ({ body: event(), signature: 'v1=abc' })],
  ['is signed with another secret', () => ({ body: event(), signature: signed(event(), { secret: 'whsec_other' }) })],
  ['was signed six minutes ago', () => ({ body: event(), signature: signed(event(), { agoSeconds: 360 }) })],
  ['was changed since', () => ({ body: event({ livemode: true }), signature: signed(event()) })],
  ['has the signature of the test scheme', () => ({ body: event(), signature: signed(event()).replace('v1=', 'v0=') })],
  ['is signed and no JSON', () => ({ body: 'hello', signature: signed('hello') })],
  ['is signed and no event', () => ({ body: '{}', signature: signed('{}') })],
  ['is nothing', () => ({ body: '', signature: signed('') })],
])('a body that %s: nothing is stored, and the answer is 400', async (_, make) => {
  const { body, signature } = make();
  expect((await send(body, signature)).statusCode).toBe(400);
  expect(await states()).toEqual([]);
});

test('an event of another account, mode or customer is kept apart, counted, and never applied', async () => {
  const of = (id: string, facts: object, object: object = {}) =>
    event({
      id,
      type: 'payment_intent.succeeded',
      data: { object: { id: 'pi_1', object: 'payment_intent', ...object } },
      ...facts,
    });
  const bodies = [
    of('evt_account', { account: 'acct_other' }),
    of('evt_mode', { livemode: true }),
    of('evt_customer', {}, { customer: 'cus_stranger' }),
  ];
  for (const body of bodies) expect((await send(body, signed(body))).statusCode).toBe(200);
  expect(await states()).toEqual(bodies.map(() => 'payment_intent.succeeded foreign'));
  expect(await book.applyEvents()).toEqual([]);
  const { body: health } = await book.call('GET', '/health/stripe-events');
  expect(health).toMatchObject({ status: 'late', waiting: 0, foreign: 3 });
  await sweepStripeEvents(book.charging);
  expect((await book.call('GET', '/health/stripe-events')).body).toMatchObject({ status: 'ok', foreign: 3 });
  book.advance(31 * 86_400_000);
  expect(await sweepStripeEvents(book.charging)).toMatchObject({ removed: 3 });
});

test('what comes while Postgres is away is refused, so that it comes again', async () => {
  const db = connect({ url: 'postgres://nobody@127.0.0.1:1/none', acquireTimeoutMs: 1000 });
  const { payments } = book.charging;
  const connections = { db, appender: new UsageAppender(), clock: book.nowMs, settings: testSettings(), payments };
  const limits = { bodyLimitBytes: 1000, webhookSecrets: [secretOf()] };
  const app = await buildApp({ ...connections, ...limits, pdf: pdfRenderer({}), log: pino({ level: 'silent' }) });
  const headers = { 'content-type': 'application/json', 'stripe-signature': signed(event()) };
  const answer = await app.inject({ method: 'POST', url: '/v1/stripe/webhook', payload: event(), headers });
  expect(answer.statusCode).toBe(503);
  await app.close();
  await db.destroy();
});
