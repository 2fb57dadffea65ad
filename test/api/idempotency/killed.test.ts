// Processes of the API that are killed while they answer a call with an Idempotency-Key: another answers it, and it is done once.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createApiKey } from '../../../commands/create-key';
import type { Trx } from '../../../db/connection/knex';
import { freePort } from '../../../sandbox/ports';
import { testSeller } from '../../harness/config';
import { createTestDatabase, type TestDatabase } from '../../harness/database';
import { until } from '../../harness/until';
import { createWorkspace } from '../../harness/workspace';

const program = path.resolve(__dirname, '../../../dist/api/main.js');

type Process = { readonly url: string; readonly child: ChildProcess };

let database: TestDatabase;
let key: string;
let doomed: readonly Process[];
let other: Process;
const children: ChildProcess[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  key = await createApiKey(database.db, { role: 'admin', name: 'tests' });
  await createWorkspace(database.db, { id: 'acme', nowMs: Date.now() });
  doomed = [await start(), await start()];
  other = await start();
}, 120_000);
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await database.drop();
});
afterEach(() => database.db('idempotent_calls').delete());

async function start(): Promise<Process> {
  const port = await freePort();
  const env = { ...process.env, DATABASE_URL: database.url, TEMPORAL_ADDRESS: '127.0.0.1:1', API_PORT: String(port) };
  const child = spawn(process.execPath, [program], { env: { ...env, ...testSeller }, stdio: 'ignore' });
  children.push(child);
  const url = `http://127.0.0.1:${port}`;
  await until('the API answers', () =>
    fetch(`${url}/health/live`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return { url, child };
}

function grant({ url }: Process, name: string): Promise<Response> {
  const body = JSON.stringify({ key: name, amount: '5', kind: 'promotional', validFrom: '2025-01-01T00:00:00Z' });
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': name };
  return fetch(`${url}/v1/workspaces/acme/grants`, { method: 'POST', headers, body });
}

async function kill({ child }: Process): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const given = async (name: string) => (await database.db('credit_grants').where({ key: name })).length;
const isBegun = async () => (await database.db('idempotent_calls')).length === 1;
const hold = async (lock: string): Promise<Trx> => {
  const trx = await database.db.transaction();
  await trx.raw(lock);
  return trx;
};
const isWaiting = async (count: number) => {
  const { rows } = await database.db.raw(`select count(*)::int as waiting from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`);
  return rows[0].waiting === count;
};
// What waits for a lock goes with its process, as it does where it was not sent yet.
const cutOff = () =>
  database.db.raw(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`);
// As half a minute later.
const endLease = () => database.db.raw(`update idempotent_calls set leased_until = now() - interval '1 second'`);

test('before anything was done: it is done by whoever is asked next, once the lease is over', async () => {
  const [process = other] = doomed;
  const workspace = await hold(`select from workspaces where id = 'acme' for update`);
  const lost = grant(process, 'one').catch(() => 'no answer');
  await until('the call waits', async () => (await isBegun()) && (await isWaiting(1)));
  await kill(process);
  expect(await lost).toBe('no answer');
  await cutOff();
  await workspace.rollback();
  const early = await grant(other, 'one');
  expect([early.status, early.headers.get('retry-after'), await given('one')]).toEqual([409, '1', 0]);
  await endLease();
  expect((await grant(other, 'one')).status).toBe(201);
  const again = await grant(other, 'one');
  expect([again.status, again.headers.get('idempotency-replayed'), await given('one')]).toEqual([201, 'true', 1]);
}, 60_000);

test('after it was done and before its answer was kept: the key of the business finds what was done', async () => {
  const [, process = other] = doomed;
  const workspace = await hold(`select from workspaces where id = 'acme' for update`);
  const lost = grant(process, 'two').catch(() => 'no answer');
  await until('the call waits', async () => (await isBegun()) && (await isWaiting(1)));
  const answer = await hold('select from idempotent_calls for update');
  await workspace.rollback();
  await until('it is done', async () => (await given('two')) === 1 && (await isWaiting(1)));
  await kill(process);
  expect(await lost).toBe('no answer');
  await cutOff();
  await answer.rollback();
  await endLease();
  const again = await grant(other, 'two');
  const found = expect.objectContaining({ key: 'two' });
  expect([again.status, await again.json(), await given('two')]).toEqual([200, found, 1]);
}, 60_000);
