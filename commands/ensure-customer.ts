// Who a workspace is at the payment processor: made at first need, named as the workspace is.

import { readWorkspace } from '../db/accounts/workspaces';
import { readCustomer, storeCustomer } from '../db/payments/customers';
import { readIdentity } from '../db/payments/identity';
import type { Charging } from './connections';

/**
 * The workspace's customer. Its name and e-mail follow the workspace's whenever it is asked for, as what Stripe writes
 * carries them. Throws `not_found` where there is no such workspace, and `unavailable` where Stripe does not answer.
 */
export async function ensureCustomer(connections: Charging, workspace: string): Promise<string> {
  const { db, payments } = connections;
  const { name, billingEmail: email } = await readWorkspace(db, workspace);
  const customer = (await readCustomer(db, workspace)) ?? (await makeCustomer(connections, workspace));
  // Refused where Stripe does not like the address, or somebody removed the customer there: what follows says so itself.
  await payments.updateCustomer({ customer, name, email });
  return customer;
}

async function makeCustomer({ db, clock, payments }: Charging, workspace: string): Promise<string> {
  const { minutebook } = await readIdentity(db);
  const { customer } = await payments.ensureCustomer({ workspace, minutebook });
  return storeCustomer(db, { workspace, customer, nowMs: await clock() });
}
