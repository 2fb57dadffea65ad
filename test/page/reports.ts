// What replicas did up to now, as usage reports; whose they are is written in later.
import type { UsageBatch } from '../../contract/usage';
import { dayMs, formatInstant, hourMs, minuteMs, monthOf, monthStartMs, previousMonth } from '../../domain/period';

export type Report = UsageBatch['reports'][number];

export const nowMs = Date.now();
export const running = monthOf(nowMs);
export const lastMonth = previousMonth(running);
/** Two whole months before the running one. */
export const startsAt = formatInstant(monthStartMs(previousMonth(lastMonth)));

type Line = { readonly model: string; readonly version: string; readonly instanceType: string };

/** Each day from the start to now, from one hour to another; beside it, a quarter of an hour idle. */
export function daily(
  plan: Line & { readonly replicas: number; readonly hours?: readonly [number, number] },
): Report[] {
  const { replicas, hours: [from, to] = [8, 20], ...line } = plan;
  const reports: Report[] = [];
  for (let dayAt = Date.parse(startsAt); dayAt < nowMs; dayAt += dayMs) {
    const isWeekend = [0, 6].includes(new Date(dayAt).getUTCDay());
    const wanted = isWeekend ? Math.ceil(replicas / 3) : replicas;
    for (let replica = 0; replica < wanted; replica += 1) {
      const name = `${line.model}-${line.version}-${replica}`.slice(0, 200);
      const start = dayAt + from * hourMs;
      const end = dayAt + to * hourMs - (new Date(dayAt).getUTCDate() % 4) * ((to - from) / 12) * hourMs;
      reports.push(...reportOf(line, name, 'deploying', [start, start + 4 * minuteMs]));
      reports.push(...reportOf(line, name, 'serving', [start + 4 * minuteMs, end]));
      reports.push(...reportOf(line, name, 'idle', [end, end + 15 * minuteMs]));
    }
  }
  return reports;
}

export const spanOf = (line: Line, fromMs: number, toMs: number): Report[] =>
  reportOf(line, `${line.model}-${line.version}-0`.slice(0, 200), 'serving', [fromMs, toMs]);

function reportOf(
  line: Line,
  replica: string,
  phase: Report['phase'],
  [fromMs, toMs]: readonly [number, number],
): Report[] {
  if (fromMs >= nowMs) return [];
  const [from, to] = [formatInstant(fromMs), formatInstant(Math.min(toMs, nowMs))];
  return [{ ...line, workspace: '', replica, phase, from, to }];
}
