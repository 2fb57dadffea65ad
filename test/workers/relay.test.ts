// The relay's lanes: e-mails are started at their pace, and nothing waits for them; guards wait for nobody.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { deliver } from '../../db/outbox';
import type { Delivery } from '../../domain/delivery';
import { billingWorkflowId, guardWorkflowId } from '../../domain/ids';
import { startRelay } from '../../workers/relay';
import { createTestDatabase, type TestDatabase } from '../harness/database';
import { startTimeSkippingEnvironment } from '../harness/time-skipping';
import { until } from '../harness/until';

const mailPerSecond = 10;
const mails = Array.from(
  { length: 30 },
  (_, at): Delivery => ({
    kind: 'start',
    type: 'sendEmail',
    arguments: { workspace: 'acme', email: `email-${at}`, round: 0 },
  }),
);
const period = { workspace: 'acme', month: '2025-01' };
const billing: Delivery = {
  kind: 'start',
  type: 'billingPeriod',
  arguments: { ...period, opensNextAt: null, closesAt: '2099-02-01T00:00:00Z' },
};

let database: TestDatabase;
let environment: TestWorkflowEnvironment;
beforeEach(async () => {
  [database, environment] = await Promise.all([createTestDatabase(), startTimeSkippingEnvironment()]);
  await database.db.transaction((trx) => deliver(trx, [...mails, billing]));
});
afterEach(async () => {
  await environment.teardown();
  await database.drop();
});

const relaying = (isBilling: () => boolean) => {
  const client = new Client({ connection: environment.connection });
  const log = pino({ level: 'silent' });
  return startRelay({
    db: database.as('worker'),
    clock: Date.now,
    databaseUrl: database.urlAs('worker'),
    client,
    log,
    mailPerSecond,
    isBilling,
  });
};
const left = async (type: string) => (await database.db('outbox').where({ workflow_type: type })).length;

test('e-mails are started at the pace at which they are sent, and a month does not wait behind them', async () => {
  const beganMs = performance.now();
  const relay = relaying(() => false);
  await until('the month was started', async () => (await left('billingPeriod')) === 0);
  const atMost = mailPerSecond * (1 + (performance.now() - beganMs) / 1000);
  expect(mails.length - (await left('sendEmail'))).toBeLessThanOrEqual(atMost);
  await until('all e-mails were started', async () => (await left('sendEmail')) === 0);
  // The first ten at once, the others after a second each.
  expect(performance.now() - beganMs).toBeGreaterThan(2000);
  const { workflow } = new Client({ connection: environment.connection });
  const { status } = await workflow.getHandle(billingWorkflowId('acme', '2025-01')).describe();
  expect(status.name).toBe('RUNNING');
  await relay.stop();
});

test('a guard does not wait behind the ends of a thousand months', async () => {
  const { arguments: of } = billing;
  const months = Array.from(
    { length: 1000 },
    (_, at): Delivery => ({ ...billing, arguments: { ...of, workspace: `w${at}` } }),
  );
  const guard = { kind: 'start', type: 'creditGuard', arguments: { workspace: 'acme' } } as const;
  await database.db.transaction((trx) => deliver(trx, [...months, guard]));
  const relay = relaying(() => true);
  await until('the guard was started', async () => (await left('creditGuard')) === 0);
  expect(await left('billingPeriod')).toBeGreaterThan(0);
  await relay.stop();
});

test('a guard that somebody ended is begun anew by whoever wakes it', async () => {
  const { workflow } = new Client({ connection: environment.connection });
  const relay = relaying(() => false);
  await database.db.transaction((trx) =>
    deliver(trx, [{ kind: 'start', type: 'creditGuard', arguments: { workspace: 'acme' } }]),
  );
  await until('the guard was started', async () => (await left('creditGuard')) === 0);
  await workflow.getHandle(guardWorkflowId('acme')).terminate('by hand');
  await database.db.transaction((trx) =>
    deliver(trx, [{ kind: 'signal', type: 'creditGuard', signal: 'woken', to: { workspace: 'acme' }, sequence: 7 }]),
  );
  await until('it was woken', async () => (await left('creditGuard')) === 0);
  const { status } = await workflow.getHandle(guardWorkflowId('acme')).describe();
  expect(status.name).toBe('RUNNING');
  await relay.stop();
});

test('a row wakes its lane: it does not wait until somebody looks again', async () => {
  const relay = relaying(() => false);
  await until('all is started that was there', async () => (await left('sendEmail')) === 0);
  const guard = { kind: 'start', type: 'creditGuard', arguments: { workspace: 'acme' } } as const;
  const next = { ...billing, arguments: { ...billing.arguments, month: '2025-02' } };
  await database.db.transaction((trx) => deliver(trx, [next, guard]));
  // They look by themselves after ten seconds.
  await until('both were started', async () => (await left('creditGuard')) + (await left('billingPeriod')) === 0, 5000);
  await relay.stop();
});

test('while invoices are being issued e-mails wait, and nothing else', async () => {
  let isBilling = true;
  const relay = relaying(() => isBilling);
  await until('the month was started', async () => (await left('billingPeriod')) === 0);
  await sleep(1500);
  expect(await left('sendEmail')).toBe(mails.length);
  isBilling = false;
  await until('all e-mails were started', async () => (await left('sendEmail')) === 0);
  await relay.stop();
});
