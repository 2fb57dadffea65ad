// How the collecting of an invoice stands, by the last look.
import type { End, Wait } from '../../domain/collecting/decide';
import { formatInstant } from '../../domain/period';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';

const upsertCollecting = statement(`
  with past_due as (
    update invoices set status = 'past_due' where id = :invoice and status = 'issued' and :past_due::boolean
  )
  insert into collectings (workspace_id, invoice_id, waits_for, until, asked_at, ended_at)
  values (:workspace, :invoice, :waits_for, :until::timestamptz, :at::timestamptz, :ended_at::timestamptz)
  on conflict (invoice_id) do update set waits_for = excluded.waits_for, until = excluded.until,
    asked_at = excluded.asked_at, ended_at = excluded.ended_at, trouble = null`);

/** What a look has led to. An invoice of which nothing is tried by itself any more is past due. */
export async function noteCollecting(
  trx: Trx,
  of: { readonly workspace: string; readonly invoice: string; readonly decision: End | Wait; readonly nowMs: number },
): Promise<void> {
  const { workspace, invoice, decision, nowMs } = of;
  const isWaiting = decision.kind === 'wait';
  await upsertCollecting(trx, {
    workspace,
    invoice,
    waits_for: isWaiting ? decision.for : null,
    until: isWaiting && decision.untilMs !== null ? formatInstant(decision.untilMs) : null,
    past_due: isWaiting && decision.isPastDue,
    at: formatInstant(nowMs),
    ended_at: isWaiting ? null : formatInstant(nowMs),
  });
}

const upsertTrouble = statement(`
  insert into collectings (workspace_id, invoice_id, asked_at, trouble)
  values (:workspace, :invoice, :at::timestamptz, :trouble)
  on conflict (invoice_id) do update set asked_at = excluded.asked_at, trouble = excluded.trouble`);

/** Why a look has failed: it is tried again. */
export async function noteTrouble(
  db: Db,
  of: { readonly workspace: string; readonly invoice: string; readonly trouble: string; readonly nowMs: number },
): Promise<void> {
  const { nowMs, trouble, ...invoice } = of;
  await upsertTrouble(db, { ...invoice, trouble: trouble.slice(0, 500), at: formatInstant(nowMs) });
}
