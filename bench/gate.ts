// The gate of a workspace beside an empty select, and the list of gates with 100,000 guards of which 10,000 are listed, beside
// reading as many rows bare: statements on one warm connection each, then the same calls over HTTP.
import { createApiKey } from '../commands/create-key';
import type { Db } from '../db/connection/knex';
import { statement } from '../db/connection/statement';
import { listGates, readGate } from '../db/guard/gate';
import { withApi } from './api';
import { type BenchServers, withServers } from './servers';

const guards = Number(process.env['BENCH_GUARDS'] ?? 100_000);
const asked = 2000;
const listAsked = 30;

/** Prints the time of both, at the 50th and 99th percentile. */
export async function gate(): Promise<void> {
  await withServers(async (servers) => {
    const { db } = servers;
    console.log(
      `gate (asked: p99 at most 5 ms, warm): ${guards} guards, a twentieth suspended, a twentieth near its zero`,
    );
    await prepare(db);
    const nowMs = Date.now();
    const empty = statement('select 1 where false');
    print('an empty select', await timesOf(asked, () => empty(db)));
    print('gate, the statement', await timesOf(asked, (each) => readGate(db, { workspace: workspaceOf(each), nowMs })));
    const page = { after: '', limit: 1001, nowMs };
    const { tag } = await listGates(db, { ...page, knownTag: null });
    const bare = statement(`select workspace_id, zero_at from guards where zero_at is not null limit ${guards / 10}`);
    print('as many rows, bare', await timesOf(listAsked, () => bare(db)));
    print('list of gates, unchanged', await timesOf(listAsked, () => listGates(db, { ...page, knownTag: tag })));
    print('list of gates, a page', await timesOf(listAsked, () => listGates(db, { ...page, knownTag: null })));
    await overHttp(servers);
  });
}

async function overHttp(servers: BenchServers): Promise<void> {
  const key = await createApiKey(servers.db, { role: 'platform', name: 'bench' });
  await withApi(servers, async (base) => {
    const get = async (url: string, headers: Record<string, string> = {}) => {
      const response = await fetch(`${base}${url}`, { headers: { authorization: `Bearer ${key}`, ...headers } });
      await response.arrayBuffer();
      return response;
    };
    print('GET /health/live', await timesOf(asked, () => get('/health/live')));
    print('GET gate', await timesOf(asked, (each) => get(`/v1/workspaces/${workspaceOf(each)}/gate?model=m`)));
    const known = (await get('/v1/gates')).headers.get('etag') ?? '';
    print('GET /v1/gates, 304', await timesOf(listAsked, () => get('/v1/gates', { 'if-none-match': known })));
    print('GET /v1/gates, a page', await timesOf(listAsked, () => get('/v1/gates')));
  });
}

// Every fifth has a method on file, every tenth is listed: by turns suspended, and near its zero.
async function prepare(db: Db): Promise<void> {
  const all = `from generate_series(0, ${guards - 1}) as each`;
  const id = `'w' || lpad(each::text, 7, '0')`;
  for (const text of [
    `insert into workspaces (id, name, billing_email, starts_at, created_at)
      select ${id}, 'Bench', 'a@b.example', '2026-01-01T00:00Z', '2026-01-01T00:00Z' ${all}`,
    `insert into workspace_terms select ${id}, tstzrange('2026-01-01T00:00Z', null),
      '{"plan": "p", "collection": "charge"}' ${all} where each % 3 = 0`,
    `insert into payment_methods (workspace_id, method, type, last4, added_at, updated_at)
      select ${id}, 'pm_' || each, 'card', '4242', now(), now() ${all} where each % 5 = 1`,
    `insert into guards (workspace_id, shard, started_at, judged_at, zero_at)
      select ${id}, 0, now(), now(), case when each % 20 = 10 then now() + interval '30 minutes' + each * interval '0.1 second'
        when each % 20 > 10 then now() + interval '3 days' end ${all}`,
    `insert into suspensions (workspace_id, number, reason, scope, began_at, ended_at, ended_because)
      select ${id}, number, 'credits', 'models', now(), case when number = 1 then now() end, case when number = 1 then 'x' end
      ${all}, generate_series(1, 2) as number where each % 20 = 0`,
    'vacuum analyze',
  ]) {
    await db.raw(text);
  }
}

function workspaceOf(each: number): string {
  return `w${String((each * 7919) % guards).padStart(7, '0')}`;
}

async function timesOf(count: number, call: (each: number) => Promise<unknown>): Promise<readonly number[]> {
  const warm = Math.ceil(count / 10);
  const times: number[] = [];
  for (let each = 0; each < count + warm; each++) {
    const began = performance.now();
    await call(each);
    times.push(performance.now() - began);
  }
  return times.slice(warm).sort((one, other) => one - other);
}

function print(what: string, times: readonly number[]): void {
  const at = (share: number) => `${(times[Math.floor(times.length * share)] ?? 0).toFixed(2)} ms`;
  console.log(`${what}: p50 ${at(0.5)}, p99 ${at(0.99)} of ${times.length}`);
}
