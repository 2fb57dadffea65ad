// The start command itself, as somebody runs it: with real servers, stopped and killed. It runs what `npm run build` made.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';
import type { SandboxFile } from '../../runtime/sandbox-file';
import { identify, isAlive } from '../../sandbox/processes/process-identity';
import { until } from '../harness/until';
import {
  endOf,
  makeHome,
  ready,
  recorded,
  type Start,
  startCommand,
  start as startIn,
  takeTurn,
  turnWithinMs,
} from './starting';

let home: string;
const starts: Start[] = [];

let endTurn: () => Promise<void>;
beforeAll(async () => {
  endTurn = await takeTurn();
}, turnWithinMs);
afterAll(() => endTurn());

beforeEach(async () => {
  home = await makeHome();
});

afterEach(async () => {
  for (const started of starts.splice(0)) {
    started.child.kill('SIGTERM');
    await endOf(started);
  }
  await rm(home, { recursive: true, force: true });
});

function start(...args: readonly string[]): Start {
  const started = startIn(home, ...args);
  starts.push(started);
  return started;
}

async function workspacesAnswer(file: SandboxFile, key: string): Promise<number> {
  const response = await fetch(`${file.api}/v1/workspaces`, { headers: { authorization: `Bearer ${key}` } });
  return response.status;
}

async function webhooksOf({ stripe }: SandboxFile): Promise<readonly string[]> {
  const headers = { authorization: `Bearer ${stripe?.secretKey}` };
  const response = await fetch(`${stripe?.url}/v1/webhook_endpoints`, { headers });
  const { data } = (await response.json()) as { data: readonly { readonly url: string }[] };
  return data.map(({ url }) => url);
}

test('it starts, stops without leaving a process behind, and goes on with the same data and keys', async () => {
  const first = start('--empty');
  const file = await ready(first);
  expect((await fetch(`${file.api}/health/ready`)).status).toBe(200);
  expect((await fetch(`${file.temporalUi}`)).status).toBe(200);
  expect(await (await fetch(`${file.mail}/messages`)).json()).toEqual({ items: [] });
  expect(await (await fetch(`${file.api}/health/mail`)).json()).toEqual({ status: 'ok', waiting: [] });
  expect(await webhooksOf(file)).toEqual([`${file.api}/v1/stripe/webhook`]);
  expect(file.platform).toBeNull();
  expect(await workspacesAnswer(file, file.keys.admin)).toBe(200);
  expect(await workspacesAnswer(file, 'mb_admin_of-somebody-else')).toBe(401);
  expect((await stat(path.join(home, 'sandbox.json'))).mode & 0o777).toBe(0o600);

  const children = (await recorded(home)).filter(({ name }) => name !== 'initdb');
  expect(children.map(({ name }) => name).sort()).toEqual([
    'PostgreSQL',
    'Temporal dev server',
    'api',
    'mail',
    'stripe',
    'worker',
  ]);
  expect(children.every(isAlive)).toBe(true);
  first.child.kill('SIGINT');
  expect(await endOf(first)).toBe(0);
  expect(children.filter(isAlive)).toEqual([]);

  const again = await ready(start('--empty'));
  expect(again).toEqual(file);
  expect(await workspacesAnswer(again, again.keys.platform)).toBe(200);
  expect(await webhooksOf(again)).toEqual([`${file.api}/v1/stripe/webhook`]);
}, 120_000);

test('after a kill the next start works, and until then a second one is refused', async () => {
  const first = start('--empty');
  const file = await ready(first);
  const second = start('--empty', '--fresh');
  expect(await endOf(second)).toBe(1);
  expect(second.output()).toMatch(`running in ${home} already (process ${first.child.pid})`);
  expect((await fetch(`${file.api}/health/ready`)).status).toBe(200);

  const children = await recorded(home);
  first.child.kill('SIGKILL');
  await endOf(first);
  const next = await ready(start('--empty'));
  expect(children.filter(isAlive)).toEqual([]);
  expect(next.keys).toEqual(file.keys);
}, 120_000);

test('what another program listens on is left alone', async () => {
  const first = await ready(start('--empty'));
  const otherHome = await makeHome();
  try {
    const other = startIn(otherHome, '--empty');
    starts.push(other);
    const file = await ready(other);
    const addresses = ({ api, temporalAddress, temporalUi, databaseUrl, mail, stripe }: SandboxFile) =>
      [api, temporalAddress, temporalUi, databaseUrl, mail, stripe?.url].map(
        (address) => /:(\d+)(?:\/\w*)?$/.exec(address ?? '')?.[1],
      );
    expect(addresses(file).filter((port) => addresses(first).includes(port))).toEqual([]);
    other.child.kill('SIGINT');
    await endOf(other);
  } finally {
    await rm(otherHome, { recursive: true, force: true });
  }
}, 120_000);

