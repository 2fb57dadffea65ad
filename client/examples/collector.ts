// An example to start from: looks at a platform's list of replicas each minute, and reports what ran since it last looked. What
// it is about to report is on disk before it is sent, so it may be killed at any moment: it goes on from there, without a gap
// and without anything twice. In a project of your own the two imports below are 'minutebook-client'.
//
//   MINUTEBOOK_URL, MINUTEBOOK_KEY   where reports go, with a platform key
//   PLATFORM_URL                     GET /models lists {items: [{workspace, model, replicas: [{replica, version, …, phase}]}]}
//   COLLECTOR_STATE                  its file (collector.json); reports that were refused are beside it (….refused)
//   COLLECTOR_SOURCE                 the name that it reports under (collector)
//   COLLECTOR_EVERY_SECONDS          60

import { appendFile, open, readFile, rename } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UsageReport } from '../../contract/usage';
import { type Batcher, createBatcher } from '../batcher';
import { createClient } from '../http';

type Replica = Omit<UsageReport, 'from' | 'to'>;

/** What was running at an instant, and everything before it is reported. */
type Look = { readonly at: string; readonly replicas: readonly Replica[] };

/** The last look whose reports are stored; and the next, with its reports, while they are sent. */
type State = { readonly last: Look; readonly next?: Look & { readonly reports: readonly UsageReport[] } };

const stateFile = process.env['COLLECTOR_STATE'] ?? 'collector.json';
const everyMs = Number(process.env['COLLECTOR_EVERY_SECONDS'] ?? 60) * 1000;
const spanMsMax = 31 * 24 * 3600 * 1000;

async function main(): Promise<void> {
  const batcher = createBatcher({
    client: createClient({ url: setting('MINUTEBOOK_URL'), key: setting('MINUTEBOOK_KEY') }),
    source: process.env['COLLECTOR_SOURCE'] ?? 'collector',
    onRefused: async (refused) => {
      await appendFile(`${stateFile}.refused`, refused.map((each) => `${JSON.stringify(each)}\n`).join(''));
      say(`${refused.length} reports were refused: ${stateFile}.refused has them`);
    },
    onRetry: ({ message }, waitMs) => say(`${message}; tried again in ${waitMs} ms`),
  });
  let state = (await readState()) ?? { last: await look() };
  for (;;) {
    await writeState(state);
    if (state.next !== undefined) state = { last: await send(batcher, state.next) };
    else {
      await sleep(everyMs - (Date.now() % everyMs));
      state = await watched(state.last);
    }
  }
}

// A platform that does not answer is asked again: the next look tells of all the time since the last one.
async function watched(last: Look): Promise<State> {
  try {
    const next = await look();
    if (next.at <= last.at) return { last };
    return { last, next: { ...next, reports: reportsBetween(last, next) } };
  } catch (error) {
    say(`the platform does not answer: ${error instanceof Error ? error.message : String(error)}`);
    return { last };
  }
}

// Who runs at both ends ran all the time, in the phase in which it was seen first. Who is new counts from when it was seen; who
// is gone until it was. A platform that knows when a replica began and ended says better.
function reportsBetween(last: Look, next: Look): readonly UsageReport[] {
  const running = new Set(next.replicas.map(nameOf));
  return last.replicas
    .filter((replica) => running.has(nameOf(replica)))
    .flatMap((replica) => cut(replica, last.at, next.at));
}

// A report spans at most 31 days; whoever was away for longer sends several.
function cut(replica: Replica, from: string, to: string): readonly UsageReport[] {
  const endMs = Math.min(Date.parse(from) + spanMsMax, Date.parse(to));
  const end = new Date(endMs).toISOString();
  return [{ ...replica, from, to: end }, ...(end < to ? cut(replica, end, to) : [])];
}

async function send(
  batcher: Batcher,
  { reports, ...look }: Look & { readonly reports: readonly UsageReport[] },
): Promise<Look> {
  for (const report of reports) await batcher.add(report);
  const said = batcher.completeThrough(look.at);
  await batcher.flush();
  await said;
  say(`${reports.length} reports through ${look.at}`);
  return look;
}

type Listed = {
  readonly items: readonly (Pick<Replica, 'workspace' | 'model'> & { readonly replicas: readonly Replica[] })[];
};

async function look(): Promise<Look> {
  // What is listed ran a moment after this.
  const at = new Date().toISOString();
  const response = await fetch(`${setting('PLATFORM_URL')}/models`, { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`GET /models was answered ${response.status}`);
  const { items } = (await response.json()) as Listed;
  const replicas = items.flatMap(({ workspace, model, replicas }) =>
    replicas.map(({ replica, version, instanceType, phase }) => {
      return { workspace, model, version, replica, instanceType, phase };
    }),
  );
  return { at, replicas };
}

function nameOf({ workspace, model, version, replica, instanceType }: Replica): string {
  return JSON.stringify([workspace, model, version, replica, instanceType]);
}

async function readState(): Promise<State | undefined> {
  try {
    return JSON.parse(await readFile(stateFile, 'utf8')) as State;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

// Whole or not at all, whenever the machine stops.
async function writeState(state: State): Promise<void> {
  const file = await open(`${stateFile}.new`, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(state));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${stateFile}.new`, stateFile);
}

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value.replace(/\/$/, '');
}

function say(line: string): void {
  console.log(`${new Date().toISOString()} ${line}`);
}

// What is under way is on disk: there is nothing to wait for.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(0));

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
