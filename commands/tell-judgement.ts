// What a judgement has to tell its customer: at most one thing, the gravest, written in its transaction.
import type { Trx } from '../db/connection/knex';
import { type GuardFacts, readGuardFacts } from '../db/guard/facts';
import { noteTold } from '../db/guard/outcome';
import { gravestStop, type Judgement } from '../domain/guard/judgement';
import type { Notice, NoticeFacts } from '../domain/guard/notices';
import type { Settings } from './connections';
import type { Foreseen } from './foresee-credits';
import { writeGuardMail } from './write-guard-mail';

type Telling = {
  readonly workspace: string;
  readonly facts: GuardFacts;
  readonly foreseen: Foreseen;
  readonly judgement: Judgement;
  readonly settings: Settings;
  readonly nowMs: number;
  /** A crossing that is due, where nothing graver is. */
  readonly notice: Notice | null;
  /** Which models are stopped, or go on. */
  readonly models: readonly string[];
};

export async function tellJudgement(trx: Trx, telling: Telling): Promise<void> {
  const { workspace, facts, foreseen, settings, nowMs, models } = telling;
  const due = await noticeDue(trx, telling);
  if (due === undefined) return;
  const { standing } = foreseen;
  const said: NoticeFacts = {
    workspace,
    notice: due.notice,
    grantedNanos: standing.grantedNanos,
    remainingNanos: standing.remainingNanos,
    burnNanosPerHour: foreseen.burnNanosPerHour,
    zeroAtMs: foreseen.zeroMs,
    hasMethod: facts.hasMethod,
    models,
    occasion: due.occasion,
  };
  await writeGuardMail(trx, { facts: said, settings, nowMs });
}

type Due = { readonly notice: Notice; readonly occasion: number };

async function noticeDue(trx: Trx, telling: Telling): Promise<Due | undefined> {
  const { workspace, facts, foreseen, judgement, nowMs, notice } = telling;
  const untold = facts.standing.filter(
    ({ isTold, number }) => !isTold && judgement.end.every((each) => each.number !== number),
  );
  if (judgement.begin.length > 0 || untold.length > 0) {
    // What this judgement has just begun has its number by now.
    const now = await readGuardFacts(trx, { workspace, nowMs });
    const news = (now?.standing ?? []).filter(({ isTold }) => !isTold);
    await noteTold(trx, { workspace, numbers: news.map(({ number }) => number), nowMs });
    const gravest = gravestStop(news);
    if (gravest === undefined) return undefined;
    const { reason, scope, number } = gravest;
    return { notice: { kind: 'suspended', reason, scope }, occasion: number };
  }
  if (facts.state === 'suspended' && judgement.stops.length === 0) {
    const [ended] = judgement.end;
    const because = restoredBecause(ended?.because ?? facts.endedBecause);
    return { notice: { kind: 'restored', because }, occasion: ended?.number ?? facts.lastNumber };
  }
  return notice === null ? undefined : { notice, occasion: foreseen.grantCount };
}

function restoredBecause(because: string | null): Extract<Notice, { kind: 'restored' }>['because'] {
  return because === 'method' || because === 'credits' || because === 'paid' ? because : 'operator';
}
