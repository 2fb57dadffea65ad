// Telling an endpoint, with whatever may break between the telling and the note of it.
import { changeEndpoint } from '../../commands/change-webhook-endpoint';
import { createEndpoint } from '../../commands/create-webhook-endpoint';
import { deliverWebhooks } from '../../commands/deliver-webhooks';
import { mendWebhooks } from '../../commands/mend-webhooks';
import { testEndpoint } from '../../commands/replay-webhooks';
import { spreadWebhookEvents } from '../../commands/spread-webhook-events';
import { dayMs, hourMs } from '../../domain/period';
import { parseNetwork } from '../../gateways/webhooks/addresses';
import { httpWebhooks } from '../../gateways/webhooks/http-webhooks';
import type { Webhooks } from '../../gateways/webhooks/webhooks';
import { createTestDatabase, type TestDatabase } from '../harness/database';
import { type Receiver, startReceiver } from '../harness/webhook-receiver';

const webhooks = httpWebhooks({ allowed: [parseNetwork('127.0.0.0/8') as never], timeoutMs: 2000 });

let database: TestDatabase;
let receiver: Receiver;
let nowMs = Date.UTC(2025, 0, 1);
const clock = () => nowMs;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
  await database.db('webhook_endpoints').update({ removed_at: new Date(0).toISOString() });
});
afterAll(() => database.drop());

const author = () => ({ actor: 'admin:tests', nowMs });
const spread = () => spreadWebhookEvents({ db: database.db, clock });
const tell = (endpoint: string, by: Webhooks = webhooks) =>
  deliverWebhooks({ db: database.db, clock, webhooks: by }, { endpoint });

async function endpointWith(tests: number) {
  const facts = { url: receiver.url, events: null, description: null };
  const { endpoint } = await database.db.transaction((trx) =>
    createEndpoint(trx, webhooks, { facts, author: author() }),
  );
  const { id } = endpoint;
  for (let nth = 0; nth < tests; nth++) {
    await database.db.transaction((trx) => testEndpoint(trx, { endpoint: id, author: author() }));
  }
  await spread();
  return id;
}

const states = async (id: string) =>
  (await database.db('webhook_deliveries').where({ endpoint_id: id }).orderBy('position')).map((each) => each.state);

test('everything that is due is told, and then there is nothing more', async () => {
  const id = await endpointWith(25);
  await expect(tell(id)).resolves.toEqual({ kind: 'done' });
  expect(receiver.received).toHaveLength(25);
  expect(new Set(await states(id))).toEqual(new Set(['delivered']));
  await expect(tell(id)).resolves.toEqual({ kind: 'done' });
  expect(receiver.received).toHaveLength(25);
});

test('who dies after the telling and before the note tells again, under the same ids and with the same words', async () => {
  const id = await endpointWith(3);
  const dying: Webhooks = {
    ...webhooks,
    tell: async (telling) => {
      await webhooks.tell(telling);
      throw new Error('killed');
    },
  };
  await expect(tell(id, dying)).rejects.toThrow('killed');
  expect(await states(id)).toEqual(['pending', 'pending', 'pending']);
  await tell(id);
  expect(new Set(await states(id))).toEqual(new Set(['delivered']));
  const [first, second] = [receiver.received.slice(0, 3), receiver.received.slice(3)];
  const said = (each: (typeof first)[number]) => `${each.id} ${each.body}`;
  expect(second.map(said).sort()).toEqual(first.map(said).sort());
  expect(second).toHaveLength(3);
});

test('an event is given to an endpoint once, however many give out at the same time', async () => {
  const id = await endpointWith(0);
  for (let nth = 0; nth < 50; nth++) {
    await database.db.transaction((trx) => testEndpoint(trx, { endpoint: id, author: author() }));
  }
  const spreads = await Promise.all([spread(), spread(), spread(), spread()]);
  expect(spreads.reduce((sum, each) => sum + each, 0)).toBe(50);
  expect(await states(id)).toHaveLength(50);
  const rows = await database.db('outbox').where({ workflow_id: `webhook:${id}`, lane: 'webhooks' });
  expect(rows.length).toBeLessThanOrEqual(5);
});

test('one that is paused is not woken by what happens meanwhile', async () => {
  const id = await endpointWith(3);
  receiver.answer({ status: 500 });
  await expect(tell(id)).resolves.toMatchObject({ kind: 'waiting', isFailing: true });
  await database.db('outbox').delete();
  await database.db.transaction((trx) => testEndpoint(trx, { endpoint: id, author: author() }));
  await spread();
  expect(await database.db('outbox')).toEqual([]);
  nowMs += hourMs;
  await database.db.transaction((trx) => testEndpoint(trx, { endpoint: id, author: author() }));
  await spread();
  expect(await database.db('outbox')).toHaveLength(1);
});

test('what waits for a paused one is given up after three days without being tried', async () => {
  const id = await endpointWith(20);
  receiver.answer({ status: 500 });
  await tell(id);
  expect(receiver.received).toHaveLength(10);
  await database
    .db('webhook_endpoints')
    .where({ id })
    .update({ paused_until: new Date(nowMs + 4 * dayMs).toISOString() });
  nowMs += 3 * dayMs;
  // What is given out until then wakes nobody.
  await expect(tell(id)).resolves.toMatchObject({ kind: 'waiting', until: '2025-01-05T01:00:00Z' });
  expect(receiver.received).toHaveLength(10);
  const failed = await database.db('webhook_deliveries').where({ endpoint_id: id, state: 'failed' });
  expect(failed).toHaveLength(20);
  expect(new Set(failed.map((each) => each.last_error))).toEqual(
    new Set(['answered 500', 'the endpoint was not reached within three days']),
  );
});

test('one whose address changes while it is told does not fare as the old one did', async () => {
  const id = await endpointWith(5);
  const other = await startReceiver();
  const changing: Webhooks = {
    ...webhooks,
    tell: async (telling) => {
      const change = { url: other.url };
      await database.db.transaction((trx) => changeEndpoint(trx, webhooks, { id, change, author: author() }));
      return { kind: 'gone', status: 410, why: `${telling.url} is gone` };
    },
  };
  const once: Webhooks = {
    ...changing,
    tell: (telling) => (telling.url === receiver.url ? changing : webhooks).tell(telling),
  };
  await expect(tell(id, once)).resolves.toMatchObject({ kind: 'waiting', isFailing: false });
  expect(await database.db('webhook_endpoints').where({ id }).first()).toMatchObject({
    disabled_at: null,
    failures: 0,
  });
  nowMs += hourMs;
  await expect(tell(id, once)).resolves.toEqual({ kind: 'done' });
  expect(other.received).toHaveLength(5);
  await other.close();
});

test('events and what became of them are forgotten after thirty days, those that are not given out yet aside', async () => {
  const id = await endpointWith(3);
  await tell(id);
  nowMs += 20 * dayMs;
  await database.db.transaction((trx) => testEndpoint(trx, { endpoint: id, author: author() }));
  await spread();
  const left = async () => [
    (await database.db('webhook_events').where({ endpoint_id: id })).length,
    (await states(id)).length,
  ];
  const mend = () => mendWebhooks({ db: database.db, clock }, () => undefined);
  await mend();
  expect(await left()).toEqual([4, 4]);
  nowMs += 11 * dayMs;
  await mend();
  expect(await left()).toEqual([1, 1]);
  await database.db.transaction((trx) => testEndpoint(trx, { endpoint: id, author: author() }));
  nowMs += 31 * dayMs;
  await mend();
  expect(await left()).toEqual([1, 0]);
});
