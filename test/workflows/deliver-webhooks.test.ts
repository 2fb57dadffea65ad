// The telling of endpoints as a workflow: over a socket, through days in which nobody is there, to the e-mail that says so.

import type { WorkflowHandle } from '@temporalio/client';
import { changeEndpoint, type EndpointChange } from '../../commands/change-webhook-endpoint';
import { createEndpoint, rotateSecret } from '../../commands/create-webhook-endpoint';
import { mendWebhooks } from '../../commands/mend-webhooks';
import { replayWebhooks, testEndpoint, type Wanted } from '../../commands/replay-webhooks';
import { webhookWorkflowId } from '../../domain/ids';
import { dayMs, hourMs, minuteMs, monthEndMs, monthOf, monthStartMs, nextMonth } from '../../domain/period';
import type { WebhookEventType } from '../../domain/webhooks/event';
import { secretOf } from '../../gateways/models/signature';
import { parseNetwork } from '../../gateways/webhooks/addresses';
import { httpWebhooks } from '../../gateways/webhooks/http-webhooks';
import type { deliverWebhooks } from '../../workflows/deliver-webhooks';
import { type Billing, startBilling } from '../harness/billing';
import { countActions, keepHistory } from '../harness/histories';
import { until } from '../harness/until';
import { isSignedBy, type Receiver, startReceiver } from '../harness/webhook-receiver';
import { at, putPrices, serving } from '../harness/workspace';
import { startInbox, type TestInbox } from '../sandbox/mail/inbox';

const allowed = [parseNetwork('127.0.0.0/8') as never];
const webhooks = httpWebhooks({ allowed });

let billing: Billing;
let inbox: TestInbox;
let receiver: Receiver;

beforeAll(async () => {
  inbox = await startInbox();
  billing = await startBilling(undefined, {
    mail: { smtpUrl: inbox.smtpUrl, from: { address: 'billing@example.com' }, attachmentBytesMax: 0 },
    mailPerSecond: 1000,
    seller: { name: 'Example, Inc.', addressLines: [], taxIds: [] },
    webhooks: { allowed, alertsTo: 'operations@example.com' },
  });
  await putPrices(billing.db, { instanceType: 'T4x1', points: [{ fromMs: at('2020'), usdPerMinute: '0.01' }] });
});
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
  // Those of the test before are told nothing more.
  await billing.db('webhook_endpoints').update({ removed_at: new Date(0).toISOString() });
});
afterAll(async () => {
  await billing?.stop();
  await inbox?.stop();
});

const author = async () => ({ actor: 'admin:tests', nowMs: await billing.clock() });

async function endpoint({ url = receiver.url, events = null as readonly WebhookEventType[] | null } = {}) {
  const facts = { url, events, description: null };
  const by = await author();
  const made = await billing.db.transaction((trx) => createEndpoint(trx, webhooks, { facts, author: by }));
  return { id: made.endpoint.id, secret: secretOf(made.key) };
}

async function sendTest(id: string): Promise<string> {
  const by = await author();
  const event = await billing.db.transaction((trx) => testEndpoint(trx, { endpoint: id, author: by }));
  // Before time goes on: the outbox is empty until then.
  await until('it is given out', async () => (await deliveryOf(event.id)) !== undefined);
  return event.id;
}

async function replay(id: string, wanted: Wanted) {
  const by = await author();
  return billing.db.transaction((trx) => replayWebhooks(trx, { endpoint: id, wanted, author: by }));
}

async function change(id: string, changed: EndpointChange) {
  const by = await author();
  return billing.db.transaction((trx) => changeEndpoint(trx, webhooks, { id, change: changed, author: by }));
}

const handleOf = (id: string): WorkflowHandle<typeof deliverWebhooks> =>
  billing.client.workflow.getHandle<typeof deliverWebhooks>(webhookWorkflowId(id));
const deliveryOf = (event: string) => billing.db('webhook_deliveries').where({ event_id: event }).first();
const untilState = (event: string, state: string) =>
  until(`${event} is ${state}`, async () => (await deliveryOf(event))?.state === state);
const endpointOf = (id: string) => billing.db('webhook_endpoints').where({ id }).first();

/** Lets time pass in steps, so that what is due on the way is done. */
async function pass(ms: number, steps = 1): Promise<void> {
  const fromMs = await billing.clock();
  for (let step = 1; step <= steps; step++) await billing.advanceTo(fromMs + (ms * step) / steps);
}

