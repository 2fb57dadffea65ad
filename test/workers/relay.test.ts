// The relay's two lanes: e-mails are started at their pace, and nothing waits for them.
import { Client } from '@temporalio/client';
import { pino } from 'pino';
import { deliver } from '../../db/outbox';
import type { Delivery } from '../../domain/delivery';
import { billingWorkflowId } from '../../domain/ids';
import { startRelay } from '../../workers/relay';
import { createTestDatabase } from '../harness/database';
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

test('e-mails are started at the pace at which they are sent, and a month does not wait behind them', async () => {
  const [{ db, url, drop }, environment] = await Promise.all([createTestDatabase(), startTimeSkippingEnvironment()]);
  const left = async (type: string) => (await db('outbox').where({ workflow_type: type })).length;
  await db.transaction((trx) => deliver(trx, [...mails, billing]));
  const client = new Client({ connection: environment.connection });
  const beganMs = performance.now();
  const relay = startRelay({ db, databaseUrl: url, client, log: pino({ level: 'silent' }), mailPerSecond });
  await until('the month was started', async () => (await left('billingPeriod')) === 0);
  const atMost = mailPerSecond * (1 + (performance.now() - beganMs) / 1000);
  expect(mails.length - (await left('sendEmail'))).toBeLessThanOrEqual(atMost);
  await until('all e-mails were started', async () => (await left('sendEmail')) === 0);
  // The first at once, the others after a second each.
  expect(performance.now() - beganMs).toBeGreaterThan(2000);
  expect((await client.workflow.getHandle(billingWorkflowId('acme', '2025-01')).describe()).status.name).toBe(
    'RUNNING',
  );
  await relay.stop();
  await environment.teardown();
  await drop();
});
