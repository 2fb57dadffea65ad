// The judgement of a workspace: what is stopped from now on, what goes on, and when an episode without credits begins and ends.
import { minuteMs } from '../period';
import { ladderStep, type PastDue, type PastDueLadder } from './ladder';
import type { SuspensionReason, SuspensionScope } from './notices';

/** Who pays once the credits are gone: nobody, the method on file, or who is sent an invoice. */
export type Payer = 'credits' | 'method' | 'invoice';

export type Suspension = {
  readonly number: number;
  readonly reason: SuspensionReason;
  readonly scope: SuspensionScope;
};

/** What a judgement goes by. Instants in epoch milliseconds. */
export type Situation = {
  readonly nowMs: number;
  /** How long before the end of the last minute that credits cover the models are stopped. */
  readonly leadMs: number;
  readonly payer: Payer;
  /** Whether there is a platform to command, and terms by which it is. */
  readonly isCommanding: boolean;
  /** Since when it was, by the judgements before. */
  readonly inCommandSinceMs: number | null;
  /** The beginning of the first minute that credits do not cover whole; null where none is foreseen. */
  readonly zeroMs: number | null;
  /** Whether credits cover the next minute, too, of what runs or was stopped (where that is nothing: whether any are left). */
  readonly isNextCovered: boolean;
  /** When the last payment method left, where none is on file. */
  readonly methodLeftMs: number | null;
  readonly lastEpisodeEndMs: number | null;
  readonly hasOpenEpisode: boolean;
  readonly pastDue: PastDue;
  readonly ladder: PastDueLadder;
  readonly standing: readonly Suspension[];
};

/** Why a suspension ended. An operator ends his own by himself. */
export type Ending = 'method' | 'terms' | 'credits' | 'paid' | 'paused' | 'escalated';

export type Judgement = {
  readonly inCommandSinceMs: number | null;
  readonly begin: readonly { readonly reason: 'credits' | 'past_due'; readonly scope: SuspensionScope }[];
  readonly end: readonly { readonly number: number; readonly because: Ending }[];
  /** Of what stands after it. */
  readonly stops: readonly Pick<Suspension, 'reason' | 'scope'>[];
  readonly episode:
    | { readonly kind: 'begin'; readonly beginsAtMs: number; readonly because: 'credits' | 'method' }
    | { readonly kind: 'end'; readonly endsAtMs: number }
    | null;
};

/** Decides. Each reason for itself: a suspension is ended by its own end alone. */
export function judge(situation: Situation): Judgement {
  const { standing, isCommanding, nowMs } = situation;
  const inCommandSinceMs = isCommanding ? (situation.inCommandSinceMs ?? nowMs) : null;
  const changes = [creditsChange(situation), pastDueChange(situation)];
  const begin = changes.flatMap((change) => change.begin);
  const end = changes.flatMap((change) => change.end);
  const kept = standing.filter(({ number }) => !end.some((each) => each.number === number));
  const stops = [...kept, ...begin].map(({ reason, scope }) => ({ reason, scope }));
  const episode = episodeChange({ ...situation, inCommandSinceMs }, stops);
  return { inCommandSinceMs, begin, end, stops, episode };
}

/** Whether credits are gone, or will be before anybody could be told any more: nobody else pays, and the last minute has come. */
export function areCreditsGone({ payer, isNextCovered, zeroMs, nowMs, leadMs }: Situation): boolean {
  return payer === 'credits' && !isNextCovered && (zeroMs === null || zeroMs <= nowMs + leadMs);
}

type Change = Pick<Judgement, 'begin' | 'end'>;

function creditsChange(situation: Situation): Change {
  const { payer, standing, isNextCovered } = situation;
  const stopped = standing.find(({ reason }) => reason === 'credits');
  if (stopped === undefined) {
    return { begin: areCreditsGone(situation) ? [{ reason: 'credits', scope: 'models' }] : [], end: [] };
  }
  const { number } = stopped;
  if (payer !== 'credits')
    return { begin: [], end: [{ number, because: payer === 'method' ? 'method' : 'terms' } as const] };
  return { begin: [], end: isNextCovered ? [{ number, because: 'credits' }] : [] };
}

function pastDueChange({ pastDue, ladder, payer, standing, nowMs }: Situation): Change {
  const stopped = standing.find(({ reason }) => reason === 'past_due');
  const { scope } = payer === 'invoice' ? { scope: null } : ladderStep(pastDue, { ladder, nowMs });
  if (scope === (stopped?.scope ?? null)) return { begin: [], end: [] };
  const isPaused = pastDue.sinceMs !== null && pastDue.pausedUntilMs !== null && pastDue.pausedUntilMs > nowMs;
  // What is left where the oldest was paid may not be late enough.
  const because = scope !== null ? 'escalated' : isPaused ? 'paused' : 'paid';
  return {
    begin: scope === null ? [] : [{ reason: 'past_due', scope }],
    end: stopped === undefined ? [] : [{ number: stopped.number, because: payer === 'invoice' ? 'terms' : because }],
  };
}

// Overrun is ours from the computed zero on; what a method would have paid, what a platform that nobody commanded used, and
// what an episode before holds already is not of this one.
function episodeChange(
  { zeroMs, nowMs, methodLeftMs, lastEpisodeEndMs, inCommandSinceMs, hasOpenEpisode }: Situation,
  stops: Judgement['stops'],
): Judgement['episode'] {
  const isOpen = inCommandSinceMs !== null && stops.some(({ reason }) => reason === 'credits');
  if (isOpen === hasOpenEpisode) return null;
  if (!isOpen) return { kind: 'end', endsAtMs: (Math.floor(nowMs / minuteMs) + 1) * minuteMs };
  const goneAtMs = wholeMinute(zeroMs ?? nowMs);
  const leftAtMs = methodLeftMs === null ? 0 : wholeMinute(methodLeftMs);
  return {
    kind: 'begin',
    beginsAtMs: Math.max(goneAtMs, leftAtMs, wholeMinute(inCommandSinceMs ?? nowMs), lastEpisodeEndMs ?? 0),
    because: leftAtMs >= goneAtMs ? 'method' : 'credits',
  };
}

function wholeMinute(ms: number): number {
  return Math.ceil(ms / minuteMs) * minuteMs;
}

/** The gravest of what stops models: what they are told. */
export function gravestStop<Stop extends Pick<Suspension, 'reason' | 'scope'>>(
  stops: readonly Stop[],
): Stop | undefined {
  const reasons: readonly SuspensionReason[] = ['operator', 'past_due', 'credits'];
  const rank = ({ reason, scope }: Stop) => (scope === 'models' ? 0 : 3) + reasons.indexOf(reason);
  return [...stops].sort((one, other) => rank(one) - rank(other))[0];
}

/** For people, beside a model that is stopped. */
export const stopMessages: { readonly [reason in SuspensionReason]: string } = {
  credits: 'The credits of this workspace are used up, and no payment method is on file: add one, and it goes on.',
  past_due: 'An invoice of this workspace is past due: once it is paid, it goes on.',
  operator: 'This workspace was suspended by an operator.',
};
