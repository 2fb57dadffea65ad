// A change of the price that everybody pays, in the middle of a month: how long until it is answered, and until the hours of
// all workspaces are priced anew, while usage goes on being taken. Beside it the same rows priced by bare SQL.

import { createClient } from '../client/http';
import { createApiKey } from '../commands/create-key';
import type { Db } from '../db/connection/knex';
import { rollUpDays } from '../db/metering/days';
import { rollUpShard } from '../db/metering/hours';
import { shardCount } from '../db/metering/shards';
import { dayMs, formatInstant } from '../domain/period';
import { withApi } from './api';
import {
  addUsage,
  addWorkspaces,
  instanceType,
  prepareBook,
  runningDayMs,
  runningHourMs,
  scaled,
  withConnections,
  workspaceOf,
} from './hot-data';
import { inParallel } from './measuring';
import { percentiles } from './percentiles';
import { withServers } from './servers';

const priced = { name: 'priced', count: scaled(10_000) };
const hours = 48;
const newPrice = { usdPerMinute: '0.0202', nanos: 20_200_000 };
/** What METERING_PARALLEL is by default. */
const lanes = 2;

/** Prints both times, what intake felt of it, and the limit. */
export async function hotPrices(): Promise<void> {
  const span = { fromMs: runningDayMs - (hours / 24) * dayMs, toMs: runningDayMs };
  await withServers((servers) =>
    withConnections(servers, async ({ db }) => {
      console.log(
        `hot prices: the price of ${priced.count} workspaces changes, ${priced.count * hours} hours (asked: answered in 1 s, applied in 60 s)`,
      );
      await prepareBook(db);
      await addWorkspaces(db, priced);
      await addUsage(db, priced.name, span);
      await db.raw('vacuum analyze');
      const bareSeconds = await bareLimit(db);
      const key = await createApiKey(db, { role: 'admin', name: 'bench' });
      await withApi(servers, async (url) => {
        const send = senderOf({ url, key });
        const quiet = await whileSending(send, () => new Promise<void>((resolve) => setTimeout(resolve, 3_000)));
        const client = createClient({ url, key });
        const effectiveFrom = formatInstant(span.fromMs);
        const answered = await whileSending(send, () =>
          client.putPrices([{ instanceType, usdPerMinute: newPrice.usdPerMinute, effectiveFrom }]),
        );
        const applied = await whileSending(send, () =>
          inParallel(lanes, shardCount, async (shard) => {
            await rollUpShard(db, shard);
            await rollUpDays(db, shard, { nowMs: runningHourMs });
          }),
        );
        await checkApplied(db);
        console.log(
          `answered in ${answered.seconds.toFixed(2)} s; applied in ${applied.seconds.toFixed(1)} s by ${lanes} sessions, ${((priced.count * hours) / applied.seconds).toFixed(0)} hours/s; bare SQL ${bareSeconds.toFixed(1)} s, ${(applied.seconds / bareSeconds).toFixed(1)} times`,
        );
        const felt = (times: readonly number[]) => {
          const { p50, p99 } = percentiles(times);
          return `p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms of ${times.length}`;
        };
        console.log(`a batch of 100 reports before: ${felt(quiet.times)}; meanwhile: ${felt(applied.times)}`);
      });
    }),
  );
}

type Sent = { readonly seconds: number; readonly times: readonly number[] };

/** How long the work takes, and each of the batches that are sent one after the other until it is done. */
async function whileSending(send: () => Promise<unknown>, work: () => Promise<unknown>): Promise<Sent> {
  const times: number[] = [];
  let isOver = false;
  const sending = (async () => {
    while (!isOver) {
      const beganMs = performance.now();
      await send();
      times.push(performance.now() - beganMs);
    }
  })();
  const beganMs = performance.now();
  try {
    await work();
  } finally {
    isOver = true;
  }
  const seconds = (performance.now() - beganMs) / 1000;
  await sending;
  return { seconds, times };
}

// A minute of a hundred workspaces, another one each time, after the hours that the change is about.
function senderOf(of: { readonly url: string; readonly key: string }): () => Promise<unknown> {
  const client = createClient(of);
  let nth = 0;
  return () => {
    const fromMs = runningDayMs + (nth++ % 1440) * 60_000;
    const [from, to] = [formatInstant(fromMs), formatInstant(fromMs + 60_000)];
    const facts = { model: 'chat', version: 'v1', replica: 'r1', instanceType, phase: 'serving' as const, from, to };
    const reports = Array.from({ length: Math.min(100, priced.count) }, (_, index) => ({
      workspace: workspaceOf(priced, index),
      ...facts,
    }));
    return client.recordUsage({ source: 'bench', reports });
  };
}

/** Seconds of pricing a copy of the same hours, their totals and days, a statement each in one session. */
async function bareLimit(db: Db): Promise<number> {
  const tables = ['usage_hours', 'hour_totals', 'usage_days'];
  for (const table of tables) {
    await db.raw(`create table bare_${table} (like ${table} including indexes)`);
    await db.raw(`insert into bare_${table} select * from ${table}`);
    await db.raw(`vacuum analyze bare_${table}`);
  }
  const beganMs = performance.now();
  for (const table of tables) {
    const price = table === 'hour_totals' ? '' : 'price_nanos = :nanos::int8, ';
    await db.raw(`update bare_${table} set ${price}list_nanos = replica_minutes * :nanos::int8`, {
      nanos: newPrice.nanos,
    });
  }
  const seconds = (performance.now() - beganMs) / 1000;
  for (const table of tables) await db.raw(`drop table bare_${table}`);
  return seconds;
}

async function checkApplied(db: Db): Promise<void> {
  const { rows } = await db.raw(
    `select count(*)::int as hours from usage_hours
     where price_nanos = ? and hour < ?::timestamptz and not exists (select from dirty_ranges)`,
    [newPrice.nanos, formatInstant(runningDayMs)],
  );
  const expected = priced.count * hours;
  if (rows[0].hours !== expected) throw new Error(`expected ${expected} hours at the new price, came ${rows[0].hours}`);
}
