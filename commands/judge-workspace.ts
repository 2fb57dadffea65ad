// The judgement of a workspace: what its credits still cover, whether it is stopped, and what its models are told. Read, decided
// and written in one transaction; the platform is called before it and after it.
import { lockForBill } from '../db/billing/closing';
import type { Trx } from '../db/connection/knex';
import { isUnreachable } from '../db/connection/unreachable';
import { type GuardFacts, readGuardFacts } from '../db/guard/facts';
import { lookNoLater, noteAllReported, writeEpisode, writeGuard, writeSuspensions } from '../db/guard/outcome';
import { addGuard } from '../db/guard/waking';
import { adoptStopped, wishRunning, wishStopped } from '../db/guard/wishes';
import { lockGuard } from '../db/locks';
import { meterWorkspace } from '../db/metering/hours';
import { readActiveMethod } from '../db/payments/methods';
import { MinutebookError } from '../domain/errors';
import { gravestStop, type Judgement, judge, type Situation, stopMessages } from '../domain/guard/judgement';
import { ladderStep } from '../domain/guard/ladder';
import { nextLook } from '../domain/guard/look';
import { crossingDue, type Told, untilNotice } from '../domain/guard/telling';
import { standingWords } from '../domain/guard/words';
import { fixedFraction } from '../domain/ids';
import { formatUsdShort } from '../domain/money';
import { dayMs, formatInstant, hourMs } from '../domain/period';
import type { ListedModel, ModelsListed } from '../gateways/models/models';
import { commandModels } from './command-models';
import type { Connections } from './connections';
import { type Foreseen, foreseeCredits } from './foresee-credits';
import { replayOf } from './replay-quarantine';
import { tellJudgement } from './tell-judgement';

/** What a judgement came to. Instants are RFC 3339, amounts decimal strings of dollars. */
export type Judged = {
  /** Everything said up to this number is judged by. */
  readonly sequence: number;
  readonly state: 'ok' | 'low' | 'suspended';
  /** When to look again, if nobody has anything to say before. */
  readonly lookAt: string;
  readonly remaining: string;
  readonly burnPerHour: string;
  readonly zeroAt?: string;
  /** What is suspended, why, and what would end it: for operators. */
  readonly words: string;
};

type Judging = Pick<Connections, 'db' | 'appender' | 'clock' | 'settings' | 'models'>;

/**
 * Meters and judges, and commands what follows. Several at once for one workspace are one after the other. Who dies on the way
 * leaves wishes that are sent by the next judgement. Throws `not_found` where there is no such workspace.
 */
export async function judgeWorkspace(
  judging: Judging,
  { workspace }: { readonly workspace: string },
  onProgress: () => void = () => undefined,
): Promise<Judged> {
  const { db, clock, models } = judging;
  await meter(judging, workspace, onProgress);
  let listed: ModelsListed | undefined;
  let judged = await db.transaction(async (trx) =>
    judgeOnce(trx, judging, { workspace, nowMs: await clock(), listed }),
  );
  if (judged === 'unlisted' && models !== undefined) {
    listed = await models.listModels(workspace);
    judged = await db.transaction(async (trx) => judgeOnce(trx, judging, { workspace, nowMs: await clock(), listed }));
  }
  if (judged === 'unlisted') throw new Error(`guard: the platform of ${workspace} was asked, and is to be asked again`);
  return models === undefined ? judged : await command({ ...judging, models }, { workspace, judged });
}

// Reports of a whole shard are folded together, and a backlog of them may take minutes, in which the zero passes.
const meteringMsMax = 5000;

// Who cannot be metered is judged by what is. Only without Postgres there is nothing to judge by. With a payment method on file
// nothing is foreseen, and the models that it brings back wait for nobody.
async function meter({ db, appender, clock }: Judging, workspace: string, onProgress: () => void): Promise<void> {
  if ((await readActiveMethod(db, workspace)) !== undefined) return;
  const untilMs = performance.now() + meteringMsMax;
  const goOn = () => {
    onProgress();
    if (performance.now() > untilMs) throw new Error('guard: metering goes on without waiting for it');
  };
  try {
    await replayOf({ db, appender, nowMs: await clock() }, workspace);
    await meterWorkspace(db, workspace, goOn);
  } catch (error) {
    if (isUnreachable(error)) throw error;
  }
}

