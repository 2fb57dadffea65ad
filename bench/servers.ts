// Servers for a benchmark: Postgres as durable as in production, Temporal's dev server on a database file, in a
// directory that is removed afterwards.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { connect, type Db } from '../db/connection/knex';
import { migrate } from '../db/connection/migrate';
import { rollUpDays } from '../db/metering/days';
import { foldShard } from '../db/metering/fold';
import { rollUpShard } from '../db/metering/hours';
import { everyShard } from '../db/metering/shards';
import { freePort } from '../sandbox/ports';
import { startPostgres } from '../sandbox/postgres/postgres';
import { startTemporalDev } from '../sandbox/temporal/temporal';
import { locateTemporal } from '../sandbox/temporal/temporal-programs';

export type BenchServers = {
  readonly directory: string;
  readonly databaseUrl: string;
  readonly db: Db;
  /** Process id of the postmaster: its children are the sessions. */
  readonly postgresPid: number;
  readonly temporalAddress: string;
  readonly temporalPid: number;
};

/** Starts the servers with a migrated database, does the work, and leaves nothing behind. */
export async function withServers<T>(work: (servers: BenchServers) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(path.join(tmpdir(), 'minutebook-bench-'));
  // Open, because root runs Postgres under another account.
  await chmod(directory, 0o755);
  const logFile = (name: string) => path.join(directory, 'logs', `${name}.log`);
  const postgres = await startPostgres({
    directory: path.join(directory, 'pg'),
    port: await freePort(),
    logFile: logFile('postgres'),
  });
  const temporal = await startTemporalDev({
    program: await locateTemporal('temporal', console.log),
    port: await freePort(),
    dbFilename: path.join(directory, 'temporal.db'),
    logFile: logFile('temporal'),
  });
  const databaseUrl = await createDatabase(postgres.url);
  const db = connect({ url: databaseUrl, name: 'bench' });
  try {
    await migrate(db);
    return await work({
      directory,
      databaseUrl,
      db,
      postgresPid: postgres.pid,
      temporalAddress: temporal.address,
      temporalPid: temporal.pid,
    });
  } finally {
    await db.destroy();
    await temporal.stop();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Meters all that was reported, and leaves Postgres knowing its tables, as it would by night. */
export async function meterAll(db: Db): Promise<void> {
  for (const shard of everyShard) {
    await foldShard(db, shard);
    await rollUpShard(db, shard);
    await rollUpDays(db, shard, { nowMs: Date.now() });
  }
  await db.raw('vacuum analyze');
}

async function createDatabase(serverUrl: string): Promise<string> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query('create database minutebook');
  } finally {
    await client.end();
  }
  const url = new URL(serverUrl);
  url.pathname = '/minutebook';
  return url.href;
}
