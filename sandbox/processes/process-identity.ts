// Is the process with this number still the one that was meant? Numbers are reused; number and start together are not.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { sleep } from './processes';

export type ProcessIdentity = {
  readonly pid: number;
  readonly parent: number;
  readonly startedAt: string;
  readonly command: string;
};

/** What runs under this number now; undefined when nothing does. A zombie is nothing. */
export function identify(pid: number): ProcessIdentity | undefined {
  return existsSync('/proc/self/stat') ? identifyByProc(pid) : identifyByPs(pid);
}

export function isAlive(process: Pick<ProcessIdentity, 'pid' | 'startedAt'>): boolean {
  return identify(process.pid)?.startedAt === process.startedAt;
}

/** Asks a process to end, and ends it when it does not within the time. */
export async function endProcess(target: ProcessIdentity, signal: NodeJS.Signals, withinMs: number): Promise<void> {
  send(target, signal);
  const deadline = Date.now() + withinMs;
  while (isAlive(target)) {
    if (Date.now() > deadline) send(target, 'SIGKILL');
    await sleep(50);
  }
}

function send(target: ProcessIdentity, signal: NodeJS.Signals): void {
  try {
    if (isAlive(target)) process.kill(target.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function identifyByProc(pid: number): ProcessIdentity | undefined {
  try {
    // Fields after the name in parentheses, which may itself hold spaces: state is the first, start time the twentieth.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return { pid, parent: Number(fields[1]), startedAt: `${boot}/${fields[19]}`, command };
  } catch {
    return undefined;
  }
}

function identifyByPs(pid: number): ProcessIdentity | undefined {
  try {
    const ask = (column: string) => execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' });
    if (ask('stat').trim().startsWith('Z')) return undefined;
    return { pid, parent: Number(ask('ppid')), startedAt: ask('lstart').trim(), command: ask('command').trim() };
  } catch {
    return undefined;
  }
}
