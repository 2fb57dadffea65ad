// The example collector as a process that is killed again and again, between a platform and an intake of the test's.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UsageReport } from '../../../contract/usage';
import { until } from '../../harness/until';
import { type Intake, startIntake } from '../intake';

const program = path.resolve(__dirname, '..', '..', '..', 'dist', 'client', 'examples', 'collector.js');
const everyMs = 60;

let directory: string;
let intake: Intake;
let platform: Server;
let running: readonly string[];
let isPlatformAway: boolean;
let collector: ChildProcess | undefined;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'minutebook-collector-'));
  intake = await startIntake();
  running = ['steady-1', 'steady-2'];
  isPlatformAway = false;
  platform = createServer((_, response) => {
    if (isPlatformAway) return void response.destroy();
    const replicas = running.map((replica) => ({
      replica,
      version: 'v1',
      instanceType: 'T4x1',
      phase: 'serving',
      more: 1,
    }));
    response.end(JSON.stringify({ items: [{ workspace: 'acme', model: 'chat', state: 'active', replicas }] }));
  });
  await new Promise<void>((resolve) => platform.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await kill();
  await intake.close();
  await new Promise((resolve) => platform.close(resolve));
  await rm(directory, { recursive: true, force: true });
});

function start(): void {
  collector = spawn(process.execPath, [program], {
    stdio: 'ignore',
    env: {
      ...process.env,
      MINUTEBOOK_URL: intake.url,
      MINUTEBOOK_KEY: 'k',
      PLATFORM_URL: `http://127.0.0.1:${(platform.address() as AddressInfo).port}`,
      COLLECTOR_STATE: path.join(directory, 'state.json'),
      COLLECTOR_EVERY_SECONDS: String(everyMs / 1000),
    },
  });
}

async function kill(): Promise<void> {
  const dying = collector;
  collector = undefined;
  if (dying === undefined || dying.exitCode !== null) return;
  const dead = new Promise((resolve) => dying.once('exit', resolve));
  dying.kill('SIGKILL');
  await dead;
}

// Each report once, though it may have been sent again; in the order of their time.
function reportsOf(replica: string): readonly UsageReport[] {
  const all = intake.batches.flatMap(({ reports }) => reports as readonly UsageReport[]);
  const distinct = new Map(all.filter((each) => each.replica === replica).map((each) => [JSON.stringify(each), each]));
  return [...distinct.values()].sort((one, other) => one.from.localeCompare(other.from));
}

const untilMarks = (count: number) => until(`${count} marks`, async () => intake.marks.length >= count);

test('killed at any moment, it reports every instant of a replica once', async () => {
  for (let round = 0; round < 12; round++) {
    start();
    const marks = intake.marks.length;
    await untilMarks(marks + 2);
    // Between a look, the state's two writings, a batch and its mark: wherever that falls.
    await sleep((everyMs * (round % 6)) / 6);
    await kill();
  }
  start();
  await untilMarks(intake.marks.length + 2);
  for (const replica of ['steady-1', 'steady-2']) {
    const reports = reportsOf(replica);
    expect(reports.length).toBeGreaterThan(10);
    for (const [at, report] of reports.entries()) {
      const before = reports[at - 1];
      if (before !== undefined) expect(report.from).toBe(before.to);
    }
    expect(reports.at(-1)?.to.localeCompare(intake.marks.at(-1) ?? '')).toBeGreaterThanOrEqual(0);
  }
  expect(intake.marks).toEqual([...intake.marks].sort());
});

test('a batch that was stored before the kill is sent again as it was', async () => {
  start();
  await untilMarks(2);
  intake.happenings = ['cut after'];
  const sent = intake.batches.length;
  await until('it is stored, and nobody knows', async () => intake.batches.length > sent);
  await kill();
  const state = JSON.parse(await readFile(path.join(directory, 'state.json'), 'utf8'));
  const lost = intake.batches.at(-1);
  if ((lost?.reports.length ?? 0) > 0) expect(state.next.reports).toEqual(lost?.reports);
  start();
  await until('it goes on', async () => intake.batches.length > sent + 3);
  const reports = reportsOf('steady-1');
  for (const [at, report] of reports.entries()) if (at > 0) expect(report.from).toBe(reports[at - 1]?.to);
});

test('a replica counts from when it is seen until it was seen last, also past a platform that does not answer', async () => {
  start();
  await untilMarks(1);
  running = ['steady-1', 'new-1'];
  const marks = intake.marks.length;
  await untilMarks(marks + 3);
  isPlatformAway = true;
  await sleep(3 * everyMs);
  const [away] = intake.marks.slice(-1);
  isPlatformAway = false;
  await untilMarks(intake.marks.length + 2);
  expect(reportsOf('steady-2').length).toBeGreaterThan(0);
  expect(
    reportsOf('steady-2')
      .at(-1)
      ?.to.localeCompare(away ?? ''),
  ).toBeLessThan(0);
  const whole = reportsOf('new-1');
  for (const [at, report] of whole.entries()) if (at > 0) expect(report.from).toBe(whole[at - 1]?.to);
  expect(whole.at(-1)?.to.localeCompare(away ?? '')).toBeGreaterThan(0);
});
