// The dashboard of a month with 100 models of 3 versions, beside the same bytes from a server that computes nothing.
import { createServer } from 'node:http';
import path from 'node:path';
import { createApiKey } from '../commands/create-key';
import { recordUsage } from '../commands/record-usage';
import type { Db } from '../db/connection/knex';
import { UsageAppender } from '../db/intake/reports';
import { formatInstant, hourMs, type Month, monthEndMs, monthOf, monthStartMs, previousMonth } from '../domain/period';
import type { UsageReport } from '../domain/usage';
import { freePort, loopback } from '../sandbox/ports';
import { startProcess, untilReady } from '../sandbox/processes/processes';
import { meterAll, withServers } from './servers';

const workspace = 'bench';
const asked = 500;

/** Prints the answer's time, warm, at the 50th and 99th percentile. */
export async function dashboard(): Promise<void> {
  await withServers(async ({ db, databaseUrl, temporalAddress, directory }) => {
    const month = previousMonth(monthOf(Date.now()));
    console.log(
      `dashboard (asked: p99 at most 50 ms): one workspace, 100 models of 3 versions, every hour of ${month}`,
    );
    await prepare(db, month);
    const key = await createApiKey(db, { role: 'admin', name: 'bench' });
    const port = await freePort();
    const api = await startProcess({
      name: 'api',
      role: 'program',
      command: process.execPath,
      args: [path.join(__dirname, '..', 'api', 'main.js')],
      logFile: path.join(directory, 'logs', 'api.log'),
      env: {
        ...process.env,
        TZ: 'UTC',
        DATABASE_URL: databaseUrl,
        TEMPORAL_ADDRESS: temporalAddress,
        API_PORT: String(port),
        RATE_LIMIT: '0',
        LOG_LEVEL: 'warn',
        SELLER_NAME: 'Bench',
        SELLER_ADDRESS: 'Bench Street 1',
      },
    });
    const base = `http://${loopback}:${port}`;
    try {
      await untilReady(
        api,
        () =>
          fetch(`${base}/health/ready`).then(
            ({ ok }) => ok,
            () => false,
          ),
        30_000,
      );
      const headers = { authorization: `Bearer ${key}` };
      const url = `${base}/v1/workspaces/${workspace}/usage?period=${month}`;
      const body = await (await fetch(url, { headers })).text();
      const { models } = JSON.parse(body) as { models: unknown[] };
      if (models.length !== 100) throw new Error(`expected 100 models on the dashboard, came ${models.length}`);
      print(`GET /v1/workspaces/{id}/usage, ${(body.length / 1024).toFixed(0)} KiB`, await timesOf(url, headers));
      const bare = createServer((_request, response) => response.end(body));
      const barePort = await freePort();
      await new Promise<void>((resolve) => bare.listen(barePort, loopback, resolve));
      print('the same bytes, nothing computed', await timesOf(`http://${loopback}:${barePort}`, {}));
      bare.close();
    } finally {
      await api.stop();
    }
  });
}

async function prepare(db: Db, month: Month): Promise<void> {
  const from = formatInstant(monthStartMs(month));
  await db.raw(`insert into instance_types (id) values ('A10Gx4x16')`);
  await db.raw(
    `insert into prices (instance_type, price_nanos, valid) values ('A10Gx4x16', 20120000, tstzrange(?, null))`,
    [from],
  );
  await db('workspaces').insert({
    id: workspace,
    name: 'Bench',
    billing_email: 'billing@example.com',
    starts_at: from,
    created_at: from,
  });
  await db.raw(
    `insert into billing_periods (workspace_id, month, starts_at, ends_at, opened_at) values (?, ?, ?, ?, ?)`,
    [workspace, month, from, formatInstant(monthEndMs(month)), from],
  );
  const appender = new UsageAppender();
  for (let model = 0; model < 100; model++) {
    const reports = [1, 2, 3].flatMap((version) => daily(month, { model: `model-${model}`, version: `v${version}` }));
    await recordUsage(db, appender, { batch: { source: 'bench', reports }, nowMs: Date.now() });
  }
  await meterAll(db);
}

function daily(month: Month, facts: { readonly model: string; readonly version: string }): UsageReport[] {
  const [fromMs, toMs] = [monthStartMs(month), monthEndMs(month)];
  const replica = { workspace, ...facts, replica: 'r1', instanceType: 'A10Gx4x16' };
  const reports: UsageReport[] = [{ ...replica, phase: 'deploying', fromMs, toMs: fromMs + hourMs / 10 }];
  for (let day = fromMs; day < toMs; day += 24 * hourMs) {
    reports.push({ ...replica, phase: 'serving', fromMs: day, toMs: day + 24 * hourMs });
  }
  return reports;
}

async function timesOf(url: string, headers: Record<string, string>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let each = 0; each < asked + 50; each++) {
    const began = performance.now();
    const response = await fetch(url, { headers });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`expected 200, came ${response.status}`);
    times.push(performance.now() - began);
  }
  // The first fifty warm it up.
  return times.slice(50).sort((one, other) => one - other);
}

function print(what: string, times: readonly number[]): void {
  const at = (share: number) => `${(times[Math.floor(times.length * share)] ?? 0).toFixed(1)} ms`;
  console.log(`${what}: p50 ${at(0.5)}, p99 ${at(0.99)} of ${times.length}`);
}
