// What becomes of the usage of a void invoice: it is void, too, or owed again.
import type { Month } from '../../domain/period';
import { isWithin, monthBounds } from '../connection/instants';
import type { Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';
import { minutesOf } from '../metering/minutes';

// An invoice knows how many minutes of an hour it holds. Mostly that is all there are; where some came later, those of the
// replicas that are known longest are its.
const voidHeld = statement(`
  with held as (
    select hour, model, version, instance_type, minutes from standing_usage
    where workspace_id = :workspace and month = :month and invoice_id = :invoice
  ), hours as (
    select distinct :workspace::text as workspace_id, hour from held
  ), ${minutesOf('hours')}, ranked as (
    select replica_minutes.workspace_id, hour, replica_id, billable, held.minutes as wanted, bit_count(billable::bit(64)) as has,
      coalesce(sum(bit_count(billable::bit(64))) over (partition by hour, model, version, instance_type
        order by replica_id rows between unbounded preceding and 1 preceding), 0) as before
    from replica_minutes join held using (hour, model, version, instance_type) where billable <> 0
  ), voided as (
    update replica_hours as stored set voided = stored.voided
      | case when before + has <= wanted then billable else first_minutes(billable, (wanted - before)::int) end
    from ranked
    where ranked.before < ranked.wanted and stored.workspace_id = ranked.workspace_id and stored.hour = ranked.hour
      and stored.replica_id = ranked.replica_id and ${isWithin('stored.hour')}
  )
  insert into dirty_hours (shard, workspace_id, hour)
  select :shard::int2, workspace_id, hour from hours order by hour
  on conflict do nothing`);

type OfInvoice = { readonly workspace: string; readonly invoice: string; readonly months: readonly Month[] };

/** Voids for good the minutes that an invoice holds; their hours are to be rolled up. The caller holds the shard alone. */
export async function voidHeldMinutes(
  trx: Trx,
  { workspace, invoice, months, shard }: OfInvoice & { readonly shard: number },
): Promise<void> {
  // A month at a time: those of late parts may lie far apart.
  for (const month of months) await voidHeld(trx, { workspace, invoice, month, shard, ...monthBounds(month) });
}

const markLate = statement(`
  update billing_periods set has_late_usage = true
  where workspace_id = :workspace and month = any(:months::text[]) and is_closed and not has_late_usage`);

/** Lets the next invoice of the workspace look for what is owed of these months. */
export async function oweAgain(
  trx: Trx,
  of: { readonly workspace: string; readonly months: readonly Month[] },
): Promise<void> {
  await markLate(trx, { workspace: of.workspace, months: textArray(of.months) });
}
