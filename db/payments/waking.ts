// Waking the collecting of invoices: whoever changed what one of them may wait for (a method, a payment, a dispute, an
// admin's word) calls this in the transaction of the change.

import { collectSignals } from '../../domain/delivery';
import { ofDocument } from '../billing/document-key';
import type { Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';

// One that has ended is told nothing, unless something remains again: then it is collected anew, by a run of its own. One
// that nobody has looked at yet has its start before this signal in the outbox, or is collected by nobody.
const waking = `
  ), begun_again as (
    update collectings set run = collectings.run + 1, ended_at = null
    from concerned
    where collectings.workspace_id = concerned.workspace_id and collectings.invoice_id = concerned.id and collectings.ended_at is not null and concerned.is_owed
    returning collectings.workspace_id, collectings.invoice_id, collectings.run
  )
  insert into outbox (kind, workflow_type, workflow_id, signal_name, arguments)
  select case when again.run is null then 'signal' else 'start' end, 'collectPayment',
    collect_workflow_id(concerned.id, coalesce(again.run, known.run, 0)),
    case when again.run is null then '${collectSignals.woken}' end,
    case when again.run is null then '{}'
      else jsonb_build_object('workspace', concerned.workspace_id, 'invoice', concerned.id, 'run', again.run,
        'amountDueCents', concerned.remaining_cents::text) end
  from concerned
  left join collectings as known on known.workspace_id = concerned.workspace_id and known.invoice_id = concerned.id
  left join begun_again as again on again.workspace_id = concerned.workspace_id and again.invoice_id = concerned.id
  where again.run is not null or known.ended_at is null
  order by concerned.number`;

const owed = `remaining_cents > 0 and status in ('issued', 'past_due')`;

const wakeUnpaid = statement(`
  with concerned as (
    select workspace_id, id, number, remaining_cents, true as is_owed
    from invoices where workspace_id = :workspace and ${owed}
  ${waking}`);

/** Has the collecting of each unpaid invoice of a workspace look again: its method, or what its network says of it, changed. */
export async function wakeCollectingOf(trx: Trx, { workspace }: { readonly workspace: string }): Promise<void> {
  await wakeUnpaid(trx, { workspace });
}

const wakeListed = statement(`
  with concerned as (
    select invoices.workspace_id, invoices.id, number, remaining_cents, ${owed} as is_owed
    from unnest(:workspaces::text[], :invoices::text[]) as listed (workspace_id, id)
    join invoices on invoices.workspace_id = listed.workspace_id and invoices.id = listed.id
  ${waking}`);

/** Has the collecting of these invoices look again: one of which something remains again after its end begins anew. */
export async function wakeCollecting(trx: Trx, invoices: readonly string[]): Promise<void> {
  const workspaces = invoices.map((invoice) => ofDocument(invoice).workspace ?? '');
  if (invoices.length > 0) {
    await wakeListed(trx, { workspaces: textArray(workspaces), invoices: textArray(invoices) });
  }
}
