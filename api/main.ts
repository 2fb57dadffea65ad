// The API's process: configuration, connections, listening, and an orderly end.

import { readConfig } from '../runtime/config';
import { createConnections } from '../runtime/connections';
import { createLog } from '../runtime/logging';
import { buildApp } from './app';

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config, 'api');
  const connections = createConnections(config, { process: 'api' });
  const app = await buildApp({ ...connections, bodyLimitBytes: config.bodyLimitBytes, log });
  const stopAsked = signalled();
  await app.listen({ host: config.apiHost, port: config.apiPort });
  log.info({ reason: await stopAsked }, 'stopping');
  await app.close();
  await connections.close();
}

function signalled(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
