// The start command itself, as somebody runs it: with real servers, stopped and killed. It runs what `npm run build` made.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { identify, isAlive } from '../../sandbox/process-identity';
import type { SandboxFile } from '../../sandbox/sandbox-file';
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

test('it starts, stops without leaving a process behind, and goes on with the same data and keys', async () => {
  const first = start('--empty');
  const file = await ready(first);
  expect((await fetch(`${file.api}/health/ready`)).status).toBe(200);
  expect((await fetch(`${file.temporalUi}`)).status).toBe(200);
  expect(file.platform).toBeNull();
  expect(await workspacesAnswer(file, file.keys.admin)).toBe(200);
  expect(await workspacesAnswer(file, 'mb_admin_of-somebody-else')).toBe(401);
  expect((await stat(path.join(home, 'sandbox.json'))).mode & 0o777).toBe(0o600);

  const children = (await recorded(home)).filter(({ name }) => name !== 'initdb');
  expect(children.map(({ name }) => name).sort()).toEqual(['PostgreSQL', 'Temporal dev server', 'api', 'worker']);
  expect(children.every(isAlive)).toBe(true);
  first.child.kill('SIGINT');
  expect(await endOf(first)).toBe(0);
  expect(children.filter(isAlive)).toEqual([]);

  const again = await ready(start('--empty'));
  expect(again).toEqual(file);
  expect(await workspacesAnswer(again, again.keys.platform)).toBe(200);
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
    const addresses = ({ api, temporalAddress, temporalUi, databaseUrl }: SandboxFile) =>
      [api, temporalAddress, temporalUi, databaseUrl].map((address) => /:(\d+)(?:\/\w*)?$/.exec(address ?? '')?.[1]);
    expect(addresses(file).filter((port) => addresses(first).includes(port))).toEqual([]);
    other.child.kill('SIGINT');
    await endOf(other);
  } finally {
    await rm(otherHome, { recursive: true, force: true });
  }
}, 120_000);

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
  const child = spawn(process.execPath, [startCommand], {
    env: { ...process.env, MINUTEBOOK_HOME: home, DATABASE_URL: 'mysql://here', METERING_PARALLEL: 'many' },
  });
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(1);
  expect(text).toMatch('DATABASE_URL must be an address that begins with postgres://');
  expect(text).toMatch('METERING_PARALLEL must be a whole number from 1 to 64; got "many"');
});
