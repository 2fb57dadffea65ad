// Child processes of the sandbox: each writes to a log file of its own and is stopped with everything it started.
//
// Every child leads its own process group. A terminal sends Ctrl-C to the whole foreground group; were the servers in
// it, they would be gone before the worker that is still finishing its work on them.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';

/** A server of others (stopped last), a program of ours (stopped first), or a step that ends by itself. */
export type ProcessRole = 'server' | 'program' | 'step';

export type ProcessOptions = {
  readonly name: string;
  readonly role: ProcessRole;
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly user?: { readonly uid: number; readonly gid: number };
  /** A channel that closes when we die, however we die (end-with-parent.ts listens to it). */
  readonly channel?: boolean;
  readonly stopSignal?: NodeJS.Signals;
  readonly stopWithinMs?: number;
  readonly onSpawn?: OnSpawn | undefined;
};

/** Told of a child as soon as it runs, long before it is ready: whoever stops things must know of it by then. */
export type OnSpawn = (child: RunningProcess) => void;

export type RunningProcess = {
  readonly name: string;
  readonly role: ProcessRole;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves with what ended it; never rejects. */
  readonly exited: Promise<string>;
  readonly isRunning: () => boolean;
  stop(): Promise<void>;
};

const logBytesMax = 20 * 1024 * 1024;
const running = new Map<ChildProcess, NodeJS.Signals>();

export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const log = openLog(options.logFile);
  const child = spawn(options.command, [...options.args], {
    cwd: options.cwd,
    env: options.env ?? process.env,
    detached: true,
    stdio: options.channel ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
    ...options.user,
  });
  closeSync(log);
  const exited = whenGone(child);
  if (child.pid === undefined) throw new Error(`${options.name} did not start: ${await exited}`);
  if (running.size === 0 && !process.listeners('exit').includes(killRest)) process.once('exit', killRest);
  const stopSignal = options.stopSignal ?? 'SIGTERM';
  running.set(child, stopSignal);
  void exited.then(() => running.delete(child));
  const started: RunningProcess = {
    name: options.name,
    role: options.role,
    pid: child.pid,
    logFile: options.logFile,
    exited,
    isRunning: () => running.has(child),
    stop: () => stopChild(child, exited, stopSignal, options.stopWithinMs ?? 15_000),
  };
  options.onSpawn?.(started);
  return started;
}

/** The end of a log, to show with the error of the process that wrote it. */
export function tailOf(logFile: string, lines = 15): string {
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

/** Waits until `isReady` says so, the process ends, or time is up; the last two are errors that show the log. */
export async function untilReady(
  child: RunningProcess,
  isReady: () => Promise<boolean>,
  withinMs: number,
  everyMs = 50,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await isReady())) {
    if (!child.isRunning()) {
      throw new Error(`${child.name} ended (${await child.exited}) before it was ready:\n${tailOf(child.logFile)}`);
    }
    if (Date.now() > deadline) {
      await child.stop();
      throw new Error(`${child.name} was not ready within ${withinMs / 1000} s:\n${tailOf(child.logFile)}`);
    }
    await sleep(everyMs);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function whenGone(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}

async function stopChild(
  child: ChildProcess,
  exited: Promise<string>,
  signal: NodeJS.Signals,
  withinMs: number,
): Promise<void> {
  signalGroup(child, signal);
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), withinMs);
  await exited;
  clearTimeout(timer);
  // The leader is gone; whatever it left behind in its group goes too.
  signalGroup(child, 'SIGKILL');
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is empty already.
  }
}

// Only reached when we leave without having stopped them (an uncaught error): no child may outlive us.
function killRest(): void {
  for (const [child, signal] of running) signalGroup(child, signal);
}

function openLog(file: string): number {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > logBytesMax) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}
