// When a declined invoice is tried again: what the decline says, by the calendar, within the budgets.
import { assertInsideSchemes, attemptsOfInvoiceMax, isInsideOwnBudget } from './budgets';
import type { AgainLimit, Decline, Follow } from './decline';
import { followDecline } from './follow';

export type Declined = {
  readonly decline: Decline;
  /** When this invoice was first declined: what the calendar counts from. */
  readonly firstDeclinedAtMs: number;
  /** Of the decline that is followed. */
  readonly nowMs: number;
  /** How often this invoice was tried, the declined attempt included. */
  readonly attemptsOfInvoice: number;
  /** When its card was tried, by fingerprint over all invoices, the declined attempt included; those of 30 days are enough. */
  readonly attemptsOfCardMs: readonly number[];
  /** Ascending, from the first decline on, as `parseRetries` reads them. */
  readonly retries: readonly number[];
};

export type At = { readonly kind: 'at'; readonly atMs: number };
export type NoneLeft = {
  readonly kind: 'none_left';
  /** The invoice's attempts, the card's, those that such a decline allows, or the calendar's times are used up. */
  readonly usedUp: 'invoice' | 'card' | 'row' | 'calendar';
};

export type NextAttempt =
  | At
  | {
      readonly kind: 'wait';
      /** `method_updated`: new data of this method, or a new one. `authentication`: a payment with the customer there. */
      readonly until: 'method_updated' | 'new_method' | 'authentication';
    }
  /** Nothing before it is known whether it was paid; what holds if it was not. */
  | { readonly kind: 'look_up'; readonly ifAbsent: At | NoneLeft }
  | NoneLeft;

/**
 * When to try again. Instants are epoch milliseconds. Throws `internal` where a time would break a scheme's limit, which
 * our own, lower ones prevent.
 */
export function nextAttempt(declined: Declined): NextAttempt {
  const next = nextBy(followDecline(declined.decline), declined);
  const at = next.kind === 'look_up' ? next.ifAbsent : next;
  if (at.kind === 'at') {
    assertInsideSchemes({ brand: declined.decline.brand, attemptsMs: declined.attemptsOfCardMs, atMs: at.atMs });
  }
  return next;
}

function nextBy(follow: Follow, declined: Declined): NextAttempt {
  switch (follow.kind) {
    case 'never':
      return { kind: 'wait', until: 'new_method' };
    case 'authenticate':
      return { kind: 'wait', until: 'authentication' };
    case 'when_updated':
      return { kind: 'wait', until: 'method_updated' };
    case 'ask':
      return { kind: 'wait', until: follow.until };
    case 'retry_at':
      return firstInBudget([declined.nowMs + follow.afterMs], declined);
    case 'look_up':
      return { kind: 'look_up', ifAbsent: byCalendar({}, declined) };
    case 'calendar':
      return byCalendar(follow, declined);
    default:
      return follow satisfies never;
  }
}

function byCalendar(
  { soonAfterMs, limit }: { readonly soonAfterMs?: number; readonly limit?: AgainLimit },
  declined: Declined,
): At | NoneLeft {
  const { retries, firstDeclinedAtMs, nowMs, attemptsOfInvoice } = declined;
  if (limit !== undefined && attemptsOfInvoice > limit.againMax) return { kind: 'none_left', usedUp: 'row' };
  const durations = soonAfterMs === undefined ? retries : [soonAfterMs, ...retries].sort((one, other) => one - other);
  const ahead = durations
    .filter((ms) => firstDeclinedAtMs + ms > nowMs + slackMs(ms))
    .filter((ms) => ms <= (limit?.withinMs ?? ms))
    .map((ms) => firstDeclinedAtMs + ms);
  if (ahead.length === 0) return { kind: 'none_left', usedUp: 'calendar' };
  return firstInBudget(ahead, declined);
}

// An attempt made at its time may be declined a moment before it, by another machine's clock: that time is not ahead any more.
function slackMs(durationMs: number): number {
  return Math.min(durationMs / 20, 300_000);
}

function firstInBudget(times: readonly number[], declined: Declined): At | NoneLeft {
  if (declined.attemptsOfInvoice >= attemptsOfInvoiceMax) return { kind: 'none_left', usedUp: 'invoice' };
  const atMs = times.find((time) => isInsideOwnBudget(declined.attemptsOfCardMs, time));
  return atMs === undefined ? { kind: 'none_left', usedUp: 'card' } : { kind: 'at', atMs };
}
