// What collecting may have lost: unpaid invoices that, by what Postgres has, no workflow looks after, and those whose customer
// has not heard of them. Both read the unpaid alone: a hundred thousand paid ones cost nothing.
import { untoldLookBackMs, untoldMsMax } from '../../domain/collecting/mail';
import type { CollectPaymentArguments } from '../../domain/delivery';
import { dayMs, formatInstant, hourMs, minuteMs } from '../../domain/period';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

// Not begun in time, past what it waited for, failing without being tried again, or ended though something remains. One that
// waits for its customer may do so for months, and nothing shows whether it still does: it is started again once a week,
// which is nothing where it runs.
const beginsWithinMs = 15 * minuteMs;
const lateMs = hourMs;
const askedAgainMs = 7 * dayMs;

type LostRow = { workspace_id: string; id: string; run: number; remaining_cents: bigint; ended: boolean };

const selectLost = statement<LostRow>(`
  select invoices.workspace_id, id, coalesce(run, 0) as run, remaining_cents, ended_at is not null as ended
  from invoices left join collectings on collectings.workspace_id = invoices.workspace_id and invoice_id = id
  where remaining_cents > 0 and status in ('issued', 'past_due') and (collection = 'invoice' or :charging::boolean)
    and case
      when asked_at is null then issued_at < :begun_before::timestamptz
      when ended_at is not null then true
      when trouble is not null then asked_at < :late_before::timestamptz
      when until is not null then until < :late_before::timestamptz
      else asked_at < :asked_before::timestamptz end
  order by invoices.workspace_id, number`);

export type LostCollecting = CollectPaymentArguments & { readonly isEnded: boolean };

export async function listLostCollecting(
  db: Db,
  { nowMs, isCharging }: { readonly nowMs: number; readonly isCharging: boolean },
): Promise<readonly LostCollecting[]> {
  const rows = await selectLost(db, {
    charging: isCharging,
    begun_before: formatInstant(nowMs - beginsWithinMs),
    late_before: formatInstant(nowMs - lateMs),
    asked_before: formatInstant(nowMs - askedAgainMs),
  });
  return rows.map((row) => ({
    workspace: row.workspace_id,
    invoice: row.id,
    run: row.run,
    amountDueCents: String(row.remaining_cents),
    isEnded: row.ended,
  }));
}

const selectUnheard = statement<{ invoice_id: string }>(`
  select invoice_id from collectings
  join invoices on invoices.workspace_id = collectings.workspace_id and id = invoice_id
  where ended_at is null and asked_at < :late_before::timestamptz
    and (remaining_cents = 0 or status in ('void', 'uncollectible'))
  order by invoice_id`);

/** Invoices of which nothing is to be collected any more, and whose collecting has not ended. */
export async function listUnheard(db: Db, { nowMs }: { readonly nowMs: number }): Promise<readonly string[]> {
  const rows = await selectUnheard(db, { late_before: formatInstant(nowMs - lateMs) });
  return rows.map((row) => row.invoice_id);
}

const selectUntold = statement<{ workspace_id: string; id: string }>(`
  select workspace_id, id from invoices
  where remaining_cents > 0 and status in ('issued', 'past_due')
    and issued_at between :from::timestamptz and :to::timestamptz
    and not exists (select from emails
      where emails.workspace_id = invoices.workspace_id and about = invoices.id and kind <> 'credit_note_issued')
  order by workspace_id, number`);

/** Unpaid invoices that were issued a while ago, and of which no e-mail was written. */
export async function listUntold(
  db: Db,
  { nowMs }: { readonly nowMs: number },
): Promise<readonly { readonly workspace: string; readonly invoice: string }[]> {
  const rows = await selectUntold(db, {
    from: formatInstant(nowMs - untoldLookBackMs),
    to: formatInstant(nowMs - untoldMsMax),
  });
  return rows.map(({ workspace_id: workspace, id: invoice }) => ({ workspace, invoice }));
}
