// When a telling that failed is tried again, and when an endpoint is left alone or given up. Endpoints that are down for days
// would otherwise cost an attempt an event: after a few failures in a row only a few tellings are tried now and then.
import { dayMs, hourMs, minuteMs } from '../period';

/** So long a telling is tried, counted from the event or from its replay. */
export const tellingMsMax = 3 * dayMs;

/** An endpoint at which nothing has come through for so long is disabled. */
export const failingMsMax = 5 * dayMs;

/** So long events and what became of them are kept. */
export const eventsKeptMs = 30 * dayMs;

const second = 1000;

// After the first attempt, the second and so on: as Standard Webhooks propose.
const delaysMs: readonly number[] = [
  5 * second,
  5 * minuteMs,
  30 * minuteMs,
  2 * hourMs,
  5 * hourMs,
  10 * hourMs,
  14 * hourMs,
  20 * hourMs,
  dayMs,
];

// Whoever asks for longer would make us forget him.
const retryAfterMsMax = 6 * hourMs;

export type Attempted = {
  /** This attempt included. */
  readonly attempts: number;
  readonly giveUpAtMs: number;
  readonly nowMs: number;
  /** What the endpoint asked for. */
  readonly retryAfterMs: number | null;
  /** In [0, 1), of this telling: those that failed together do not all come back together. */
  readonly fraction: number;
};

/** When to try again after a failure; null: not any more. The last attempt is made when the time is up. */
export function nextAttemptMs({ attempts, giveUpAtMs, nowMs, retryAfterMs, fraction }: Attempted): number | null {
  if (nowMs >= giveUpAtMs) return null;
  const usualMs = delaysMs[Math.min(attempts, delaysMs.length) - 1] ?? dayMs;
  const delayMs = Math.max(usualMs * (1 + fraction / 10), askedMs(retryAfterMs));
  return Math.min(Math.ceil(nowMs + delayMs), giveUpAtMs);
}

/** How an endpoint fares. */
export type Health = {
  /** Events in a row whose first telling failed. */
  readonly failures: number;
  /** Since when nothing has come through; null while something does. */
  readonly failingSinceMs: number | null;
  readonly pausedUntilMs: number | null;
};

export const healthy: Health = { failures: 0, failingSinceMs: null, pausedUntilMs: null };

/** One event that cannot be taken does not make an endpoint one that is down; three different ones in a row do. */
export const failuresMax = 3;

export type Told = {
  readonly isDelivered: boolean;
  readonly isFirstAttempt: boolean;
  readonly retryAfterMs: number | null;
};

const pauseMsMin = 30 * second;
const pauseMsMax = hourMs;

/** How an endpoint fares after some tellings at the same time. */
export function healthAfter(health: Health, tellings: readonly Told[], nowMs: number): Health {
  const asked = Math.max(...tellings.map(({ retryAfterMs }) => askedMs(retryAfterMs)));
  const isThrough = tellings.some(({ isDelivered }) => isDelivered);
  if (isThrough && asked <= 0) return healthy;
  const failures = isThrough ? 0 : health.failures + tellings.filter(({ isFirstAttempt }) => isFirstAttempt).length;
  const failingSinceMs = (isThrough ? null : health.failingSinceMs) ?? nowMs;
  // The longer it fails the more seldom it is asked.
  const pauseMs = Math.min(Math.max((nowMs - failingSinceMs) / 2, pauseMsMin), pauseMsMax);
  const restMs = Math.max(failures >= failuresMax ? pauseMs : 0, asked);
  return { failures, failingSinceMs, pausedUntilMs: restMs > 0 ? Math.ceil(nowMs + restMs) : null };
}

/** Whether it has failed for so long that it is given up. */
export function isGivenUp({ failingSinceMs }: Health, nowMs: number): boolean {
  return failingSinceMs !== null && nowMs - failingSinceMs >= failingMsMax;
}

function askedMs(retryAfterMs: number | null): number {
  return Math.min(Math.max(retryAfterMs ?? 0, 0), retryAfterMsMax);
}
