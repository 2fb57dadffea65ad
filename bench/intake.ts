// Intake over HTTP, from the client to the commit: one API process and Postgres on this machine, beside what Postgres appends of
// the same rows without anything before it. Then with a worker: up to which rate what was reported is metered within a
// minute, and what reading costs meanwhile.
import { createApiKey } from '../commands/create-key';
import type { Db } from '../db/connection/knex';
import { dayMs, formatInstant, hourMs } from '../domain/period';
import { type RunningProcess, sleep } from '../sandbox/processes/processes';
import { withApi } from './api';
import { batcherBesideHand } from './batcher';
import { chunks, Fleet, reportsACall, reportsAChunk } from './intake-fleet';
import { inFlight, readBeside, residentMb, type Sender, saidOf, sendAt, senderOf, withCost } from './intake-load';
import { startBeside } from './measuring';
import { type BenchServers, withServers } from './servers';

const seconds = Number(process.env['BENCH_SECONDS'] ?? 30);
const askedRate = 50_000;
const metersWithinSeconds = 60;
const readingMsMax = 50;
const readEveryMs = 200;

export async function intake(): Promise<void> {
  await withLoaded(async (servers, api, of) => {
    const { url, key, fleet, sender } = of;
    console.log(
      `intake (asked: ${askedRate} reports/s as JSON in batches of ${reportsAChunk}): ${chunks * reportsAChunk} replicas of ${fleet.workspaces.length} workspaces, a report a minute each, ${seconds} s a line`,
    );
    const ndjson = senderOf({ url, key, contentType: 'application/x-ndjson', each: reportsACall }, () =>
      fleet.nextLines(),
    );
    const limit = await bareLimit(servers.db);
    const asJson = await asFastAsItGoes(servers, api, { what: `JSON, ${reportsAChunk} a batch`, sender });
    print('share of the bare append', `${((100 * asJson) / limit).toFixed(0)} %`);
    await asFastAsItGoes(servers, api, { what: 'NDJSON, 10,000 lines a call', sender: ndjson });
    await batcherBesideHand(servers, api, { ...of, seconds: seconds / 2 });
    await whatIsKeptUpWith(servers, api, of);
  });
}

/** As fast as it goes for ten minutes (BENCH_MINUTES): whether the API's memory stays, and what reading costs beside it. */
export async function intakeSteady(): Promise<void> {
  const minutes = Number(process.env['BENCH_MINUTES'] ?? 10);
  await withLoaded(async (servers, api, { url, key, fleet, sender }) => {
    console.log(
      `intake steady (asked: memory flat over ten minutes at full load, reading p99 at most ${readingMsMax} ms): ${minutes} minutes`,
    );
    const alone = await readBeside({ url, key, workspaces: fleet.workspaces, everyMs: readEveryMs });
    await sleep(15_000);
    const { count, at } = await alone();
    print('reading alone', `p50 ${at(0.5)}, p99 ${at(0.99)} of ${count}`);
    const beside = await readBeside({ url, key, workspaces: fleet.workspaces, everyMs: readEveryMs });
    for (let minute = 1; minute <= minutes; minute++) {
      const what = `minute ${minute} as JSON`;
      await asFastAsItGoes(servers, api, { what, sender, seconds: 60 });
    }
    const read = await beside();
    print('reading beside it', `p50 ${read.at(0.5)}, p99 ${read.at(0.99)} of ${read.count}`);
  });
}

/** The client's batcher beside JSON by hand, without the rest. */
export async function batcher(): Promise<void> {
  await withLoaded((servers, api, of) => batcherBesideHand(servers, api, { ...of, seconds: seconds / 2 }));
}

async function withLoaded(
  work: (servers: BenchServers, api: RunningProcess, of: Loaded) => Promise<void>,
): Promise<void> {
  await withServers(async (servers) => {
    const fleet = new Fleet(Date.now() - 5 * dayMs);
    await prepare(servers.db, fleet);
    const key = await createApiKey(servers.db, { role: 'admin', name: 'bench' });
    await withApi(servers, async (url, api) => {
      const sender = senderOf({ url, key, contentType: 'application/json', each: reportsAChunk }, () =>
        fleet.nextJson(),
      );
      // Each replica is new once.
      for (let chunk = 0; chunk < chunks; chunk++) await sender.send();
      await work(servers, api, { url, key, fleet, sender });
    });
  });
}

async function prepare(db: Db, fleet: Fleet): Promise<void> {
  const from = formatInstant(Math.floor((Date.now() - 6 * dayMs) / hourMs) * hourMs);
  await db.raw(`insert into instance_types (id) values ('A10Gx4x16')`);
  await db.raw(
    `insert into prices (instance_type, price_nanos, valid) values ('A10Gx4x16', 20120000, tstzrange(?, null))`,
    [from],
  );
  await db.raw(
    `insert into workspaces (id, name, billing_email, starts_at, created_at)
     select id, 'Bench', 'billing@example.com', ?, ? from unnest(?::text[]) as listed (id)`,
    [from, from, [...fleet.workspaces]],
  );
}