async function command(
  judging: Judging & Required<Pick<Judging, 'models'>>,
  { workspace, judged }: { readonly workspace: string; readonly judged: Judged },
): Promise<Judged> {
  const { sequence } = judged;
  const againMs = await commandModels(judging, { workspace, sequence });
  if (againMs === null || againMs >= Date.parse(judged.lookAt)) return judged;
  await judging.db.transaction((trx) => lookNoLater(trx, { workspace, ms: againMs }));
  return { ...judged, lookAt: formatInstant(againMs) };
}

type Looking = { readonly workspace: string; readonly nowMs: number; readonly listed: ModelsListed | undefined };

async function judgeOnce(trx: Trx, judging: Judging, looking: Looking): Promise<Judged | 'unlisted'> {
  const { workspace, nowMs, listed } = looking;
  if (!(await lockForBill(trx, workspace))) throw noSuchWorkspace(workspace);
  await lockGuard(trx, workspace);
  const facts = await readFacts(trx, looking);
  const active = listed?.kind === 'listed' ? listed.models.filter(({ state }) => state === 'active') : null;
  const names = active === null ? null : new Set(active.map(({ model }) => model));
  const isStoppedThere = listed?.kind === 'listed' && listed.models.some(isStoppedByBilling);
  const foreseen = await foreseeCredits(trx, { workspace, facts, nowMs, active: names, isStoppedThere });
  if (foreseen === undefined) throw noSuchWorkspace(workspace);
  const situation = situationOf(judging, { facts, foreseen, nowMs });
  const judgement = judge(situation);
  if (listed === undefined && judging.models !== undefined && mustList(facts, judgement, nowMs)) return 'unlisted';
  return conclude(trx, judging, { ...looking, facts, foreseen, judgement, situation });
}

async function readFacts(trx: Trx, { workspace, nowMs }: Looking): Promise<GuardFacts> {
  const facts = await readGuardFacts(trx, { workspace, nowMs });
  if (facts !== undefined) return facts;
  await addGuard(trx, { workspace, nowMs });
  const added = await readGuardFacts(trx, { workspace, nowMs });
  if (added === undefined) throw new Error(`guard: that of ${workspace} was added and is not there`);
  return added;
}

function situationOf(
  { settings, models }: Judging,
  { facts, foreseen, nowMs }: { readonly facts: GuardFacts; readonly foreseen: Foreseen; readonly nowMs: number },
): Situation {
  const { payer, zeroMs, isNextCovered } = foreseen;
  return {
    nowMs,
    leadMs: settings.stopLeadMs,
    payer,
    isCommanding: models !== undefined && payer !== 'invoice',
    inCommandSinceMs: facts.inCommandSinceMs,
    zeroMs,
    isNextCovered,
    methodLeftMs: facts.methodLeftMs,
    lastEpisodeEndMs: facts.lastEpisodeEndMs,
    hasOpenEpisode: facts.hasOpenEpisode,
    pastDue: { sinceMs: facts.pastDueSinceMs, pausedUntilMs: facts.pausedUntilMs },
    ladder: settings.pastDueLadder,
    standing: facts.standing,
  };
}

// Where models are to be stopped, or started again; and where the platform may have stopped some by itself, as the hour at which
// it was to do that has passed.
function mustList(facts: GuardFacts, judgement: Judgement, nowMs: number): boolean {
  const isOver = facts.state !== 'suspended' && facts.zeroAtMs !== null && facts.zeroAtMs <= nowMs;
  return areModelsStopped(judgement) || facts.hasStopWishes || facts.unlistedSinceMs !== null || isOver;
}

type Concluding = Looking & {
  readonly facts: GuardFacts;
  readonly foreseen: Foreseen;
  readonly judgement: Judgement;
  readonly situation: Situation;
};