test('nobody else can read what lies in the home, and the welcome tells no password', async () => {
  // As earlier versions left it.
  await mkdir(path.join(home, 'platform'));
  await writeFile(path.join(home, 'platform', 'state.json.new'), '{}');
  await chmod(path.join(home, 'platform', 'state.json.new'), 0o644);
  await chmod(path.join(home, 'platform'), 0o755);

  const started = start();
  const file = await ready(started);
  expect(await openToOthers(home)).toEqual([]);
  const { username, password, port } = new URL(file.databaseUrl);
  expect(username).toBe('minutebook_owner');
  expect(started.output()).toContain(`postgres://127.0.0.1:${port}/minutebook`);
  expect(started.output()).not.toContain(password);

  const client = new Client({ connectionString: file.databaseUrl });
  await client.connect();
  const { rows } = await client.query('select rolsuper from pg_roles where rolname = current_user');
  const { rows: programs } = await client.query(`
    select distinct application_name as program, usename as role from pg_stat_activity
    where application_name in ('minutebook-api', 'minutebook-worker') order by 1`);
  await client.end();
  expect(rows).toEqual([{ rolsuper: false }]);
  expect(programs).toEqual([
    { program: 'minutebook-api', role: 'minutebook_api' },
    { program: 'minutebook-worker', role: 'minutebook_worker' },
  ]);
}, 120_000);

/** What lies below a directory and is not closed to others, but for the inside of what PostgreSQL closes by itself. */
async function openToOthers(directory: string): Promise<readonly string[]> {
  const open: string[] = [];
  for (const name of await readdir(directory)) {
    const entry = path.join(directory, name);
    const { mode, isDirectory } = await stat(entry).then((found) => ({
      mode: found.mode,
      isDirectory: found.isDirectory(),
    }));
    if ((mode & 0o077) !== 0) open.push(`${entry} ${(mode & 0o777).toString(8)}`);
    if (isDirectory && name !== 'data') open.push(...(await openToOthers(entry)));
  }
  return open;
}

test('a stop in the middle of a start leaves nothing behind', async () => {
  const started = start('--empty');
  await until('the first server runs', async () => (await recorded(home).catch(() => [])).length > 0);
  const children = await recorded(home);
  started.child.kill('SIGTERM');
  expect(await endOf(started)).toBe(0);
  expect(children.filter(isAlive)).toEqual([]);
  expect(identify(started.child.pid ?? 0)).toBeUndefined();
}, 60_000);

test('wrong settings are listed together before anything is started', async () => {
  const { code, text } = await refused({ DATABASE_URL: 'mysql://here', METERING_PARALLEL: 'many', SELLER_NAME: 'Me' });
  expect(code).toBe(1);
  expect(text).toMatch('DATABASE_URL must be an address that begins with postgres://');
  expect(text).toMatch('METERING_PARALLEL must be a whole number from 1 to 64; got "many"');
  expect(text).toMatch('SELLER_ADDRESS is not set');
});

// Root is refused in few places: in the file systems of the kernel, and below what is no directory.
test.each([
  ['in /proc', () => '/proc/nope'],
  ['/proc itself', () => '/proc'],
  ['in /sys', () => '/sys/nope/deeper'],
  ['a file', () => startCommand],
  ['below a file', () => path.join(startCommand, 'deeper', 'still')],
])(
  'a home that cannot be written, %s, is said in one line at once',
  async (_, where) => {
    const { code, text } = await refused({ MINUTEBOOK_HOME: where() });
    expect(code).toBe(1);
    const [sentence = '', ...rest] = text.split('\n');
    expect(sentence).toMatch(`Minutebook expects a directory that it can write its data into; ${where()} is none (`);
    expect(sentence).toMatch(/\. Set MINUTEBOOK_HOME to one that is\.$/);
    expect(rest).toEqual(['']);
  },
  10_000,
);

/** A start that is refused; what it says. */
async function refused(env: NodeJS.ProcessEnv): Promise<{ readonly code: number; readonly text: string }> {
  const child = spawn(process.execPath, [startCommand], { env: { ...process.env, MINUTEBOOK_HOME: home, ...env } });
  // One that hangs in a system call hears of no other signal.
  const timer = setTimeout(() => child.kill('SIGKILL'), 9_000);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  }
  const [code] = await once(child, 'close');
  clearTimeout(timer);
  return { code, text };
}
