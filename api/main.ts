// The API's process: configuration, connections, listening, and an orderly end.

import path from 'node:path';
import { readConfig } from '../runtime/config';
import { createConnections } from '../runtime/connections';
import { createRenderer } from '../runtime/documents';
import { createLog } from '../runtime/logging';
import { buildApp } from './app';
import { createBillingPage } from './page/billing-page';

// Built beside this program.
const builtPage = path.join(__dirname, '..', 'web');

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config, 'api');
  const connections = createConnections(config, { process: 'api' });
  const { bodyLimitBytes, unfoldedLimitBytes, requestTimeoutMs, rateLimits, trustedProxies, usageLagLimitMs } = config;
  const app = await buildApp({
    ...connections,
    bodyLimitBytes,
    unfoldedLimitBytes,
    requestTimeoutMs,
    rateLimits,
    trustedProxies,
    ...(usageLagLimitMs === undefined ? {} : { usageLagLimitMs }),
    usageConnectionsMax: Math.max(1, Math.floor(connections.poolMax / 2)),
    webhookSecrets: config.payments?.webhookSecrets ?? [],
    pdf: createRenderer(config, log),
    page: createBillingPage(
      { ...config.page, name: config.page.name ?? config.seller.name },
      { directory: builtPage, publicUrl: config.publicUrl ?? null },
    ),
    log,
  });
  const stopAsked = signalled();
  await app.listen({ host: config.apiHost, port: config.apiPort });
  log.info({ reason: await stopAsked }, 'stopping');
  const overdue = setTimeout(() => {
    log.warn('not all was finished in time; ending all the same');
    process.exit(1);
  }, endWithinMs).unref();
  const stalled = setTimeout(() => app.server.closeAllConnections(), answerWithinMs).unref();
  await app.close();
  clearTimeout(stalled);
  await connections.close();
  clearTimeout(overdue);
}

// Whoever is being answered still gets the answer; a client that sends or reads no further loses its connection. Those who
// stop processes kill them after 10 s (Docker) or 30 s (Kubernetes).
const answerWithinMs = 7_000;
const endWithinMs = 9_000;

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