async function asFastAsItGoes(
  servers: BenchServers,
  api: RunningProcess,
  of: { readonly what: string; readonly sender: Sender; readonly seconds?: number },
): Promise<number> {
  const memory = residentMb(api.pid);
  const { cost, ...load } = await withCost({ servers, api }, () => sendAt({ inFlight, seconds, ...of }));
  const rate = load.reports / load.seconds;
  print(
    of.what,
    `${rate.toFixed(0)} reports/s; answer p50 ${load.at(0.5)}, p99 ${load.at(0.99)}; ${saidOf(cost)}; API's memory ${memory} to ${residentMb(api.pid)} MB`,
  );
  return rate;
}

// The statement that appends, with pieces made before: two sessions, as there are two cores.
async function bareLimit(db: Db): Promise<number> {
  await db.raw(
    `create table bench_reports (like usage_reports including defaults including indexes including constraints)`,
  );
  const { rows } = await db.raw(`
    select array_agg(replica_id) as replicas, array_agg(workspace_id::text) as workspaces, array_agg(shard) as shards
    from (select replica_id, workspace_id, shard from replicas join workspaces on workspaces.id = workspace_id
      limit ${reportsAChunk}) as chosen`);
  const [{ replicas, workspaces, shards }] = rows;
  const append = () =>
    db.raw(
      `insert into bench_reports (received_at, hour, mask, replica_id, source_id, hours, phase, shard, workspace_id)
       select now(), date_trunc('hour', now()), 1, replica, 1, 1, 2, shard, workspace
       from unnest(?::int8[], ?::int2[], ?::text[]) as piece (replica, shard, workspace)`,
      [replicas, shards, workspaces],
    );
  const began = performance.now();
  let batches = 0;
  const session = async () => {
    while (performance.now() - began < seconds * 1000) {
      await append();
      batches++;
    }
  };
  await Promise.all([session(), session()]);
  const rate = (batches * reportsAChunk) / ((performance.now() - began) / 1000);
  await db.raw('drop table bench_reports');
  print('Postgres alone appends', `${rate.toFixed(0)} rows/s, a commit for each ${reportsAChunk}, in two sessions`);
  return rate;
}

type Loaded = { readonly url: string; readonly key: string; readonly fleet: Fleet; readonly sender: Sender };

// From the rate that is asked for (or BENCH_RATE) downwards, until what was reported is metered in time.
async function whatIsKeptUpWith(servers: BenchServers, api: RunningProcess, of: Loaded): Promise<void> {
  for (let rate = Number(process.env['BENCH_RATE'] ?? askedRate); rate >= 1_000; rate = Math.round(rate * 0.6)) {
    if (await isKeptUpWith(servers, api, { ...of, rate })) return;
  }
  print('metering', 'keeps up with none of these rates');
}

async function isKeptUpWith(
  servers: BenchServers,
  api: RunningProcess,
  { url, key, fleet, sender, rate }: Loaded & { readonly rate: number },
): Promise<boolean> {
  const worker = await startBeside(servers, { name: 'worker', entry: 'workers/main.js', env: { METRICS_PORT: '0' } });
  try {
    // What was left from before is none of its doing.
    const behind = async () => (await servers.db.raw(lagOf)).rows[0].seconds as number;
    while ((await behind()) > 1) await sleep(1000);
    const memory = residentMb(api.pid);
    const lags: number[] = [];
    let isOver = false;
    const watching = (async () => {
      while (!isOver) {
        await sleep(1000);
        lags.push(await behind());
      }
    })();
    const reading = await readBeside({ url, key, workspaces: fleet.workspaces, everyMs: readEveryMs });
    const load = await sendAt({ sender, inFlight, seconds: Math.max(seconds, 2 * metersWithinSeconds), rate });
    isOver = true;
    await watching;
    const read = await reading();
    const lag = Math.max(...lags.slice(lags.length / 2));
    const isKept = lag <= metersWithinSeconds && load.reports / load.seconds > 0.95 * rate;
    print(
      `${rate} reports/s with a worker`,
      `${isKept ? 'kept up' : 'not kept up'}: sent ${(load.reports / load.seconds).toFixed(0)}/s, metered within ${lag.toFixed(0)} s; answer p50 ${load.at(0.5)}, p99 ${load.at(0.99)}; reading p50 ${read.at(0.5)}, p99 ${read.at(0.99)} (asked: at most ${readingMsMax} ms) of ${read.count}; API's memory ${memory} to ${residentMb(api.pid)} MB`,
    );
    return isKept;
  } finally {
    await worker.stop();
  }
}

// Of what is not in a dashboard yet the oldest: not folded, or not rolled up.
const lagOf = `
  select greatest(0, extract(epoch from now() - least(
    (select min(received_at) from fold_cursors cross join lateral (
      select received_at from usage_reports
      where usage_reports.shard = fold_cursors.shard and is_unfolded(transaction_id, folded)
      order by transaction_id limit 1) as oldest),
    case when exists (select from dirty_hours) then (select min(succeeded_at) from metering_health where step = 'roll_up') end
  )))::float8 as seconds`;

function print(what: string, figures: string): void {
  console.log(`${what}: ${figures}`);
}
