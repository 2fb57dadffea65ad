// What a judgement concludes, written in its transaction: suspensions, episodes, what is wanted of models, what the customer is
// told, and the guard's own row.
import type { Trx } from '../db/connection/knex';
import type { GuardFacts } from '../db/guard/facts';
import { noteAllReported, writeEpisode, writeGuard, writeSuspensions } from '../db/guard/outcome';
import { adoptStopped, restateStops, wishRunning, wishStopped } from '../db/guard/wishes';
import { gravestStop, type Judgement, type Situation, stopMessages } from '../domain/guard/judgement';
import { crossingDue, type Told, untilNotice } from '../domain/guard/telling';
import { standingWords } from '../domain/guard/words';
import { formatUsdShort } from '../domain/money';
import type { Judged } from '../domain/outcomes';
import { dayMs, formatInstant } from '../domain/period';
import type { ListedModel, ModelsListed } from '../gateways/models/models';
import type { Connections } from './connections';
import type { Foreseen } from './foresee-credits';
import { tellJudgement } from './tell-judgement';
import { whenToLook } from './when-to-look';

type Judging = Pick<Connections, 'settings' | 'models'>;

/** What a judgement is made of, and what it says. */
export type Concluding = {
  readonly workspace: string;
  readonly nowMs: number;
  /** What the platform answered, where it was asked. */
  readonly listed: ModelsListed | undefined;
  readonly facts: GuardFacts;
  readonly foreseen: Foreseen;
  readonly judgement: Judgement;
  readonly situation: Situation;
};

/** Writes it down, and answers what it came to. */
export async function conclude(trx: Trx, judging: Judging, of: Concluding): Promise<Judged> {
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
  await restateStops(trx, wish);
  await wishStopped(trx, { ...wish, models, isListed });
  return models;
}

/** What the platform says that billing has stopped. */
export const isStoppedByBilling = (model: ListedModel) => model.state === 'stopped' && model.stoppedBy === 'billing';

function namesOf(models: readonly ListedModel[], isWanted: (model: ListedModel) => boolean): readonly string[] {
  return models.filter(isWanted).map(({ model }) => model);
}

/** Whether anything stops models, and not deployments alone. */
export const areModelsStopped = ({ stops }: Judgement) => stops.some(({ scope }) => scope === 'models');

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
    grants: foreseen.grantCount,
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
  const isUnlisted = listed?.kind === 'failed' && models !== undefined;
  const foreseenMs = isStopped ? null : zeroMs;
  const { nextLookMs, nextChangeMs } = whenToLook(of, { settings, state, zeroMs: foreseenMs, isUnlisted });
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

function stateOf(of: Concluding): Judged['state'] {
  const { judgement, foreseen } = of;
  if (judgement.stops.length > 0) return 'suspended';
  const isLow = foreseen.payer === 'credits' && (isShort(of) || foreseen.standing.usedThreshold >= 80);
  return isLow ? 'low' : 'ok';
}
