// What to do next about an invoice: ask about an attempt, charge, or wait and for what. Pure: doing it again finds it done.
import { isInsideOwnBudget, ownCardBudget } from '../dunning/budgets';
import type { Decline } from '../dunning/decline';
import { followDecline } from '../dunning/follow';
import { type NextAttempt, nextAttempt } from '../dunning/next-attempt';
import type { Cents } from '../money';
import { chargeOf } from '../payments';
import { dayMs, hourMs, minuteMs } from '../period';
import { nextReminderMs } from './reminders';
import { type Attempt, attemptInFlight, type Method, type Standing } from './standing';

/** What an unpaid invoice waits for. */
export type AwaitedThing =
  | 'method'
  | 'new_method'
  | 'method_updated'
  | 'authentication'
  | 'retry'
  | 'card_budget'
  | 'processing'
  | 'dispute'
  | 'payer'
  | 'more'
  | 'operator';

export type Wait = {
  readonly kind: 'wait';
  readonly for: AwaitedThing;
  /** When to look again at the latest; null: nothing changes by time alone. */
  readonly untilMs: number | null;
  /** Nothing more is tried by itself, and it should have been paid. */
  readonly isPastDue: boolean;
};

export type End = { readonly kind: 'end'; readonly as: 'paid' | 'void' | 'uncollectible' };

export type Decision =
  | End
  | Wait
  /** Its outcome is not known: find out what became of it, and send it again only as it was. */
  | { readonly kind: 'look_up'; readonly attempt: Attempt }
  /** The bank says that it has paid that already: look for a payment of it that we do not know, and try again only then. */
  | { readonly kind: 'look_for_paid'; readonly attempt: Attempt; readonly sinceMs: number }
  /** It is under way: read it again. */
  | { readonly kind: 'read'; readonly attempt: Attempt }
  /** A session stands open in which the customer might pay at the same time: close it. */
  | { readonly kind: 'expire'; readonly attempt: Attempt }
  | { readonly kind: 'charge'; readonly cents: Cents; readonly method: Method };

export type Now = {
  readonly nowMs: number;
  /** When declined ones are tried again, from the first decline on. */
  readonly retries: readonly number[];
  /** Attempts that this look has asked about already, by number. */
  readonly asked: ReadonlySet<number>;
  /** Attempts declined as duplicates, after which this look has looked for the payment. */
  readonly lookedFor: ReadonlySet<number>;
  /** Whether there is anything to charge with. */
  readonly isCharging: boolean;
};

/** How long after its issue an invoice that nobody can charge is past due. */
const graceMs = hourMs;

/** How long a bank debit takes; where its event is lost it is read again then, and each day after. */
const debitTakesMs = 5 * dayMs;

export function decideCollecting(standing: Standing, now: Now): Decision {
  const inFlight = attemptInFlight(standing);
  if (inFlight?.state === 'sending') return { kind: 'look_up', attempt: inFlight };
  const end = endOf(standing);
  if (end !== undefined) return inFlight?.state === 'open' ? closingFirst(end, inFlight, now) : end;
  if (inFlight?.state === 'processing') return whileProcessing(inFlight, now);
  if (standing.isDisputed) return wait('dispute', { isPastDue: standing.status === 'past_due' });
  if (standing.collection === 'invoice') return untilPaid(standing, now);
  if (!now.isCharging) return wait('operator', { untilMs: now.nowMs + dayMs });
  const duplicate = duplicateOf(standing, now);
  if (duplicate !== undefined) return duplicate;
  const decision = chargeOrWait(standing, now);
  return decision.kind === 'charge' && inFlight !== undefined ? closingFirst(decision, inFlight, now) : decision;
}

// Asked at each look and not once: the list costs one call, and it is never charged twice.
function duplicateOf({ attempts }: Standing, { lookedFor }: Now): Decision | undefined {
  const [first, last] = [attempts[0], attempts.at(-1)];
  if (first === undefined || last?.kind !== 'charge' || last.state !== 'declined') return undefined;
  if (last.decline === null || lookedFor.has(last.number)) return undefined;
  const isDuplicate = followDecline(last.decline).kind === 'look_up';
  return isDuplicate ? { kind: 'look_for_paid', attempt: last, sinceMs: first.madeAtMs } : undefined;
}

function endOf({ status, remainingCents }: Standing): End | undefined {
  if (status === 'void' || status === 'uncollectible') return { kind: 'end', as: status };
  return remainingCents === 0n ? { kind: 'end', as: 'paid' } : undefined;
}

function wait(what: AwaitedThing, { untilMs = null, isPastDue = false }: Partial<Wait> = {}): Wait {
  return { kind: 'wait', for: what, untilMs, isPastDue };
}

function closingFirst(then: Decision, attempt: Attempt, { asked, nowMs }: Now): Decision {
  if (!asked.has(attempt.number)) return { kind: 'expire', attempt };
  // Asked, and open all the same: whatever it is, nothing is charged beside it.
  return then.kind === 'end' ? then : wait('payer', { untilMs: nowMs + hourMs });
}

function whileProcessing(attempt: Attempt, { asked, nowMs }: Now): Decision {
  if (!asked.has(attempt.number)) return { kind: 'read', attempt };
  return wait('processing', { untilMs: Math.max(nowMs + dayMs, attempt.madeAtMs + debitTakesMs) });
}

