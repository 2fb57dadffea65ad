// What a process says of itself in Prometheus' text format. Labels are bounded: routes and states, never a workspace.
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Connections } from '../commands/connections';
import type { Db } from '../db/connection/knex';
import { createGaugeReader } from './gauge-reader';
import { databaseGauges } from './gauges';

export type Metrics = {
  /** Where a process registers what it counts beside what every process does. */
  readonly registry: Registry;
  readonly contentType: string;
  /** The page. Never rejects because Postgres is away: then it says that, and what the process knows by itself. */
  text(): Promise<string>;
};

/** One for each process: the process itself, its pool, and what Postgres knows. */
export function createMetrics(
  connections: Pick<Connections, 'db' | 'clock' | 'settings'>,
  groups = databaseGauges,
): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  showPool(registry, connections.db);
  const failures = new Counter({
    name: 'minutebook_gauge_failures_total',
    help: 'Readings of Postgres for these metrics that failed, by the first gauge that is missing for it',
    labelNames: ['gauge'],
    registers: [registry],
  });
  const readGauges = createGaugeReader({ ...connections, groups, onFailure: (gauge) => failures.inc({ gauge }) });
  return {
    registry,
    contentType: registry.contentType,
    text: async () => {
      const ofPostgres = await readGauges();
      return `${await registry.metrics()}\n${ofPostgres}`;
    },
  };
}

type Pool = { numUsed(): number; numFree(): number; numPendingAcquires(): number; readonly max: number };

function showPool(registry: Registry, db: Db): void {
  const { pool } = db.client as { readonly pool: Pool };
  const registers = [registry];
  new Gauge({
    name: 'minutebook_database_pool_connections',
    help: 'Connections to Postgres that this process holds, by state',
    labelNames: ['state'],
    registers,
    collect() {
      this.set({ state: 'used' }, pool.numUsed());
      this.set({ state: 'idle' }, pool.numFree());
    },
  });
  new Gauge({
    name: 'minutebook_database_pool_connections_max',
    help: 'Connections to Postgres that this process may hold',
    registers,
  }).set(pool.max);
  new Gauge({
    name: 'minutebook_database_pool_pending',
    help: 'Callers in this process that wait for a connection to Postgres',
    registers,
    collect() {
      this.set(pool.numPendingAcquires());
    },
  });
}
