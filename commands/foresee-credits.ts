// What credits still cover, read for one judgement: what is left of them, what runs, and the first minute that is not covered.
import { readDrawsSince } from '../db/billing/grants';
import type { Trx } from '../db/connection/knex';
import type { GuardFacts } from '../db/guard/facts';
import { type RunningModel, readMinuteAmounts, readRunning } from '../db/guard/running';
import { type Grant, isValidIn } from '../domain/credits';
import { leftBefore, type Outlook, owingHour, owingMinute, runningBetween } from '../domain/guard/foresight';
import type { Payer } from '../domain/guard/judgement';
import { type CreditStanding, creditStanding } from '../domain/guard/standing';
import { greaterNanos, type Nanos, nanos, sumNanos, zeroNanos } from '../domain/money';
import { hourMs, hourOf, hourStartMs, minuteMs, monthOf } from '../domain/period';
import { rateHour } from '../domain/rating';
import { type TermsPoint, termsInForce } from '../domain/terms';
import { stoppedOf, unreportedOf } from './stopped-usage';
import { readUnissuedBills } from './unissued-bills';

export type Foreseen = {
  readonly payer: Payer;
  readonly standing: CreditStanding;
  readonly grants: readonly Grant[];
  /** How many there have ever been. */
  readonly grantCount: number;
  readonly terms: readonly TermsPoint[];
  readonly running: readonly RunningModel[];
  readonly burnListNanosPerMinute: Nanos;
  readonly burnNanosPerHour: Nanos;
  readonly zeroMs: number | null;
  readonly isNextCovered: boolean;
  readonly coverNanos: Nanos;
  /** Of what was stopped, or would be now: what it burned, and what all usage comes to once it is reported. */
  readonly stoppedNanosPerMinute: Nanos;
  readonly listedThroughNanos: Nanos;
  /** Whether it was stopped, and not all that it used until then is reported. */
  readonly isAwaited: boolean;
};

type Asked = {
  readonly workspace: string;
  readonly facts: GuardFacts;
  readonly nowMs: number;
  /** The models that the platform has as active; null where it was not asked or did not say. */
  readonly active: ReadonlySet<string> | null;
  /** Whether the platform has stopped something for billing. */
  readonly isStoppedThere: boolean;
};

/** Undefined where there is no such workspace. The caller keeps metering out, so that what runs is not counted twice. */
export async function foreseeCredits(trx: Trx, asked: Asked): Promise<Foreseen | undefined> {
  const { workspace, facts, nowMs, active } = asked;
  const unissued = await readUnissuedBills(trx, { workspace });
  if (unissued === undefined) return undefined;
  const reported = await readRunning(trx, { workspace, nowMs });
  const running = active === null ? reported : reported.filter(({ model }) => active.has(model));
  const { grants, usedUpNanos, grantCount, terms } = unissued.account;
  const chain = unissued.bills.map(({ month, parts }) => ({ month, parts }));
  const outlook: Outlook = { chain, terms, grants, running };
  const hour = hourOf(nowMs);
  const bills = unissued.bills.map(({ bill }) => bill);
  const issuedDraws = await readDrawsSince(trx, { workspace, hour: hour - 1 });
  const standing = creditStanding({ grants, usedUpNanos, bills, issuedDraws, hour });
  const burnListNanosPerMinute = burnOf(outlook, hour);
  // Who is sent invoices from the next minute on is not stopped in the last one that credits cover.
  const hours = [hour, hourOf(nowMs + minuteMs)];
  const isCollected = hours.some((each) => termsInForce(terms, each).collection === 'invoice');
  const payer: Payer = isCollected ? 'invoice' : facts.hasMethod ? 'method' : 'credits';
  // What runs is foreseen; of what was stopped beside it the reports may be on their way.
  const stopped = stoppedOf(facts, asked);
  const foreseenNanos = runningUntil(outlook, { nowMs, zeroAtMs: stopped?.zeroAtMs ?? nowMs });
  const unreportedNanos = greaterNanos(zeroNanos, nanos(unreportedOf(stopped, facts) - foreseenNanos));
  // By the price of the minute that is looked for, which may be in another hour.
  const needNanos = stopped?.stoppedNanosPerMinute ?? burnOf(outlook, hourOf(nowMs + minuteMs));
  const isNextCovered = coversNext(outlook, { nowMs, needNanos, unreportedNanos });
  const owingMs = payer === 'credits' ? await findZero(trx, outlook, { ...asked, isNextCovered }) : null;
  const zeroMs = owingMs ?? (payer === 'credits' && !isNextCovered ? (stopped?.zeroAtMs ?? null) : null);
  const coverNanos = coverOf(outlook, { zeroMs, standing });
  const netPerHour = netOf(outlook, { hour, listNanos: nanos(burnListNanosPerMinute * 60n) });
  return {
    payer,
    standing,
    grants,
    grantCount,
    terms,
    running,
    burnListNanosPerMinute,
    burnNanosPerHour: running.length > 0 ? netPerHour : isStopped(facts) ? zeroNanos : standing.burnNanosPerHour,
    zeroMs,
    isNextCovered,
    coverNanos,
    stoppedNanosPerMinute: needNanos,
    listedThroughNanos: nanos(facts.listedNanos + (running.length > 0 ? coverNanos : unreportedNanos)),
    isAwaited: unreportedNanos > 0n,
  };
}

