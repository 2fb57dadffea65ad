// The client's batcher, report by report, beside the same reports as bodies made beforehand, as JSON and as NDJSON.
import { createBatcher } from '../client/batcher';
import { createClient } from '../client/http';
import { createApiKey } from '../commands/create-key';
import type { UsageReport } from '../contract/usage';
import { formatInstant, hourMs, hourOf, hourStartMs, minuteMs } from '../domain/period';
import { withApi } from './api';
import { type BenchServers, withServers } from './servers';

const source = 'bench';
const replicas = 1000;
const minutes = 100;
const rounds = 4;
const inFlight = 4;
const shareAsked = 0.8;

type Way = (reports: readonly (readonly UsageReport[])[]) => () => Promise<void>;

/** Prints reports a second of each way, each the best of its rounds, which take turns. */
export async function batcher(): Promise<void> {
  console.log(
    `batcher (asked: ${shareAsked * 100} % of bare intake): ${replicas * minutes} reports a round, ${inFlight} batches of ${replicas} at once`,
  );
  const best = await withServers(async (servers) => {
    const key = await createApiKey(servers.db, { role: 'platform', name: 'bench' });
    await prepare(servers);
    return withApi(servers, (base) => compare(waysOf(base, key)));
  });
  for (const [name, rate] of best)
    console.log(`  ${name.padEnd(34)} ${Math.round(rate).toLocaleString('en')} reports/s`);
  const [bare = 0, , batched = 0] = [...best.values()];
  console.log(`  the batcher reaches ${((100 * batched) / bare).toFixed(0)} % of bare JSON`);
}

async function compare(ways: ReadonlyMap<string, Way>): Promise<ReadonlyMap<string, number>> {
  const best = new Map<string, number>();
  let fromMs = hourStartMs(hourOf(Date.now())) - rounds * ways.size * minutes * minuteMs - hourMs;
  for (let round = 0; round < rounds; round++) {
    for (const [name, way] of ways) {
      const send = way(batchesFrom(fromMs));
      fromMs += minutes * minuteMs;
      const begunMs = performance.now();
      await send();
      const rate = (replicas * minutes) / ((performance.now() - begunMs) / 1000);
      best.set(name, Math.max(best.get(name) ?? 0, rate));
    }
  }
  return best;
}

function waysOf(base: string, key: string): ReadonlyMap<string, Way> {
  const client = createClient({ url: base, key });
  const sendLines = async (body: string) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' };
    const { status } = await fetch(`${base}/v1/usage?source=${source}`, { method: 'POST', headers, body });
    if (status !== 202) throw new Error(`expected 202, came ${status}`);
  };
  return new Map<string, Way>([
    [
      'bodies made beforehand, JSON',
      (batches) =>
        atOnce(
          batches.map((reports) => JSON.stringify({ source, reports })),
          (body) => client.recordUsage(body),
        ),
    ],
    [
      'bodies made beforehand, NDJSON',
      (batches) =>
        atOnce(
          batches.map((reports) => reports.map((report) => JSON.stringify(report)).join('\n')),
          sendLines,
        ),
    ],
    [
      'the batcher, a report at a time',
      (batches) => async () => {
        const onRefused = () => {
          throw new Error('expected no refusals');
        };
        const own = createBatcher({ client, source, maxReports: replicas, maxInFlight: inFlight, onRefused });
        for (const reports of batches) for (const report of reports) await own.add(report);
        await own.close();
      },
    ],
  ]);
}

function atOnce(bodies: readonly string[], send: (body: string) => Promise<unknown>): () => Promise<void> {
  return async () => {
    const waiting = bodies.values();
    const one = async () => {
      for (const body of waiting) await send(body);
    };
    await Promise.all(Array.from({ length: inFlight }, one));
  };
}

function batchesFrom(fromMs: number): readonly (readonly UsageReport[])[] {
  return Array.from({ length: minutes }, (_, minute) => {
    const from = formatInstant(fromMs + minute * minuteMs);
    const to = formatInstant(fromMs + (minute + 1) * minuteMs);
    return Array.from({ length: replicas }, (__, replica) => {
      const facts = { workspace: 'bench', model: 'chat', version: 'v1', instanceType: 'A10Gx4x16' };
      return { ...facts, replica: `chat-v1-${replica}`, phase: 'serving', from, to };
    });
  });
}

async function prepare({ db }: BenchServers): Promise<void> {
  const from = '2020-01-01T00:00:00Z';
  await db.raw(`insert into instance_types (id) values ('A10Gx4x16')`);
  await db.raw(
    `insert into prices (instance_type, price_nanos, valid) values ('A10Gx4x16', 20120000, tstzrange(?, null))`,
    [from],
  );
  const workspace = { id: 'bench', name: 'Bench', billing_email: 'billing@example.com' };
  await db('workspaces').insert({ ...workspace, starts_at: from, created_at: from });
}
