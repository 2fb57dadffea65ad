// A worker for the empty workflows, set up as the product's own.
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { makeTelemetryFilterString, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { searchAttributes } from '../workflows/search-attributes';
import type { EmptyPeriod } from './workflows';

async function main(): Promise<void> {
  Runtime.install({ telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'WARN' }) } } });
  const address = process.env['TEMPORAL_ADDRESS'] ?? '';
  const connection = await NativeConnection.connect({ address });
  const client = new Client({ connection: await Connection.connect({ address }) });
  const worker = await Worker.create({
    connection,
    taskQueue: 'empty',
    workflowsPath: path.join(__dirname, 'workflows.js'),
    activities: {
      nothing: async (period: EmptyPeriod) => {
        await startNext(client, period);
        return `inv:${period.workspace}`;
      },
    },
    workflowThreadPoolSize: 1,
    maxCachedWorkflows: 2000,
    maxConcurrentActivityTaskExecutions: 7,
  });
  await worker.run();
}

// As the relay starts what follows an invoice.
async function startNext(client: Client, period: EmptyPeriod): Promise<void> {
  const { workspace, month, steps = 0 } = period;
  if (steps === 0) return;
  await client.workflow.start('emptyStep', {
    workflowId: `empty:${month}:${workspace}:${steps}`,
    taskQueue: 'empty',
    args: [{ ...period, steps: steps - 1 }],
    typedSearchAttributes: [{ key: searchAttributes.workspaceId, value: workspace }],
  });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