test('what a month’s end makes true is told once, signed, for a few Temporal actions', async () => {
  const { id, secret } = await endpoint({ events: ['invoice.issued', 'invoice.paid', 'period.closed'] });
  const month = nextMonth(monthOf(await billing.clock()));
  const startMs = monthStartMs(month);
  await billing.advanceTo(startMs);
  await billing.createWorkspace({ id: 'acme', startsAtMs: startMs });
  const reports = [serving({ workspace: 'acme', fromMs: startMs + dayMs, toMs: startMs + dayMs + hourMs })];
  await billing.report({ source: 'acme', reports, completeThroughMs: monthEndMs(month) });
  await billing.advanceTo(monthEndMs(month) + 30 * minuteMs);
  await billing.untilStatus({ workspace: 'acme', month }, 'invoiced');
  await until('both are told', async () => receiver.received.length >= 2);
  await handleOf(id).result();
  expect(receiver.received.map(({ type }) => type).sort()).toEqual(['invoice.issued', 'period.closed']);
  expect(new Set(receiver.received.map((each) => each.id)).size).toBe(2);
  for (const each of receiver.received) expect(isSignedBy(secret, each)).toBe(true);
  const history = await handleOf(id).fetchHistory();
  // The start, and a round or two.
  expect(countActions(history)).toBeLessThanOrEqual(4);
  await keepHistory('webhooks-told', handleOf(id));
});

test('one that is down is told once it is back, under the same id', async () => {
  const { id } = await endpoint();
  receiver.answer({ status: 500, body: 'no' });
  const event = await sendTest(id);
  await until('it was tried', async () => (await deliveryOf(event))?.attempts >= 1);
  await pass(hourMs, 4);
  const delivery = await deliveryOf(event);
  expect(delivery).toMatchObject({ state: 'pending', last_status: 500, last_error: 'answered 500: no' });
  expect(delivery?.attempts).toBeGreaterThanOrEqual(3);
  receiver.answer({ status: 200 });
  await pass(3 * hourMs, 3);
  await untilState(event, 'delivered');
  expect(new Set(receiver.received.map((each) => each.id))).toEqual(new Set([event]));
  expect((await endpointOf(id))?.failing_since).toBeNull();
  await handleOf(id).result();
  await keepHistory('webhooks-told-later', handleOf(id));
});

test('an event that cannot be taken is given up after three days, and holds up no other', async () => {
  const { id } = await endpoint();
  const poison = await sendTest(id);
  receiver.answer((received) => ({ status: received.id === poison ? 422 : 200 }));
  await until('it was tried', async () => (await deliveryOf(poison))?.attempts >= 1);
  for (let day = 0; day < 3; day++) {
    const other = await sendTest(id);
    await untilState(other, 'delivered');
    await pass(dayMs + minuteMs, 6);
  }
  // On a busy machine an attempt is made late, and so is the last one.
  for (let day = 0; day < 4 && (await deliveryOf(poison))?.state !== 'failed'; day++) await pass(dayMs, 6);
  await untilState(poison, 'failed');
  expect((await deliveryOf(poison))?.attempts).toBeGreaterThanOrEqual(8);
  await handleOf(id).result();
  expect((await endpointOf(id))?.disabled_at).toBeNull();
});

test('while one is down, what happens meanwhile costs no attempts of its own, and is told once it is back', async () => {
  const { id } = await endpoint();
  receiver.answer({ status: 503 });
  const events: string[] = [];
  for (let nth = 0; nth < 5; nth++) events.push(await sendTest(id));
  await until('it is paused', async () => (await endpointOf(id))?.paused_until !== null);
  for (let nth = 0; nth < 45; nth++) events.push(await sendTest(id));
  await billing.settled();
  await pass(6 * hourMs, 12);
  const tried = receiver.received.length;
  // Each costs an attempt at once otherwise, and those after it.
  expect(tried).toBeLessThan(60);
  receiver.answer({ status: 200 });
  await pass(2 * hourMs, 4);
  for (const event of events) await untilState(event, 'delivered');
});

test('one that says when is asked then', async () => {
  const { id } = await endpoint();
  receiver.answer({ status: 429, headers: { 'retry-after': '7200' } });
  const event = await sendTest(id);
  await until('it was tried', async () => (await deliveryOf(event))?.attempts === 1);
  receiver.answer({ status: 200 });
  await pass(hourMs, 2);
  expect(await deliveryOf(event)).toMatchObject({ state: 'pending', attempts: 1 });
  await pass(hourMs + minuteMs, 2);
  await untilState(event, 'delivered');
});

test('410 disables, which an e-mail says; what waited is given up', async () => {
  await inbox.clear();
  const { id } = await endpoint();
  receiver.answer({ status: 410 });
  const event = await sendTest(id);
  await untilState(event, 'failed');
  expect(await endpointOf(id)).toMatchObject({ disabled_because: 'gone' });
  await handleOf(id).result();
  const mails = await inbox.messages();
  expect(mails.map(({ rcptTo }) => rcptTo)).toEqual([['operations@example.com']]);
  expect(JSON.stringify(mails)).toContain(`A webhook endpoint was disabled: ${receiver.url}`);
  await keepHistory('webhooks-gone', handleOf(id));
});

