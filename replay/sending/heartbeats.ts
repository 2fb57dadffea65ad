// Reports as text for the wire, whole or cut into heartbeats. What all heartbeats of a report share is written once: six
// million of them leave in a few minutes of a machine that does the billing too.

import { formatInstant } from '../../domain/period';
import type { UsageReport } from '../../domain/usage';

export function reportJson(report: UsageReport): string {
  return `${headOf(report)}${formatInstant(report.fromMs)}","to":"${formatInstant(report.toMs)}"}`;
}

function headOf({ workspace, model, version, replica, instanceType, phase }: UsageReport): string {
  const facts = JSON.stringify({ workspace, model, version, replica, instanceType, phase });
  return `${facts.slice(0, -1)},"from":"`;
}

type Running = { readonly head: string; readonly fromMs: number; readonly toMs: number };

/**
 * Every report cut at the multiples of `everyMs` (since the epoch, so an hour begins on the hour), in the order of time
 * over all replicas, as a fleet would send them. Only those that run at a moment are looked at in it.
 */
export function* heartbeats(reports: readonly UsageReport[], everyMs: number): Generator<string> {
  const waiting = [...reports].sort((one, other) => other.fromMs - one.fromMs);
  let running: Running[] = [];
  let beginMs = Math.floor((waiting.at(-1)?.fromMs ?? 0) / everyMs) * everyMs;
  while (waiting.length > 0 || running.length > 0) {
    const endMs = beginMs + everyMs;
    takeThoseBegun(waiting, running, endMs);
    yield* oneBeat(running, beginMs, endMs);
    running = running.filter((each) => each.toMs > endMs);
    // Nothing runs: on to the beat in which something does.
    const nextMs = running.length > 0 ? endMs : Math.max(endMs, waiting.at(-1)?.fromMs ?? endMs);
    beginMs = Math.floor(nextMs / everyMs) * everyMs;
  }
}

function takeThoseBegun(waiting: UsageReport[], running: Running[], beforeMs: number): void {
  for (let next = waiting.at(-1); next !== undefined && next.fromMs < beforeMs; next = waiting.at(-1)) {
    waiting.pop();
    running.push({ head: headOf(next), fromMs: next.fromMs, toMs: next.toMs });
  }
}

// Nearly all begin and end with the beat: those two instants are put into words once.
function* oneBeat(running: readonly Running[], beginMs: number, endMs: number): Generator<string> {
  const begin = formatInstant(beginMs);
  const end = `","to":"${formatInstant(endMs)}"}`;
  for (const { head, fromMs, toMs } of running) {
    const from = fromMs > beginMs ? formatInstant(fromMs) : begin;
    yield head + from + (toMs < endMs ? `","to":"${formatInstant(toMs)}"}` : end);
  }
}

/** How many heartbeats there will be. */
export function countHeartbeats(reports: readonly UsageReport[], everyMs: number): number {
  let count = 0;
  for (const { fromMs, toMs } of reports) count += Math.ceil(toMs / everyMs) - Math.floor(fromMs / everyMs);
  return count;
}
