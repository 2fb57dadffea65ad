// CPU time of processes, from /proc: what user and system have used, in milliseconds.
import { readdirSync, readFileSync } from 'node:fs';

// USER_HZ, the unit of /proc/*/stat, is 100 on every Linux that Node runs on.
const msPerTick = 10;

type Stat = { readonly pid: number; readonly parent: number; readonly cpuMs: number; readonly endedMs: number };

/** CPU of one process since its start. */
export function cpuOf(pid: number): number {
  return stat(pid)?.cpuMs ?? 0;
}

/** CPU of a process, its children that are alive, and those that have ended. */
export function cpuOfFamily(pid: number): number {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [stat(Number(name))] : []));
  return all.reduce((sum, each) => {
    if (each?.pid === pid) return sum + each.cpuMs + each.endedMs;
    return each?.parent === pid ? sum + each.cpuMs : sum;
  }, 0);
}

function stat(pid: number): Stat | undefined {
  try {
    // The name stands in brackets and may hold anything; the fields after it are numbers.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const ms = (first: number) => (Number(fields[first]) + Number(fields[first + 1])) * msPerTick;
    return { pid, parent: Number(fields[1]), cpuMs: ms(11), endedMs: ms(13) };
  } catch {
    return undefined;
  }
}
