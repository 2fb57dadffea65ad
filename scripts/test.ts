// The test command: starts the real servers once, runs jest against them, and stops them.
//
// `--serve` starts only the servers and stays: `npx jest path` then finds them by .minutebook/test-servers.json.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openHome } from '../sandbox/home';
import { projectDirectory } from '../sandbox/places';
import { freePort } from '../sandbox/ports';
import { answers, startPostgres } from '../sandbox/postgres/postgres';
import { writePrivateFile } from '../sandbox/private-file';
import { startTemporalDev } from '../sandbox/temporal/temporal';
import { locateTemporal } from '../sandbox/temporal/temporal-programs';

const servedFile = path.join(projectDirectory, '.minutebook', 'test-servers.json');

type TestServers = { readonly env: Readonly<Record<string, string>>; stop(): Promise<void> };

async function main(args: readonly string[]): Promise<number> {
  const serve = args.includes('--serve');
  if (serve && (await alreadyServed())) return 0;
  const work = await mkdtemp(path.join(tmpdir(), 'minutebook-test-'));
  // Open, because root runs Postgres under another account; what is private inside is closed by itself.
  await chmod(work, 0o755);
  const stopAsked = signalled();
  try {
    const servers = await startServers(work);
    try {
      return serve ? await serveUntil(stopAsked, servers) : await runJest(args, servers, stopAsked);
    } finally {
      await servers.stop();
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function startServers(work: string): Promise<TestServers> {
  const began = Date.now();
  const logFile = (name: string) => path.join(work, 'logs', `${name}.log`);
  const startingPostgres = freePort()
    .then((port) => startPostgres({ directory: path.join(work, 'pg'), port, logFile: logFile('pg'), durable: false }))
    .then(done('PostgreSQL'));
  const startingTemporal = locateTemporal('temporal', say)
    .then(async (program) => startTemporalDev({ program, port: await freePort(), logFile: logFile('temporal') }))
    .then(done('Temporal dev server'));
  // Each test file that needs months starts one of its own: a clock that skips cannot be shared.
  const findingTimeSkipping = locateTemporal('temporal-test-server', say).then(done('time-skipping server found'));

  const stop = async () => {
    const started = await Promise.allSettled([startingPostgres, startingTemporal]);
    await Promise.all(started.map((server) => (server.status === 'fulfilled' ? server.value.stop() : undefined)));
  };
  try {
    const env = {
      MINUTEBOOK_TEST_DATABASE_URL: (await startingPostgres).url,
      MINUTEBOOK_TEST_TEMPORAL_ADDRESS: (await startingTemporal).address,
      MINUTEBOOK_TEST_TIME_SKIPPING_BINARY: await findingTimeSkipping,
    };
    say(`servers are up after ${seconds(began)}`);
    return { env, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function runJest(args: readonly string[], servers: TestServers, stopAsked: Promise<void>): Promise<number> {
  const jest = path.join(projectDirectory, 'node_modules', 'jest', 'bin', 'jest.js');
  const child = spawn(process.execPath, [jest, '--ci', ...args], {
    cwd: projectDirectory,
    env: { ...process.env, ...servers.env, ...(await bundleEnvironment()), TZ: 'UTC' },
    stdio: 'inherit',
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
  void stopAsked.then(() => child.kill('SIGTERM'));
  return ended;
}

// Bundled once here instead of once a test file: 2 to 4 s of both cores each.
async function bundleEnvironment(): Promise<Record<string, string>> {
  const entry = path.join(projectDirectory, 'dist', 'workflow-bundle.js');
  return existsSync(entry) ? { MINUTEBOOK_TEST_WORKFLOW_BUNDLE: entry } : {};
}

async function serveUntil(stopAsked: Promise<void>, servers: TestServers): Promise<number> {
  openHome(path.dirname(servedFile));
  writePrivateFile(servedFile, `${JSON.stringify(servers.env, null, 2)}\n`);
  say(`addresses are in ${servedFile}; Ctrl-C stops\n${JSON.stringify(servers.env, null, 2)}`);
  const stayAwake = setInterval(() => undefined, 60_000);
  await stopAsked;
  clearInterval(stayAwake);
  await rm(servedFile, { force: true });
  return 0;
}

async function alreadyServed(): Promise<boolean> {
  const text = await readFile(servedFile, 'utf8').catch(() => '{}');
  const { MINUTEBOOK_TEST_DATABASE_URL: url } = JSON.parse(text) as Record<string, string | undefined>;
  if (url === undefined || !(await answers(url))) return false;
  say(`servers are running already; their addresses are in ${servedFile}`);
  return true;
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}

function done<T>(name: string): (value: T) => T {
  const began = Date.now();
  return (value) => {
    say(`${name}: ${seconds(began)}`);
    return value;
  };
}

function seconds(began: number): string {
  return `${((Date.now() - began) / 1000).toFixed(1)} s`;
}

function say(line: string): void {
  console.log(`test: ${line}`);
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