test('one at which nothing comes through for five days is disabled, and told all it missed once it is enabled and replayed', async () => {
  await inbox.clear();
  const { id } = await endpoint();
  const beganMs = await billing.clock();
  receiver.answer({ status: 500 });
  const events: string[] = [];
  for (let day = 0; day < 7 && (await endpointOf(id))?.disabled_at === null; day++) {
    events.push(await sendTest(id));
    await pass(dayMs + minuteMs, 2);
  }
  await until('it is disabled', async () => (await endpointOf(id))?.disabled_because === 'failing');
  await until('it is told', async () => (await inbox.messages()).length === 1);
  for (const event of events) await untilState(event, 'failed');
  const { rows } = await billing.db.raw(
    `select actor, action from audit_log where action = 'webhook_endpoint.disabled' and after ->> 'id' = ?`,
    [id],
  );
  expect(rows).toEqual([{ actor: 'webhooks', action: 'webhook_endpoint.disabled' }]);

  // What it misses while it is disabled is kept for it.
  await billing.db('webhook_endpoints').where({ id }).update({ events: '{period.closed}' });
  await billing.db.raw(
    `select note_webhook_event('period.closed', 'missed:2025-01', 'missed', ?::timestamptz, '{"month": "2025-01", "status": "empty", "because": "complete"}')`,
    [new Date(await billing.clock()).toISOString()],
  );
  await until('it is given out', async () => (await billing.db('webhook_events').whereNull('spread_at')).length === 0);

  receiver.answer({ status: 200 });
  receiver.received.length = 0;
  await change(id, { isEnabled: true });
  expect(await replay(id, { sinceMs: beganMs })).toEqual({ replayed: events.length + 1, isAll: true });
  expect(await replay(id, { sinceMs: beganMs })).toEqual({ replayed: 0, isAll: true });
  await until('all are told', async () => receiver.received.length === events.length + 1);
  expect(receiver.idsOf('webhook.test').sort()).toEqual([...events].sort());
  expect(receiver.received.map(({ type }) => type)).toContain('period.closed');
  await handleOf(id).result();
});

test('one event is told again under its id, though it was taken', async () => {
  const { id } = await endpoint();
  const event = await sendTest(id);
  await untilState(event, 'delivered');
  expect(await replay(id, { event })).toEqual({ replayed: 1, isAll: true });
  await until('it came again', async () => receiver.received.length === 2);
  await untilState(event, 'delivered');
  expect(receiver.idsOf('webhook.test')).toEqual([event, event]);
  const other = await endpoint({ url: `${receiver.url}/other` });
  await expect(replay(other.id, { event })).rejects.toThrow('there is no event');
});

test('both secrets sign while one takes the place of the other, and the new one alone after that', async () => {
  const { id, secret } = await endpoint();
  const by = await author();
  const rotated = await billing.db.transaction((trx) => rotateSecret(trx, { id, overlapMs: hourMs, author: by }));
  const next = secretOf(rotated.key);
  await untilState(await sendTest(id), 'delivered');
  await pass(2 * hourMs);
  await untilState(await sendTest(id), 'delivered');
  const signed = receiver.received.map((each) => [isSignedBy(secret, each), isSignedBy(next, each)]);
  expect(signed).toEqual([
    [true, true],
    [false, true],
  ]);
});

test('endpoints that hang hold up none that answers', async () => {
  const hanging = await startReceiver();
  hanging.answer('never');
  const ids: string[] = [];
  for (let nth = 0; nth < 3; nth++) ids.push((await endpoint({ url: `${hanging.url}/${nth}` })).id);
  const { id } = await endpoint();
  for (const each of ids) await sendTest(each);
  await until('they are all asked', async () => hanging.received.length === 3);
  await untilState(await sendTest(id), 'delivered');
  await hanging.close();
});

test('a telling that was lost is begun anew by the daily mending', async () => {
  const { id } = await endpoint();
  const event = await sendTest(id);
  await untilState(event, 'delivered');
  await handleOf(id).result();
  // As after a Temporal that has lost what it knew: it is due, and nobody works on it.
  const due = new Date((await billing.clock()) - 2 * hourMs).toISOString();
  await billing.db('webhook_deliveries').where({ event_id: event }).update({ state: 'pending', next_attempt_at: due });
  await mendWebhooks({ db: billing.db, clock: billing.clock }, () => undefined);
  await untilState(event, 'delivered');
  expect(receiver.idsOf('webhook.test')).toEqual([event, event]);
});