async function conclude(trx: Trx, judging: Judging, of: Concluding): Promise<Judged> {
  const { workspace, facts, foreseen, judgement, nowMs } = of;
  await writeSuspensions(trx, {
    workspace,
    judgement,
    lastNumber: facts.lastNumber,
    stoppedNanosPerMinute: foreseen.stoppedNanosPerMinute,
    listedThroughNanos: foreseen.listedThroughNanos,
    zeroMs: foreseen.zeroMs,
    nowMs,
  });
  const isStanding = facts.standing.some(({ reason }) => reason === 'credits');
  if (isStanding && !foreseen.isAwaited && foreseen.running.length === 0) await noteAllReported(trx, { workspace });
  await writeEpisode(trx, { workspace, episode: judgement.episode, lastNumber: facts.lastEpisode, nowMs });
  const changed = judging.models === undefined ? [] : await writeWishes(trx, of);
  const crossing = crossingOf(of);
  await tellJudgement(trx, { ...of, settings: judging.settings, notice: crossing.notice, models: changed });
  return writeOutcome(trx, judging, { ...of, told: crossing.told });
}

async function writeWishes(trx: Trx, of: Concluding): Promise<readonly string[]> {
  const { workspace, judgement, listed, foreseen, nowMs } = of;
  const stop = gravestStop(judgement.stops.filter(({ scope }) => scope === 'models'));
  const known = listed?.kind === 'listed' ? listed.models : [];
  const reason = stop?.reason ?? 'credits';
  const wish = { workspace, reason, message: stopMessages[reason], nowMs };
  await adoptStopped(trx, { ...wish, models: namesOf(known, isStoppedByBilling) });
  if (stop === undefined) return wishRunning(trx, { workspace, nowMs });
  const isListed = listed?.kind === 'listed';
  const models = isListed
    ? namesOf(known, ({ state }) => state === 'active')
    : [...new Set(foreseen.running.map(({ model }) => model))];
  await wishStopped(trx, { ...wish, models, isListed });
  return models;
}

const isStoppedByBilling = (model: ListedModel) => model.state === 'stopped' && model.stoppedBy === 'billing';

function namesOf(models: readonly ListedModel[], isWanted: (model: ListedModel) => boolean): readonly string[] {
  return models.filter(isWanted).map(({ model }) => model);
}

const areModelsStopped = ({ stops }: Judgement) => stops.some(({ scope }) => scope === 'models');

function isShort({ foreseen, nowMs }: Pick<Concluding, 'foreseen' | 'nowMs'>): boolean {
  return foreseen.zeroMs !== null && foreseen.running.length > 0 && foreseen.zeroMs - nowMs < dayMs;
}

function crossingOf(of: Concluding) {
  const { foreseen, judgement, facts } = of;
  return crossingDue({
    standing: foreseen.standing,
    payer: foreseen.payer,
    isShort: isShort(of),
    isSuspended: areModelsStopped(judgement),
    grants: foreseen.grants.length,
    told: facts.told,
  });
}

