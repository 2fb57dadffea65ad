// What a workspace wants on its invoices: changed by the platform's own sync and by the customer, each its part.

import { isDeepStrictEqual } from 'node:util';
import { type Author, audit } from '../db/accounts/audit';
import { lockWorkspace, storeBilling, type Workspace } from '../db/accounts/workspaces';
import type { Trx } from '../db/connection/knex';
import { type BillingChange, changeBilling } from '../domain/parties';

/** Changes the billing details of a workspace. Throws `not_found` where there is no such workspace. */
export async function changeBillingOf(
  trx: Trx,
  { workspace, change, author }: { workspace: string; change: BillingChange; author: Author },
): Promise<Workspace> {
  return applyBilling(trx, { stored: await lockWorkspace(trx, workspace), change, author });
}

/** The same of a workspace whose row the caller holds; null clears all. What changes nothing leaves no trace. */
export async function applyBilling(
  trx: Trx,
  { stored, change, author }: { stored: Workspace; change: BillingChange | null; author: Author },
): Promise<Workspace> {
  const { id: workspace, billing: before } = stored;
  const after = changeBilling(before, change);
  if (isDeepStrictEqual(before, after)) return stored;
  await audit(trx, author, { action: 'workspace.billing_changed', workspace, before, after });
  return storeBilling(trx, workspace, after);
}
