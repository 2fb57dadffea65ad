// When a guard looks again by itself: seldom while there is time, and then just before the zero.
import { dayMs, hourMs } from '../period';

const idleMsMax = 28 * dayMs;
const suspendedMsMax = 7 * dayMs;

export type Outlook = {
  readonly nowMs: number;
  readonly leadMs: number;
  /** The workspace's own, in [0, 1): those that reach zero in one minute are metered one after the other. */
  readonly fraction: number;
  /** Where credits run out and nobody else pays: the end of the last minute that they cover. */
  readonly zeroMs: number | null;
  readonly isSuspended: boolean;
  /** What changes by itself: grants begin and end, terms change, the ladder of past due goes on, something is tried again. */
  readonly changesMs: readonly number[];
  /** Among these, where credits end that are there now: what runs by then has to be known just before. */
  readonly endsMs: readonly number[];
};

/** The instant of the next look, later than now. */
export function nextLook(of: Outlook): number {
  const { nowMs, isSuspended, changesMs, endsMs } = of;
  const coming = [...changesMs, ...endsMs.map((ms) => ms - aheadMs(of))].filter((ms) => ms > nowMs);
  const latestMs = nowMs + (isSuspended ? suspendedMsMax : idleMsMax);
  return Math.min(latestMs, ...coming, ...beforeZero(of));
}

// Half of the time that is left, as long as that is hours: a forecast is only that. Then once to meter what was reported
// meanwhile, and once to command.
function beforeZero(of: Outlook): readonly number[] {
  const { nowMs, leadMs, zeroMs } = of;
  if (zeroMs === null || zeroMs <= nowMs) return [];
  const commandAtMs = zeroMs - leadMs;
  const meterAtMs = zeroMs - aheadMs(of);
  if (nowMs >= meterAtMs) return [Math.max(commandAtMs, nowMs + 1)];
  const leftMs = zeroMs - nowMs;
  return [leftMs > hourMs ? Math.min(nowMs + leftMs / 2, meterAtMs) : meterAtMs];
}

// From 20 s to 50 s, so that not all are metered at once, and early enough to command after it.
function aheadMs({ leadMs, fraction }: Pick<Outlook, 'leadMs' | 'fraction'>): number {
  return Math.max((20 + 30 * fraction) * 1000, leadMs + 5000);
}
