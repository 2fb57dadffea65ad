// The worker's entry point: `node dist/workers/main.js`.

import { hostname } from 'node:os';
import path from 'node:path';
import { makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { type Config, readConfig } from '../runtime/config';
import { createLog } from '../runtime/logging';
import { runWorkerProgram } from './program';
import { sdkLogger } from './sdk-logger';

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config, 'worker');
  Runtime.install({
    logger: sdkLogger(log),
    // Signals are ours: the relay and the pool stop with the workers.
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN' }), forward: {} },
      ...sdkMetrics(config),
    },
  });
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      log.info({ signal }, 'stopping');
      stopping.abort();
    });
  }
  await runWorkerProgram({
    config,
    log,
    // `npm run build` made it, so that starting needs no webpack.
    workflows: { workflowBundle: { codePath: path.join(__dirname, '..', 'workflow-bundle.js') } },
    identity: `worker ${process.pid}@${hostname()}`,
    stopping: stopping.signal,
  });
  log.info('stopped');
}

// The SDK keeps its metrics in its native part and serves them by itself, so they have an address of their own.
function sdkMetrics({ temporalMetricsAddress }: Pick<Config, 'temporalMetricsAddress'>) {
  if (temporalMetricsAddress === undefined) return {};
  const inFieldsUnits = { countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true };
  return { metrics: { prometheus: { bindAddress: temporalMetricsAddress, ...inFieldsUnits } } };
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
