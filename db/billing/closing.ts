// Closing a period: what decides whether it can be closed now, read under the locks that make the decision hold.
import type { CloseBecause, ClosingFacts } from '../../domain/closing';
import type { PostedExpiry } from '../../domain/ledger';
import { type Billing, type Buyer, buyerOf, noBilling } from '../../domain/parties';
import type { Month } from '../../domain/period';
import { noSuchWorkspace } from '../accounts/workspaces';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';
import { mended } from '../intake/quarantine-groups';
import { holdForBill, holdForInvoice, lockShardOf, lockWorkspaceRow } from '../locks';
import { hasDirtyRanges } from '../metering/dirty-ranges';
import { theOldest, unfoldedBy } from '../metering/unfolded';
import {
  aliveGrants,
  type BillingAccount,
  closedThrough,
  type GrantJson,
  grantsFromJson,
  hasEpisodes,
  type TermsPointJson,
  termsAsJson,
  termsPointsFromJson,
} from './account';
import { type ClosingRow, closingColumns, closingFactsOf } from './completeness';
import { type PostedExpiryJson, postedExpiryAsJson, postedExpiryFromJson } from './expiry';

/**
 * Takes the locks of an invoice: shared, the price book, as a price may not change of hours that an invoice is about to hold;
 * and those of a bill. Answers false where there is no such workspace.
 */
export async function lockForInvoice(trx: Trx, workspace: string): Promise<boolean> {
  return holdForInvoice(trx, workspace);
}

/**
 * Takes the locks of a bill that something is decided by: shared, its shard's metering, so that no hour changes meanwhile, and
 * the workspace's row (its grants and terms, one invoice at a time and its number). Answers false where there is no such
 * workspace.
 */
export async function lockForBill(trx: Trx, workspace: string): Promise<boolean> {
  return holdForBill(trx, workspace);
}

/**
 * Takes the locks of what changes invoiced usage: its shard alone, as hours are rolled up, and the workspace's row. Answers the
 * shard. Throws `not_found` where there is no such workspace.
 */
export async function lockForCorrection(trx: Trx, workspace: string): Promise<number> {
  const shard = await lockShardOf(trx, workspace);
  if (shard === undefined) throw noSuchWorkspace(workspace);
  await lockWorkspaceRow(trx, workspace);
  return shard;
}

type Row = ClosingRow & {
  closed_because: CloseBecause | null;
  next_number: number;
  grants: GrantJson[];
  terms: TermsPointJson[];
  late_months: Month[];
  name: string;
  billing_email: string;
  billing: Partial<Billing>;
  posted_expiry: PostedExpiryJson;
  closed_through: number | null;
  invoice_id: string | null;
  remaining_cents: bigint | null;
  total_cents: bigint | null;
  has_episodes: boolean;
};

/** SQL: whether reports of a workspace wait to be replayed, folded or rolled up to hours, of which bills are made. */
export const unmetered = `
  (${mended}
    or exists (select from set_aside
      where set_aside.shard = workspaces.shard and set_aside.workspace_id = workspaces.id and work = 'fold')
    or exists (select from fold_cursors
      cross join lateral ${unfoldedBy('fold_cursors', '', {
        condition: 'reports.workspace_id = workspaces.id',
        // The first will do: planned for all of them, a backlog of the shard was read and sorted whole, 20 ms of 8,000.
        first: theOldest,
      })} as unfolded
      where fold_cursors.shard = workspaces.shard)
    or exists (select from dirty_hours
      where dirty_hours.shard = workspaces.shard and dirty_hours.workspace_id = workspaces.id)
    or ${hasDirtyRanges})`;

const selectUnmetered = statement<{ unmetered: boolean }>(`
  select ${unmetered} as unmetered from workspaces where id = :workspace`);

/** Whether reports of a workspace wait to be replayed, folded or rolled up. */
export async function isUnmetered(db: Db, workspace: string): Promise<boolean> {
  const [row] = await selectUnmetered(db, { workspace });
  return row?.unmetered ?? false;
}

const selectMended = statement<{ mended: boolean }>(`select ${mended} as mended from workspaces where id = :workspace`);

/** Whether reports of a workspace lie in quarantine that would be taken by now. */
export async function hasMended(db: Db, workspace: string): Promise<boolean> {
  const [row] = await selectMended(db, { workspace });
  return row?.mended ?? false;
}

const selectClosing = statement<Row>(`
  select ${closingColumns}, period.closed_because,
    coalesce((select max(number) from invoices where invoices.workspace_id = workspaces.id), 0) + 1 as next_number,
    ${aliveGrants} as grants, ${termsAsJson} as terms,
    array(select month::text from billing_periods where workspace_id = workspaces.id and has_late_usage order by month)
      as late_months,
    workspaces.name, workspaces.billing_email, workspaces.billing,
    issued.id as invoice_id, issued.total_cents, ${hasEpisodes} as has_episodes,
    issued.total_cents - coalesce((select amount_cents from overrun_write_offs as written_off
      where written_off.workspace_id = issued.workspace_id and invoice_id = issued.id), 0) as remaining_cents,
    ${postedExpiryAsJson} as posted_expiry, ${closedThrough} as closed_through
  from billing_periods as period
  join workspaces on workspaces.id = period.workspace_id
  left join period_invoices as issued
    on issued.workspace_id = period.workspace_id and issued.month = period.month
  where period.workspace_id = :workspace and period.month = :month`);

export type Closing = ClosingFacts & { readonly closedBecause: CloseBecause | null } & Pick<
    BillingAccount,
    'grants' | 'terms' | 'lateMonths' | 'hasEpisodes'
  > & {
    readonly nextNumber: number;
    readonly postedExpiry: PostedExpiry;
    /** Up to when the periods before this one are closed. */
    readonly closedThroughMs: number | null;
    /** Who buys, at this moment. */
    readonly buyer: Buyer;
    readonly issued: Issued | undefined;
  };

export type Issued = {
  readonly invoiceId: string;
  readonly totalCents: bigint;
  /** What remained to be paid at its issue. */
  readonly remainingCents: bigint;
};

/** Answers undefined where the period was never opened. */
export async function readClosing(
  db: Db,
  { workspace, month }: { workspace: string; month: Month },
): Promise<Closing | undefined> {
  const [row] = await selectClosing(db, { workspace, month });
  if (row === undefined) return undefined;
  return {
    ...closingFactsOf(row),
    closedBecause: row.closed_because,
    nextNumber: row.next_number,
    postedExpiry: postedExpiryFromJson(row.posted_expiry),
    closedThroughMs: row.closed_through,
    grants: grantsFromJson(row.grants),
    terms: termsPointsFromJson(row.terms),
    lateMonths: row.late_months,
    hasEpisodes: row.has_episodes,
    buyer: buyerOf({
      name: row.name,
      billingEmail: row.billing_email,
      billing: { ...noBilling, ...row.billing },
    }),
    issued: issuedOf(row),
  };
}

function issuedOf({ invoice_id: invoiceId, total_cents, remaining_cents }: Row): Issued | undefined {
  if (invoiceId === null) return undefined;
  return { invoiceId, totalCents: total_cents ?? 0n, remainingCents: remaining_cents ?? 0n };
}
