// A worker for the empty workflows, set up as the product's own.
import path from 'node:path';
import { makeTelemetryFilterString, NativeConnection, Runtime, Worker } from '@temporalio/worker';

async function main(): Promise<void> {
  Runtime.install({ telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'WARN' }) } } });
  const connection = await NativeConnection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '' });
  const worker = await Worker.create({
    connection,
    taskQueue: 'empty',
    workflowsPath: path.join(__dirname, 'workflows.js'),
    activities: { nothing: async (period: { workspace: string }) => `inv:${period.workspace}` },
    workflowThreadPoolSize: 1,
    maxCachedWorkflows: 2000,
    maxConcurrentActivityTaskExecutions: 7,
  });
  await worker.run();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
