// How the collecting of an invoice stands, by the last look.
import type { End, Wait } from '../../domain/collecting/decide';
import { formatInstant } from '../../domain/period';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';
import { ensureGuards } from '../guard/waking';

const upsertCollecting = statement<{ is_news: boolean }>(`
  with past_due as (
    update invoices set status = 'past_due'
    where workspace_id = :workspace and id = :invoice and status = 'issued' and :past_due::boolean
  )
  insert into collectings as known (workspace_id, invoice_id, waits_for, until, asked_at, ended_at, past_due_since)
  values (:workspace, :invoice, :waits_for, :until::timestamptz, :at::timestamptz, :ended_at::timestamptz,
    case when :past_due::boolean then :at::timestamptz end)
  on conflict (workspace_id, invoice_id) do update set waits_for = excluded.waits_for, until = excluded.until,
    asked_at = excluded.asked_at, ended_at = excluded.ended_at, trouble = null,
    past_due_since = case when excluded.ended_at is null then coalesce(known.past_due_since, excluded.past_due_since) end
  returning (new.past_due_since is null) <> (old.past_due_since is null) as is_news`);

/** What a look has led to. An invoice of which nothing is tried by itself any more is past due, and its guard hears of it. */
export async function noteCollecting(
  trx: Trx,
  of: { readonly workspace: string; readonly invoice: string; readonly decision: End | Wait; readonly nowMs: number },
): Promise<void> {
  const { workspace, invoice, decision, nowMs } = of;
  const isWaiting = decision.kind === 'wait';
  const [noted] = await upsertCollecting(trx, {
    workspace,
    invoice,
    waits_for: isWaiting ? decision.for : null,
    until: isWaiting && decision.untilMs !== null ? formatInstant(decision.untilMs) : null,
    past_due: isWaiting && decision.isPastDue,
    at: formatInstant(nowMs),
    ended_at: isWaiting ? null : formatInstant(nowMs),
  });
  if (noted?.is_news) await ensureGuards(trx, { workspaces: [workspace], nowMs });
}

const upsertTrouble = statement(`
  insert into collectings (workspace_id, invoice_id, asked_at, trouble)
  values (:workspace, :invoice, :at::timestamptz, :trouble)
  on conflict (workspace_id, invoice_id) do update set asked_at = excluded.asked_at, trouble = excluded.trouble`);

/** Why a look has failed: it is tried again. */
export async function noteTrouble(
  db: Db,
  of: { readonly workspace: string; readonly invoice: string; readonly trouble: string; readonly nowMs: number },
): Promise<void> {
  const { nowMs, trouble, ...invoice } = of;
  await upsertTrouble(db, { ...invoice, trouble: trouble.slice(0, 500), at: formatInstant(nowMs) });
}
