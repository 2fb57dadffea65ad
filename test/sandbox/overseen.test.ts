import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { overseeChildren } from '../../sandbox/processes/overseen';
import { identify } from '../../sandbox/processes/process-identity';
import { startProcess } from '../../sandbox/processes/processes';
import { until } from '../harness/until';

let home: string;
let lines: string[];
let children: ReturnType<typeof overseeChildren>;

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'overseen-'));
  lines = [];
  children = overseeChildren(home, (line) => lines.push(line), 10);
});
afterEach(async () => {
  await children.stopAll();
  await rm(home, { recursive: true });
});

const logFile = () => path.join(home, 'part.log');
const run = (script: string) =>
  startProcess({
    name: 'part',
    role: 'server',
    command: '/bin/sh',
    args: ['-c', script],
    logFile: logFile(),
    onSpawn: children.add,
  });

async function recordedPids(): Promise<readonly number[]> {
  const text = await readFile(path.join(home, 'pids.json'), 'utf8');
  return (JSON.parse(text) as readonly { pid: number }[]).map(({ pid }) => pid);
}

test('a part that is killed is started again, and the record follows it', async () => {
  const first = await children.keepUp(() => run('exec sleep 100'));
  expect(await recordedPids()).toEqual([first.pid]);
  process.kill(first.pid, 'SIGKILL');
  await until('it was started again', async () => lines.length === 2);
  expect(lines).toEqual([
    `part ended by itself (SIGKILL); its log is ${logFile()}; it is started again in 0.01 s`,
    'part was started again',
  ]);
  const [pid = 0, ...others] = await recordedPids();
  expect(pid).not.toBe(first.pid);
  expect(others).toEqual([]);

  await children.stopAll();
  expect(identify(pid)).toBeUndefined();
  expect(existsSync(path.join(home, 'pids.json'))).toBe(false);
  expect(lines).toHaveLength(2);
});

test('a part that does not come up five times in a row is lost, and the error names its log', async () => {
  let starts = 0;
  await children.keepUp(async () => {
    const part = await run('exit 3');
    starts++;
    if (starts > 3) throw new Error('part ended (exit code 3) before it was ready:\nthe end of its log');
    return part;
  });
  await expect(children.lost).rejects.toThrow(
    `part did not come up (part ended (exit code 3) before it was ready), 5 times in a row; its log is ${logFile()}`,
  );
  expect(starts).toBe(6);
});

test('a part that waits to be started again does not hold up a stop', async () => {
  const slow = overseeChildren(home, (line) => lines.push(line), 10_000);
  await slow.keepUp(() => run('exit 0'));
  await until('it ended', async () => lines.length === 1);
  await slow.stopAll();
  expect(lines).toHaveLength(1);
});

test('one that fails at its first start is not tried again', async () => {
  await expect(children.keepUp(() => Promise.reject(new Error('no port')))).rejects.toThrow('no port');
  expect(lines).toEqual([]);
});
