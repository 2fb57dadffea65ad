// CPU time of processes, from /proc: what user and system have used, in milliseconds.
import { readdirSync, readFileSync } from 'node:fs';

// USER_HZ, the unit of /proc/*/stat, is 100 on every Linux that Node runs on.
const msPerTick = 10;

type Stat = { readonly pid: number; readonly parent: number; readonly cpuMs: number };

/** CPU of one process since its start. */
export function cpuOf(pid: number): number {
  return stat(pid)?.cpuMs ?? 0;
}

/** CPU of a process and its children that are alive, by pid: sessions that end in between are not counted on. */
export function cpuOfFamily(pid: number): number {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [stat(Number(name))] : []));
  return all.reduce((sum, each) => sum + (each && (each.pid === pid || each.parent === pid) ? each.cpuMs : 0), 0);
}

function stat(pid: number): Stat | undefined {
  try {
    // The name stands in brackets and may hold anything; the fields after it are numbers.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return { pid, parent: Number(fields[1]), cpuMs: (Number(fields[11]) + Number(fields[12])) * msPerTick };
  } catch {
    return undefined;
  }
}
