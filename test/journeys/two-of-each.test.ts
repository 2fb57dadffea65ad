// Two APIs and two workers at once, each killed at random again and again while a month is reported through whichever answers:
// it is billed once, to the cent.

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { createClient } from '../../client/http';
import { createApiKey } from '../../commands/create-key';
import type { UsageReport } from '../../contract/usage';
import { formatInstant, minuteMs, monthEndMs, monthOf, monthStartMs, previousMonth } from '../../domain/period';
import { freePort } from '../../sandbox/ports';
import { expectBooksToBalance } from '../commands/collecting';
import { testSeller } from '../harness/config';
import { createTestDatabase, type TestDatabase } from '../harness/database';
import { testServers } from '../harness/environment';
import { until } from '../harness/until';
import { type Killable, startKillable } from './killable';

/** Over, on whatever day it is. */
const month = previousMonth(monthOf(Date.now()));
const workspaces = Array.from({ length: 8 }, (_, nth) => `two-${nth}`);
const batches = 12;
const replicas = ['r1', 'r2', 'r3'];
const kills = 6;
const centsAMinute = 1;

let database: TestDatabase;
let connection: Connection;
let all: readonly Killable[];
let urls: readonly string[];
const namespace = `two-${randomBytes(4).toString('hex')}`;

beforeAll(async () => {
  database = await createTestDatabase();
  const { temporalAddress } = testServers();
  connection = await Connection.connect({ address: temporalAddress });
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') });
  const ports = [await freePort(), await freePort()];
  urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const env = {
    ...testSeller,
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_NAMESPACE: namespace,
    FREE_CREDITS_USD: '0',
    CLOSE_SPREAD_MINUTES: '0',
    METERING_EVERY_SECONDS: '2',
    LOG_LEVEL: 'fatal',
  };
  all = [
    ...ports.map((port) =>
      startKillable('api/main.js', { ...env, DATABASE_URL: database.urlAs('api'), API_PORT: String(port) }),
    ),
    ...ports.map(() => startKillable('workers/main.js', { ...env, DATABASE_URL: database.urlAs('worker') })),
  ];
}, 60_000);
afterAll(async () => {
  for (const each of all ?? []) await each.end();
  await connection?.close();
  await database?.drop();
});

test('a month is billed exactly, whoever is killed meanwhile', async () => {
  const { db } = database;
  const key = await createApiKey(db, { role: 'admin', name: 'tests' });
  const clients = urls.map((url) => createClient({ url, key, patienceMs: 0, timeoutMs: 5_000 }));
  let nth = 0;
  // What had no answer may have been done: it is asked for once more, of the other one.
  const ask = async (call: (client: (typeof clients)[number]) => Promise<unknown>): Promise<void> => {
    const client = clients[nth++ % clients.length];
    if (client === undefined) throw new Error('there are two');
    await call(client).catch(async () => {
      await sleep(100);
      await ask(call);
    });
  };
  const startsAt = formatInstant(monthStartMs(month));
  await ask((client) => client.putPrices([{ instanceType: 'T4x1', usdPerMinute: '0.01', effectiveFrom: startsAt }]));
  for (const id of workspaces) {
    await ask((client) => client.putWorkspace(id, { name: id, billingEmail: `billing@${id}.example`, startsAt }));
  }

  const killing = killAtRandom();
  await Promise.all(workspaces.map((workspace) => reportMonth(workspace, ask)));
  expect(await killing).toBe(kills);

  const invoices = () => db('invoices').where({ month }).orderBy('workspace_id');
  await until('each has its invoice', async () => (await invoices()).length >= workspaces.length, 120_000);
  await until('the outbox is empty', async () => (await db('outbox').select('outbox_id')).length === 0, 60_000);
  const cents = (await invoices()).map((row) => [row.workspace_id, Number(row.total_cents)]);
  expect(cents).toEqual([...workspaces].sort().map((workspace) => [workspace, minutesOf(workspace) * centsAMinute]));
  expect(await db('billing_periods').where({ month, has_late_usage: true }).pluck('workspace_id')).toEqual([]);
  for (const workspace of workspaces) await expectBooksToBalance(db, workspace);
}, 300_000);

// Always the same, so that a red run can be run again; when they come to die is their own.
async function killAtRandom(): Promise<number> {
  let seed = 20261126;
  const next = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  let killed = 0;
  for (; killed < kills; killed++) {
    await sleep(500 + next() * 2_000);
    await all[Math.floor(next() * all.length)]?.killAndStartAgain();
  }
  return killed;
}

// Of each replica so many minutes, a day and a batch after the other; each batch repeats the one before.
function reportsOf(workspace: string, batch: number): readonly UsageReport[] {
  const of = Number(workspace.slice('two-'.length));
  return [Math.max(0, batch - 1), batch].flatMap((day) =>
    replicas.map((replica, at): UsageReport => {
      const fromMs = monthStartMs(month) + day * 1440 * minuteMs;
      const toMs = fromMs + (1 + of + at + day) * minuteMs;
      const facts = {
        workspace,
        model: 'chat',
        version: 'v1',
        replica,
        instanceType: 'T4x1',
        phase: 'serving' as const,
      };
      return { ...facts, from: formatInstant(fromMs), to: formatInstant(toMs) };
    }),
  );
}

function minutesOf(workspace: string): number {
  const of = Number(workspace.slice('two-'.length));
  let minutes = 0;
  for (let day = 0; day < batches; day++) for (const at of replicas.keys()) minutes += 1 + of + at + day;
  return minutes;
}

type Ask = (call: (client: ReturnType<typeof createClient>) => Promise<unknown>) => Promise<void>;

async function reportMonth(workspace: string, ask: Ask): Promise<void> {
  for (let batch = 0; batch < batches; batch++) {
    const isLast = batch === batches - 1;
    const completeThrough = isLast ? { completeThrough: formatInstant(monthEndMs(month)) } : {};
    const body = { source: `of-${workspace}`, reports: reportsOf(workspace, batch), ...completeThrough };
    await ask((client) => client.recordUsage(body));
    // So that the kills meet it at work.
    await sleep(500);
  }
}
