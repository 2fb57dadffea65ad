// Billing as it runs, under a clock that the test moves: real Postgres, a time-skipping Temporal, workers and the relay.

import { Client, type WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { pino } from 'pino';
import type { Activities } from '../../activities';
import { billingWorkflowId } from '../../domain/ids';
import type { UsageReport } from '../../domain/usage';
import type { Config } from '../../runtime/config';
import { createDependencies } from '../../runtime/dependencies';
import { isBilling } from '../../workers/lanes';
import { createWorkers } from '../../workers/program';
import { startRelay } from '../../workers/relay';
import type { billingPeriod } from '../../workflows/billing-period';
import { testConfig } from './config';
import { createTestDatabase } from './database';
import { startTimeSkippingEnvironment } from './time-skipping';
import { until } from './until';
import { workflowBundle } from './workflow-bundle';
import * as fixtures from './workspace';

type Period = { readonly workspace: string; readonly month: string };

export type Billing = Awaited<ReturnType<typeof startBilling>>;

/** The SDK's own lines only where something is wrong; call it before anything else of the SDK. */
export function quietTemporal(): void {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
  });
}

/** Call `stop()` of what it returns in afterAll. `around` may change what the activities do. */
export async function startBilling(
  around: (activities: Activities) => Activities = (activities) => activities,
  settings: Partial<Config> = {},
) {
  quietTemporal();
  const [database, environment, bundle] = await Promise.all([
    createTestDatabase(),
    startTimeSkippingEnvironment(),
    workflowBundle(),
  ]);
  const { db } = database;
  const config = testConfig({
    databaseUrl: database.urlAs('worker'),
    temporalAddress: environment.address,
    ...settings,
  });
  const clock = () => environment.currentTimeMs();
  const dependencies = createDependencies(config, { clock });
  const activities = around(dependencies.activities);
  const workers = await createWorkers(
    { config, workflows: { workflowBundle: bundle }, identity: 'test' },
    { connection: environment.nativeConnection, dependencies: { ...dependencies, activities } },
  );
  const running = workers.map((worker) => worker.run());
  // Not the environment's own client: that one lets time run while it waits for a result.
  const client = new Client({ connection: environment.connection, identity: 'test' });
  const relay = startRelay({
    db: dependencies.db,
    clock,
    databaseUrl: config.databaseUrl,
    client,
    log: pino({ level: 'silent' }),
    mailPerSecond: config.mailPerSecond,
    isBilling: () => isBilling(dependencies.metrics),
  });

  const settled = () => until('the outbox is empty', async () => (await countOutbox(db)) === 0);
  const handleOf = ({ workspace, month }: Period): WorkflowHandle<typeof billingPeriod> =>
    client.workflow.getHandle<typeof billingPeriod>(billingWorkflowId(workspace, month));
  const statusOf = async ({ workspace, month }: Period): Promise<string | undefined> =>
    (await db('billing_periods').where({ workspace_id: workspace, month }).first('status'))?.status;

  return {
    db,
    client,
    clock,
    activities: dependencies.activities,
    settled,
    handleOf,
    statusOf,
    /** Lets time pass up to an instant, and then what follows from it be done. */
    advanceTo: async (ms: number) => {
      await settled();
      const leftMs = ms - (await clock());
      if (leftMs > 0) await environment.sleep(leftMs);
      await settled();
    },
    createWorkspace: async (workspace: { id: string; startsAtMs?: number }) => {
      await fixtures.createWorkspace(db, { ...workspace, nowMs: await clock() });
      await settled();
    },
    report: async (batch: { source: string; reports?: UsageReport[]; completeThroughMs?: number }) =>
      fixtures.report(db, dependencies.appender, { ...batch, nowMs: await clock() }),
    untilStatus: (period: Period, status: string) =>
      until(`${period.workspace} ${period.month} is ${status}`, async () => (await statusOf(period)) === status),
    stop: async () => {
      await relay.stop();
      for (const worker of workers) worker.shutdown();
      await Promise.all(running);
      await dependencies.close();
      await environment.teardown();
      await database.drop();
    },
  };
}

async function countOutbox(db: Awaited<ReturnType<typeof createTestDatabase>>['db']): Promise<number> {
  return Number((await db('outbox').count({ rows: '*' }).first())?.['rows'] ?? 0);
}
