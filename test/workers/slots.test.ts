// A worker with all slots of all its queues taken, each holding a connection: nobody waits for one, and calls to Stripe that
// wait for their turn hold up nothing else.

import { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Worker } from '@temporalio/worker';
import { pino } from 'pino';
import type { Activities } from '../../activities';
import {
  billingPeriodStart,
  collectPaymentStart,
  creditGuardStart,
  sendEmailStart,
  startDeliverWebhooks,
} from '../../client/workflows';
import { everyShard } from '../../db/metering/shards';
import { deliver } from '../../db/outbox';
import { createDependencies, type Dependencies } from '../../runtime/dependencies';
import { workerSlots } from '../../runtime/worker-slots';
import { createWorkers } from '../../workers/program';
import { startRelay } from '../../workers/relay';
import { taskQueues } from '../../workflows/task-queues';
import { quietTemporal } from '../harness/billing';
import { testConfig } from '../harness/config';
import { createTestDatabase, type TestDatabase } from '../harness/database';
import { startTimeSkippingEnvironment } from '../harness/time-skipping';
import { until } from '../harness/until';
import { workflowBundle } from '../harness/workflow-bundle';

let database: TestDatabase;
let environment: TestWorkflowEnvironment;
let dependencies: Dependencies;
let workers: readonly Worker[];
let running: Promise<unknown>;
let config: ReturnType<typeof testConfig>;

const holding = { billing: 0, usage: 0, mail: 0, stripe: 0, guard: 0, webhooks: 0 };
let letGo: () => void = () => undefined;
const gate = new Promise<void>((resolve) => {
  letGo = resolve;
});

// As an activity in the middle of a transaction.
function holdingA<Queue extends keyof Activities>(queue: Queue, names: readonly string[]): Activities[Queue] {
  const hold = () =>
    dependencies.db.transaction(async (trx) => {
      await trx.raw('select 1');
      holding[queue]++;
      await gate;
      throw ApplicationFailure.nonRetryable('it has held its connection long enough');
    });
  return Object.fromEntries(names.map((name) => [name, hold])) as unknown as Activities[Queue];
}

beforeAll(async () => {
  quietTemporal();
  [database, environment] = await Promise.all([createTestDatabase(), startTimeSkippingEnvironment()]);
  const databaseUrl = database.urlAs('worker');
  config = testConfig({ databaseUrl, temporalAddress: environment.address, mailPerSecond: 1000 });
  dependencies = createDependencies(config);
  const activities: Activities = {
    billing: holdingA('billing', ['finalizeInvoice']),
    usage: {
      ...holdingA('usage', ['meterShards']),
      beginRound: async () => ({ shards: everyShard, hasChores: false }),
    },
    mail: holdingA('mail', ['deliverEmail']),
    stripe: holdingA('stripe', ['collect']),
    guard: holdingA('guard', ['judge']),
    webhooks: holdingA('webhooks', ['tellEndpoint']),
  };
  workers = await createWorkers(
    { config, workflows: { workflowBundle: await workflowBundle() }, identity: 'test' },
    { connection: environment.nativeConnection, dependencies: { ...dependencies, activities } },
  );
  running = Promise.all(workers.map((worker) => worker.run()));
});
afterAll(async () => {
  letGo();
  for (const worker of workers ?? []) worker.shutdown();
  await running;
  await dependencies?.close();
  await environment?.teardown();
  await database?.drop();
});

async function startMoreThanFit(client: Client): Promise<void> {
  const { workflow } = client;
  for (let nth = 0; nth < 15; nth++) {
    const workspace = `w${nth}`;
    const period = { workspace, month: '2025-01', opensNextAt: null, closesAt: '2025-02-01T00:00:00Z' };
    await workflow.start('billingPeriod', billingPeriodStart(period));
    await workflow.start('sendEmail', sendEmailStart({ workspace, email: `mail-${nth}`, round: 0 }));
    const collecting = { workspace, invoice: `in-${nth}`, run: 0, amountDueCents: '100' };
    await workflow.start('collectPayment', collectPaymentStart(collecting));
    await workflow.start('creditGuard', creditGuardStart({ workspace }));
    await startDeliverWebhooks(client, { endpoint: `whe_${nth}` });
  }
  await workflow.start('meterUsage', { workflowId: 'tick', taskQueue: taskQueues.usage, args: [{ parallel: 16 }] });
}

test('with all slots of all queues taken, relay, gauges and calls to Stripe have their connections, and nobody waits', async () => {
  const client = new Client({ connection: environment.connection });
  await startMoreThanFit(client);
  const { slots, poolMax } = workerSlots(config);
  await until('every slot holds a connection', async () => JSON.stringify(holding) === JSON.stringify(inOrder(slots)));
  const { pool } = dependencies.db.client as { pool: { numUsed(): number; numPendingAcquires(): number; max: number } };
  expect(pool.max).toBe(poolMax);
  expect(pool.numUsed()).toBe(poolMax - 7);

  // The rest of the pool is for what goes on beside them, all at once.
  await database.db.transaction((trx) =>
    deliver(trx, [{ kind: 'start', type: 'applyStripeEvent', arguments: { event: 'evt_1' } }]),
  );
  const log = pino({ level: 'silent' });
  const relay = startRelay({
    ...{ db: dependencies.db, clock: Date.now, databaseUrl: database.urlAs('worker'), client, log },
    mailPerSecond: 10,
    isBilling: () => false,
  });
  const page = await dependencies.metrics.text();
  expect(page).toMatch(/minutebook_database_up 1/);
  expect(page).toMatch(/minutebook_database_pool_pending 0/);
  await until('the outbox is empty', async () => (await database.db('outbox')).length === 0);
  expect(pool.numPendingAcquires()).toBe(0);
  await relay.stop();
});

function inOrder({ billing, usage, mail, stripe, guard, webhooks }: ReturnType<typeof workerSlots>['slots']) {
  return { billing, usage, mail, stripe, guard, webhooks };
}