// Sent with a link to pay, and awaited. One that is due at its issue is given an hour.
function untilPaid(standing: Standing, { nowMs }: Now): Wait {
  const dueMs = Math.max(standing.dueAtMs, standing.issuedAtMs + graceMs);
  return wait('payer', { untilMs: nextReminderMs({ ...standing, dueMs }, nowMs), isPastDue: nowMs >= dueMs });
}

function chargeOrWait(standing: Standing, now: Now): Decision {
  const { remainingCents, owed, invoice, method, issuedAtMs, lostMethods } = standing;
  const carriedCents = owed.filter(({ id }) => id !== invoice).map((each) => each.remainingCents);
  const charge = chargeOf({ remainingCents, carriedCents });
  if (charge.kind !== 'charge') return wait('more');
  const graceEndsMs = issuedAtMs + graceMs;
  if (method === null) {
    return now.nowMs < graceEndsMs ? wait('method', { untilMs: graceEndsMs }) : wait('method', { isPastDue: true });
  }
  if (method.isBarred || lostMethods.includes(method.id)) return wait('new_method', { isPastDue: true });
  return (
    waitFirst(standing, method, now) ?? waitForOthers(method, now) ?? { kind: 'charge', cents: charge.cents, method }
  );
}

/** What has to come before the method is charged; undefined: nothing. */
function waitFirst(standing: Standing, method: Method, now: Now): Wait | undefined {
  const stuck = standing.attempts.at(-1);
  if (stuck !== undefined && isOfOperators(stuck) && stuck.madeAtMs >= method.updatedAtMs) {
    const untilMs = (stuck.settledAtMs ?? stuck.madeAtMs) + dayMs;
    if (now.nowMs < untilMs) return wait('operator', { untilMs });
  }
  const declines = declinesOf(standing, method);
  const last = declines.at(-1);
  if (last === undefined) return isInsideOwnBudget(method.attemptsMs, now.nowMs) ? undefined : untilBudget(method);
  return waitAfter(next(declines, last, { method, now }), now.nowMs);
}

// With a card that has been declined, those on their way may be declined as well: together they stay within its budget. One
// that has not may pay for as many invoices at once as come.
function waitForOthers({ attemptsMs, sending }: Method, { nowMs }: Now): Wait | undefined {
  const all = [...attemptsMs, ...Array<number>(sending).fill(nowMs)];
  if (attemptsMs.length === 0 || isInsideOwnBudget(all, nowMs)) return undefined;
  return wait('retry', { untilMs: nowMs + minuteMs });
}

function isOfOperators({ state }: Attempt): boolean {
  return state === 'refused' || state === 'canceled';
}

function untilBudget({ attemptsMs }: Method): Wait {
  const { attemptsMax, windowMs } = ownCardBudget;
  const oldestMs = attemptsMs.at(-attemptsMax) ?? 0;
  return wait('card_budget', { untilMs: oldestMs + windowMs + 1, isPastDue: true });
}

type Declined = { readonly decline: Decline; readonly atMs: number };

/**
 * The declines that the present method has had for this invoice in a row, the last at the end: since it was added or last
 * updated, and since something came in that stayed.
 */
export function declinesOf({ attempts }: Pick<Standing, 'attempts'>, method: Method): readonly Declined[] {
  const declines: Declined[] = [];
  for (const attempt of [...attempts].reverse()) {
    if (attempt.madeAtMs < method.updatedAtMs || (attempt.state === 'paid' && attempt.returned === null)) break;
    const declined = attempt.returned ?? declinedOf(attempt);
    if (declined !== undefined && isOf(attempt, method)) declines.unshift(declined);
  }
  return declines;
}

function declinedOf({ state, decline, settledAtMs, madeAtMs }: Attempt): Declined | undefined {
  if ((state !== 'declined' && state !== 'needs_customer') || decline === null) return undefined;
  return { decline, atMs: settledAtMs ?? madeAtMs };
}

function isOf(attempt: Attempt, { id, fingerprint }: Method): boolean {
  return attempt.method === id || (fingerprint !== null && attempt.fingerprint === fingerprint);
}

function next(
  declines: readonly Declined[],
  last: Declined,
  { method, now }: { readonly method: Method; readonly now: Now },
): Exclude<NextAttempt, { kind: 'look_up' }> {
  const following = nextAttempt({
    decline: last.decline,
    firstDeclinedAtMs: declines[0]?.atMs ?? last.atMs,
    nowMs: last.atMs,
    attemptsOfInvoice: declines.length,
    attemptsOfCardMs: method.attemptsMs,
    retries: now.retries,
  });
  // It was looked for before this, see duplicateOf.
  return following.kind === 'look_up' ? following.ifAbsent : following;
}

function waitAfter(following: Exclude<NextAttempt, { kind: 'look_up' }>, nowMs: number): Wait | undefined {
  switch (following.kind) {
    case 'at':
      return following.atMs <= nowMs ? undefined : wait('retry', { untilMs: following.atMs });
    case 'wait':
      return wait(following.until, { isPastDue: true });
    case 'none_left':
      return wait('new_method', { isPastDue: true });
    default:
      return following satisfies never;
  }
}