const isStopped = ({ standing }: GuardFacts) => standing.some(({ reason }) => reason === 'credits');

function burnOf({ running }: Outlook, hour: number): Nanos {
  return sumNanos(
    running.map(({ prices }) => prices.findLast((price) => price.fromHour <= hour)?.listNanos ?? zeroNanos),
  );
}

// The terms of an hour take something off a list amount; how much depends on what the month has come to.
function netOf({ chain, terms }: Outlook, { hour, listNanos }: { hour: number; listNanos: Nanos }): Nanos {
  const month = monthOf(hourStartMs(hour));
  const own = chain.find((link) => link.month === month)?.parts.find(({ late }) => !late);
  const listBeforeNanos = sumNanos([own?.listBefore ?? 0n, ...(own?.hours ?? []).map((each) => each.listNanos)]);
  return rateHour({ listBeforeNanos, listNanos, terms: termsInForce(terms, hour) }).dueNanos;
}

// What was stopped goes on only where credits cover a minute of it.
function coversNext(
  outlook: Outlook,
  { nowMs, needNanos, unreportedNanos }: { nowMs: number; needNanos: Nanos; unreportedNanos: Nanos },
): boolean {
  // Where nothing runs, this minute: credits that end with the hour are there until then.
  const next = Math.floor(nowMs / minuteMs) + (needNanos > 0n ? 1 : 0);
  const hour = Math.floor(next / 60);
  const valid = leftBefore(outlook, next).filter((grant) => isValidIn(grant, hour));
  const leftNanos = sumNanos(valid.map(({ remainingNanos }) => remainingNanos));
  const net = (listNanos: Nanos) => netOf(outlook, { hour, listNanos });
  const wantedNanos = greaterNanos(nanos(1n), net(needNanos));
  return leftNanos >= wantedNanos + net(unreportedNanos);
}

/**
 * The beginning of the first minute that credits do not cover whole. What was owed before the workspace was restored, had another
 * payer or a guard is not looked for; nor, where credits go on covering what runs, what was owed of a time that is over.
 */
async function findZero(
  trx: Trx,
  outlook: Outlook,
  { workspace, facts, nowMs, isNextCovered }: Asked & { readonly isNextCovered: boolean },
): Promise<number | null> {
  const now = Math.floor(nowMs / minuteMs);
  const floorMs = Math.max(
    facts.startedAtMs,
    facts.methodLeftMs ?? 0,
    facts.lastEpisodeEndMs ?? 0,
    Math.ceil((facts.creditsRestoredMs ?? 0) / minuteMs) * minuteMs,
    chargedSinceMs(outlook.terms, nowMs),
  );
  const from = Math.min(Math.floor(floorMs / minuteMs), now);
  const zero = await firstOwing(trx, outlook, { workspace, from, now });
  if (zero === null || zero > now || !isNextCovered) return zero === null ? null : zero * minuteMs;
  const coming = await firstOwing(trx, outlook, { workspace, from: now + 1, now });
  return coming === null ? null : coming * minuteMs;
}

async function firstOwing(
  trx: Trx,
  outlook: Outlook,
  { workspace, from, now }: { readonly workspace: string; readonly from: number; readonly now: number },
): Promise<number | null> {
  const nowHour = Math.floor(now / 60);
  for (let fromHour = Math.floor(from / 60); ; ) {
    const hour = owingHour(outlook, { fromHour, nowHour });
    if (hour === undefined) return null;
    // Reports may be a little ahead of us, and never by more than an hour.
    const reported = hour > nowHour + 1 ? noMinutes : await readMinuteAmounts(trx, { workspace, hour });
    const minute = owingMinute(outlook, { hour, fromMinute: from, reported });
    if (minute !== undefined) return minute;
    fromHour = hour + 1;
  }
}

const noMinutes = Array.from({ length: 60 }, () => zeroNanos);

// Since when the terms in force have charged by themselves: before that somebody was sent invoices.
function chargedSinceMs(terms: readonly TermsPoint[], nowMs: number): number {
  const past = terms.filter(({ fromHour }) => fromHour * hourMs <= nowMs);
  const last = past.findLastIndex(({ terms: each }) => each.collection === 'invoice');
  return hourStartMs(past[last + 1]?.fromHour ?? 0) * (last < 0 ? 0 : 1);
}

// What runs, up to the end of this minute, and no further than the zero by which others were stopped.
function runningUntil({ running }: Outlook, { nowMs, zeroAtMs }: { nowMs: number; zeroAtMs: number }): Nanos {
  const toMinute = Math.min(Math.floor(nowMs / minuteMs) + 1, Math.floor(zeroAtMs / minuteMs));
  return runningBetween(running, { fromMinute: 0, toMinute });
}

// At list prices, which is at least what it costs: where no zero is foreseen, all that is left.
function coverOf(
  { running }: Outlook,
  { zeroMs, standing }: { zeroMs: number | null; standing: CreditStanding },
): Nanos {
  if (zeroMs === null || running.length === 0) return standing.remainingNanos;
  const fromMinute = Math.min(...running.map((each) => each.fromMinute));
  return runningBetween(running, { fromMinute, toMinute: Math.floor(zeroMs / minuteMs) });
}
