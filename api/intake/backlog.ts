// Reports come faster than they are metered: beyond some delay more of them would only make it longer, for everybody. Then
// intake says so before it reads a body, and senders keep what they have.
import { unfoldedAges } from '../../db/metering/gauges';
import { MinutebookError } from '../../domain/errors';
import type { Api } from '../api';

export const retryAfterSeconds = 30;

const lookEveryMs = 5_000;

/**
 * Refuses usage while the oldest report that is not metered came longer ago than `usageLagLimitMs` (left out: never): throws
 * `metering_behind`. Looked at every five seconds at the most, by one descent of an index a shard.
 */
export function refuseBehind({ db, clock, usageLagLimitMs }: Pick<Api, 'db' | 'clock' | 'usageLagLimitMs'>) {
  let lookedAt = Number.NEGATIVE_INFINITY;
  let lag: Promise<number> = Promise.resolve(0);
  return async (): Promise<void> => {
    if (usageLagLimitMs === undefined) return;
    if (performance.now() - lookedAt >= lookEveryMs) {
      lookedAt = performance.now();
      lag = Promise.resolve(clock()).then((nowMs) => lagMs(db, nowMs));
      // Whoever waits for it hears of it; the next looks again.
      lag.catch(() => {
        lookedAt = Number.NEGATIVE_INFINITY;
      });
    }
    const behindMs = await lag;
    if (behindMs > usageLagLimitMs) throw refusal(behindMs, usageLagLimitMs);
  };
}

async function lagMs(db: Api['db'], nowMs: number): Promise<number> {
  const ages = await unfoldedAges(db, { nowMs });
  return Math.max(0, ...ages.map(({ age }) => age)) * 1000;
}

function refusal(behindMs: number, limitMs: number): MinutebookError {
  const minutes = (ms: number) => Math.floor(ms / 60_000);
  const detail = `metering is ${minutes(behindMs)} minutes behind, and usage is taken while it is at most ${minutes(limitMs)} (USAGE_LAG_LIMIT_MINUTES); nothing was stored: send it again in ${retryAfterSeconds} s, for as long as it takes`;
  return new MinutebookError({ code: 'metering_behind', detail });
}
