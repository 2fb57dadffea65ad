// The API's process: configuration, connections, listening, and an orderly end.

import { connect } from '../db/knex';
import { UsageAppender } from '../db/usage-reports';
import { readConfig } from '../runtime/config';
import { createLog } from '../runtime/logging';
import { buildApp } from './app';

// Less than a client's patience: with Postgres away a caller is told so within seconds.
const acquireTimeoutMs = 4_000;
// The longest call takes a second or two. Together with the above less than the 30 s after which proxies give up.
const queryTimeoutMs = 20_000;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config, 'api');
  const { databaseUrl: url, poolMax } = config;
  const db = connect({ url, poolMax, name: 'minutebook-api', acquireTimeoutMs, queryTimeoutMs });
  const app = await buildApp({
    db,
    appender: new UsageAppender(),
    clock: Date.now,
    settings: {
      bodyLimitBytes: config.bodyLimitBytes,
      freeCreditsNanos: config.freeCreditsNanos,
      closeSpreadMs: config.closeSpreadMinutes * 60_000,
    },
    log,
  });
  const stopAsked = signalled();
  await app.listen({ host: config.apiHost, port: config.apiPort });
  log.info({ reason: await stopAsked }, 'stopping');
  await app.close();
  await db.destroy();
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
