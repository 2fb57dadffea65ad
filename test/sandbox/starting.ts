// The start command as a test runs it: what `npm run build` made, in a home of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { readSandboxFile, type SandboxFile } from '../../runtime/sandbox-file';
import type { ProcessIdentity } from '../../sandbox/processes/process-identity';
import { testServers } from '../harness/environment';
import { until } from '../harness/until';

export const startCommand = path.resolve(__dirname, '..', '..', 'dist', 'scripts', 'start.js');
const readyWithinMs = 60_000;

/** How long a test file waits at the most for another to be through with the default ports. */
export const turnWithinMs = 480_000;

/**
 * Takes turns with the other test files that run the start command, which run beside this one: whoever is down for a
 * moment would otherwise find that another has taken its ports. Or at something else that there is once. Answers what gives the
 * turn back.
 */
export async function takeTurn(at = 'default ports'): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: testServers().databaseUrl });
  await client.connect();
  await client.query('select pg_advisory_lock(hashtext($1))', [at]);
  return () => client.end();
}

export type Start = { readonly home: string; readonly child: ChildProcess; readonly output: () => string };

export async function makeHome(): Promise<string> {
  const home = await mkdtemp(path.join(tmpdir(), 'minutebook-start-'));
  // As a home in a checkout is; root hands the part below to PostgreSQL's account.
  await chmod(home, 0o755);
  return home;
}

export function start(home: string, ...args: readonly string[]): Start {
  const unset = { API_PORT: '', DATABASE_URL: '', TEMPORAL_ADDRESS: '', STRIPE_SECRET_KEY: '' };
  const env = { ...process.env, ...unset, MINUTEBOOK_HOME: home };
  const child = spawn(process.execPath, [startCommand, ...args], { env });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  }
  return { home, child, output: () => text };
}

export async function ready({ home, child, output }: Start): Promise<SandboxFile> {
  const saysSo = async () => {
    if (child.exitCode !== null) throw new Error(`it ended:\n${output()}`);
    return output().includes('Minutebook is ready');
  };
  await until('the start command says that it is ready', saysSo, readyWithinMs);
  const file = readSandboxFile(home);
  if (file === undefined) throw new Error(`no sandbox.json in ${home}`);
  return file;
}

export async function endOf({ child }: Start): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

/** The processes that the start command has written down. */
export async function recorded(home: string): Promise<readonly (ProcessIdentity & { readonly name: string })[]> {
  return JSON.parse(await readFile(path.join(home, 'pids.json'), 'utf8'));
}
