// Until when past due invoices stop nothing of a workspace, by an operator's word.
import { formatInstant } from '../../domain/period';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';

export type PastDuePause = { readonly untilMs: number; readonly reason: string };

type PauseRow = { until_at: number; reason: string };

const selectPause = statement<PauseRow>(`
  select until_at, reason from past_due_pauses where workspace_id = :workspace`);

/** Undefined where there is none; one that is over is still there. */
export async function readPastDuePause(db: Db, workspace: string): Promise<PastDuePause | undefined> {
  const [row] = await selectPause(db, { workspace });
  return row && pauseOf(row);
}

const upsertPause = statement(`
  insert into past_due_pauses (workspace_id, until_at, reason, set_at)
  values (:workspace, :until::timestamptz, :reason, :at::timestamptz)
  on conflict (workspace_id) do update
    set until_at = excluded.until_at, reason = excluded.reason, set_at = excluded.set_at`);

export async function storePastDuePause(
  trx: Trx,
  { workspace, pause, nowMs }: { readonly workspace: string; readonly pause: PastDuePause; readonly nowMs: number },
): Promise<void> {
  const { untilMs, reason } = pause;
  await upsertPause(trx, { workspace, until: formatInstant(untilMs), reason, at: formatInstant(nowMs) });
}

const deletePause = statement<PauseRow>(`
  delete from past_due_pauses where workspace_id = :workspace returning until_at, reason`);

/** Answers what there was. */
export async function removePastDuePause(trx: Trx, workspace: string): Promise<PastDuePause | undefined> {
  const [row] = await deletePause(trx, { workspace });
  return row && pauseOf(row);
}

function pauseOf({ until_at, reason }: PauseRow): PastDuePause {
  return { untilMs: until_at, reason };
}
