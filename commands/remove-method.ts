// Removing a payment method: at once for new attempts; what is in flight stands, and it is detached after that.

import { type Author, audit } from '../db/accounts/audit';
import { lockWorkspace } from '../db/accounts/workspaces';
import type { Trx } from '../db/connection/knex';
import { endMethod, readActiveMethod } from '../db/payments/methods';
import { methodLabel } from '../domain/payment-method';
import { detachSoon } from './settle-setup';

/** Removes what a workspace has on file; answers whether there was anything. Throws `not_found` without the workspace. */
export async function removeMethod(
  trx: Trx,
  { workspace, author }: { readonly workspace: string; readonly author: Author },
): Promise<boolean> {
  await lockWorkspace(trx, workspace);
  const active = await readActiveMethod(trx, workspace);
  if (active === undefined) return false;
  const { method } = active;
  await endMethod(trx, { workspace, method, state: 'removed', nowMs: author.nowMs });
  await detachSoon(trx, { workspace, method });
  const before = { method, name: methodLabel(active) };
  await audit(trx, author, { action: 'payment_method.removed', workspace, before, after: null });
  return true;
}
