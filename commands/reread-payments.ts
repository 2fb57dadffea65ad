// What should have come to an end by now, and of which nothing was heard: it is read anew at Stripe, events or not.

import { restartWaiting } from '../db/payments/events';
import { listOverdueAttempts, type OverdueAttempt } from '../db/payments/overdue';
import { listPendingRefunds } from '../db/payments/refunds';
import { listOverdueSetups } from '../db/payments/setup-sessions';
import { wakeCollecting } from '../db/payments/waking';
import { MinutebookError } from '../domain/errors';
import { dayMs, hourMs, minuteMs } from '../domain/period';
import type { Charging } from './connections';
import { settleRefund } from './settle-refund';
import { settleSession } from './settle-session';

/** How many attempts, setup sessions and refunds were overdue, and how many events had waited for long. */
export type Reread = {
  readonly attempts: number;
  readonly sessions: number;
  readonly refunds: number;
  readonly events: number;
};

// How long each kind takes at the most, with some patience.
const takes = { sendingMs: 10 * minuteMs, cardMs: hourMs, debitMs: 6 * dayMs, pageMs: 25 * hourMs } as const;
// Banks take up to ten days; looked at before that, as what failed is to be tried otherwise.
const refundTakesMs = 7 * dayMs;
// A bank account is verified within ten days.
const verifiedWithinMs = 12 * dayMs;
const atOnceMax = 500;

/** Reads what is overdue, of very much some each round; one that fails does not stop the others, but fails the round in the end. */
export async function rereadPayments(connections: Charging, onProgress: () => void = () => undefined): Promise<Reread> {
  const { db, clock } = connections;
  const nowMs = await clock();
  // Their workflows have failed, or went with a Temporal that was lost.
  const events = await restartWaiting(db, { receivedBeforeMs: nowMs - hourMs, limit: atOnceMax });
  const attempts = await listOverdueAttempts(db, { ...takes, nowMs, limit: atOnceMax });
  const setups = await listOverdueSetups(db, {
    sinceMs: nowMs - verifiedWithinMs,
    beforeMs: nowMs - hourMs,
    limit: atOnceMax,
  });
  const refunds = await listPendingRefunds(db, { sentBeforeMs: nowMs - refundTakesMs, limit: atOnceMax });
  const work = [
    ...attempts.map((attempt) => () => reread(connections, attempt)),
    ...setups.map((session) => () => settleSession(connections, session)),
    ...refunds.map((refund) => () => settleRefund(connections, refund)),
  ];
  const failures: unknown[] = [];
  for (const each of work) {
    await each().catch((error: unknown) => failures.push(error));
    onProgress();
  }
  throwIfAny(failures, work.length);
  return { attempts: attempts.length, sessions: setups.length, refunds: refunds.length, events };
}

// A charge is looked at by who collects its invoice; a page that a customer was sent to has nobody else.
async function reread(connections: Charging, { invoice, kind, session }: OverdueAttempt): Promise<void> {
  if (kind === 'checkout' && session !== null) {
    await settleSession(connections, session);
  } else {
    await connections.db.transaction((trx) => wakeCollecting(trx, [invoice]));
  }
}

function throwIfAny(failures: readonly unknown[], of: number): void {
  const [first] = failures;
  if (first === undefined) return;
  const said = first instanceof Error ? first.message : String(first);
  const detail = `${failures.length} of ${of} overdue payments could not be read again, the first: ${said}; the next round tries again`;
  throw new MinutebookError({ code: 'unavailable', detail, cause: first });
}