async function writeOutcome(trx: Trx, { models, settings }: Judging, of: Concluding & { told: Told }): Promise<Judged> {
  const { workspace, nowMs, facts, foreseen, judgement, listed, told } = of;
  const { payer, standing, burnNanosPerHour } = foreseen;
  const { remainingNanos } = standing;
  const state = stateOf(of);
  const isStopped = judgement.stops.some(({ reason }) => reason === 'credits');
  // A platform whose command is lost with us goes by it, so that it stands as long as the suspension does.
  const isStill = isStopped && facts.standing.some(({ reason }) => reason === 'credits');
  const stoppedAtMs = (isStill ? facts.zeroAtMs : foreseen.zeroMs) ?? nowMs;
  const zeroMs = isStopped ? stoppedAtMs : foreseen.zeroMs;
  const changesMs = changesOf(of, settings.pastDueLadder);
  const isUnlisted = listed?.kind === 'failed' && models !== undefined;
  const again = [...(isUnlisted ? [nowMs + askAgainMs] : []), ...lookAgain(of)];
  const nextLookMs = nextLook({
    nowMs,
    leadMs: settings.stopLeadMs,
    fraction: fixedFraction(workspace),
    zeroMs: isStopped ? null : zeroMs,
    isSuspended: state === 'suspended',
    changesMs: [...changesMs, ...again],
    endsMs: endsOf(foreseen),
  });
  const nextChangeMs = changesMs.length === 0 ? null : Math.min(...changesMs) + changedWithinMs;
  await writeGuard(trx, {
    workspace,
    sequence: facts.sequence,
    state,
    inCommandSinceMs: judgement.inCommandSinceMs,
    nextLookMs,
    remainingNanos,
    burnNanosPerHour,
    zeroMs,
    listedNanos: facts.listedNanos,
    coverNanos: foreseen.coverNanos,
    burnListNanosPerMinute: foreseen.burnListNanosPerMinute,
    untilNoticeNanos: areModelsStopped(judgement) ? null : untilNotice({ standing, payer, told }),
    nextChangeMs,
    told,
    unlistedSinceMs: isUnlisted ? (facts.unlistedSinceMs ?? nowMs) : null,
    nowMs,
  });
  return {
    sequence: facts.sequence,
    state,
    lookAt: formatInstant(Math.ceil(nextLookMs)),
    remaining: formatUsdShort(remainingNanos),
    burnPerHour: formatUsdShort(burnNanosPerHour),
    ...(zeroMs === null ? {} : { zeroAt: formatInstant(zeroMs) }),
    words: standingWords({ workspace, payer, remainingNanos, burnNanosPerHour, zeroMs, stops: judgement.stops }),
  };
}

// A platform that does not say which models there are is asked again so soon.
const askAgainMs = 30_000;
// What was started again is reported by then, and so is what ran last before it was stopped; what was being deployed when it was
// stopped is listed.
const reportedWithinMs = 120_000;
// The guard's own timer is for what changes by itself; the tick sees to it where that is late.
const changedWithinMs = 60_000;

// What was stopped may be less than was foreseen, and go on: looked at again as long as its reports may come, ever more seldom.
function lookAgain({ judgement, facts, foreseen, nowMs }: Concluding): readonly number[] {
  const stands = facts.standing.filter(({ number }) => judgement.end.every((each) => each.number !== number));
  const isNews = [...judgement.begin, ...stands.filter(({ isTold }) => !isTold)].some(
    ({ scope }) => scope === 'models',
  );
  const isRestored = judgement.end.some(({ because }) => because === 'credits');
  const stopped = stands.find(({ reason }) => reason === 'credits');
  return [
    ...(isNews || isRestored ? [nowMs + reportedWithinMs] : []),
    ...(foreseen.isAwaited && stopped ? [nowMs + Math.max(reportedWithinMs, nowMs - stopped.beganAtMs)] : []),
  ];
}

function stateOf(of: Concluding): Judged['state'] {
  const { judgement, foreseen } = of;
  if (judgement.stops.length > 0) return 'suspended';
  const isLow = foreseen.payer === 'credits' && (isShort(of) || foreseen.standing.usedThreshold >= 80);
  return isLow ? 'low' : 'ok';
}

// Grants begin and end, terms become others, and the ladder of past due goes on.
function changesOf({ foreseen, situation, nowMs }: Concluding, ladder: Situation['ladder']): readonly number[] {
  const { grants, terms, payer } = foreseen;
  const edges = grants.flatMap(({ validFromHour, validUntilHour }) => [validFromHour, validUntilHour ?? 0]);
  const hours = [...(payer === 'credits' ? edges : []), ...terms.map(({ fromHour }) => fromHour)];
  const step = payer === 'invoice' ? null : ladderStep(situation.pastDue, { ladder, nowMs }).changesAtMs;
  const changes = [...hours.map((hour) => hour * hourMs), ...(step === null ? [] : [step])];
  return changes.filter((ms) => ms > nowMs);
}

function endsOf({ grants, payer }: Foreseen): readonly number[] {
  const ending = grants.filter(({ remainingNanos }) => payer === 'credits' && remainingNanos > 0n);
  return ending.flatMap(({ validUntilHour }) => (validUntilHour === null ? [] : [validUntilHour * hourMs]));
}

function noSuchWorkspace(workspace: string): MinutebookError {
  return new MinutebookError({ code: 'not_found', detail: `there is no workspace ${workspace} to guard` });
}
