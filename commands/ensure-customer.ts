// Who a workspace is at the payment processor: made at first need, named as the workspace is.

import { readWorkspace } from '../db/accounts/workspaces';
import { forgetCustomer, readCustomer, storeCustomer } from '../db/payments/customers';
import { readIdentity } from '../db/payments/identity';
import { readActiveMethod } from '../db/payments/methods';
import { closeSetupSession, listOpenSetups } from '../db/payments/setup-sessions';
import type { Charging } from './connections';
import { refreshMethod } from './refresh-method';

/**
 * The workspace's customer. Its name and e-mail follow the workspace's whenever it is asked for, as what Stripe writes
 * carries them. Throws `not_found` where there is no such workspace, and `unavailable` where Stripe does not answer.
 */
export async function ensureCustomer(connections: Charging, workspace: string): Promise<string> {
  const { name, billingEmail: email } = await readWorkspace(connections.db, workspace);
  const stored = await readCustomer(connections.db, workspace);
  if (stored !== undefined) {
    const updated = await connections.payments.updateCustomer({ customer: stored, name, email });
    // Refused for another reason, Stripe does not like the address: the customer is there all the same.
    if (updated.kind === 'updated' || updated.code !== 'resource_missing') return stored;
    await forget(connections, { workspace, customer: stored });
  }
  const customer = await makeCustomer(connections, { workspace, insteadOf: stored });
  await connections.payments.updateCustomer({ customer, name, email });
  return customer;
}

async function makeCustomer(
  { db, clock, payments }: Charging,
  { workspace, insteadOf }: { readonly workspace: string; readonly insteadOf: string | undefined },
): Promise<string> {
  const { minutebook } = await readIdentity(db);
  const { customer } = await payments.ensureCustomer({
    workspace,
    minutebook,
    ...(insteadOf === undefined ? {} : { insteadOf }),
  });
  return storeCustomer(db, { workspace, customer, nowMs: await clock() });
}

// Somebody has deleted it at Stripe, and with it what was on file and the pages on which it could be added.
async function forget(
  connections: Charging,
  of: { readonly workspace: string; readonly customer: string },
): Promise<void> {
  const { db } = connections;
  const active = await readActiveMethod(db, of.workspace);
  if (active !== undefined) await refreshMethod(connections, active);
  for (const { session } of await listOpenSetups(db, of.workspace)) {
    await closeSetupSession(db, { workspace: of.workspace, session, state: 'expired' });
  }
  await forgetCustomer(db, of);
}
