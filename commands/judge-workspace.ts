// The judgement of a workspace: what its credits still cover, whether it is stopped, and what its models are told. Read, decided
// and written in one transaction; the platform is called before it and after it.
import { isUnmetered, lockForBill } from '../db/billing/closing';
import type { Trx } from '../db/connection/knex';
import { isUnreachable } from '../db/connection/unreachable';
import { type GuardFacts, readGuardFacts } from '../db/guard/facts';
import { lookNoLater } from '../db/guard/outcome';
import { addGuard } from '../db/guard/waking';
import { lockGuard } from '../db/locks';
import { meterWorkspace } from '../db/metering/hours';
import { readActiveMethod } from '../db/payments/methods';
import { MinutebookError } from '../domain/errors';
import { type Judgement, judge, type Situation } from '../domain/guard/judgement';
import type { Judged } from '../domain/outcomes';
import { formatInstant } from '../domain/period';
import type { ModelsListed } from '../gateways/models/models';
import { commandModels } from './command-models';
import { areModelsStopped, conclude, isStoppedByBilling } from './conclude-judgement';
import type { Connections } from './connections';
import { type Foreseen, foreseeCredits } from './foresee-credits';
import { replayOf } from './replay-quarantine';

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
    // Asked by one statement: most guards that wake by their own timer have nothing new, and metering takes its shard.
    if (!(await isUnmetered(db, workspace))) return;
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

function noSuchWorkspace(workspace: string): MinutebookError {
  return new MinutebookError({ code: 'not_found', detail: `there is no workspace ${workspace} to guard` });
}
