// What is known of a payment method is read anew: a card that its network replaced is charged again, one that is gone is not.

import { audit } from '../db/accounts/audit';
import { lockWorkspace } from '../db/accounts/workspaces';
import type { Trx } from '../db/connection/knex';
import { endMethod, type KeptMethod, noteDetached, readMethod, updateMethod } from '../db/payments/methods';
import { wakeCollectingOf } from '../db/payments/waking';
import { methodLabel } from '../domain/payment-method';
import type { PaymentMethod } from '../gateways/payments/payments';
import type { Charging } from './connections';
import { detachSoon, storedOf } from './settle-setup';

export type Refreshed = 'updated' | 'unchanged' | 'ended' | 'not_ours';

/** Takes over what the processor says of a method now, and wakes who waits for it. */
export async function refreshMethod(
  { db, clock, payments }: Charging,
  of: { readonly workspace: string; readonly method: string },
): Promise<Refreshed> {
  if ((await readMethod(db, of)) === undefined) return 'not_ours';
  const found = await payments.readPaymentMethod(of.method);
  const nowMs = await clock();
  return db.transaction(async (trx) => {
    await lockWorkspace(trx, of.workspace);
    const kept = await readMethod(trx, of);
    return kept === undefined ? 'not_ours' : apply(trx, { kept, found, nowMs });
  });
}

type Reading = { readonly kept: KeptMethod; readonly found: PaymentMethod | undefined; readonly nowMs: number };

async function apply(trx: Trx, { kept, found, nowMs }: Reading): Promise<Refreshed> {
  const { workspace, method, state } = kept;
  if (found === undefined || found.customer === null) {
    if (state === 'active') await end(trx, kept, { state: 'removed', why: 'detached at Stripe', nowMs });
    await noteDetached(trx, { workspace, method, nowMs });
    return 'ended';
  }
  if (state !== 'active') return 'unchanged';
  if (found.blocked !== null) {
    await end(trx, kept, { state: 'unusable', why: found.blocked.returnCode ?? found.blocked.reason, nowMs });
    await detachSoon(trx, { workspace, method });
    return 'ended';
  }
  const stored = storedOf(found);
  if (stored === undefined || !(await updateMethod(trx, { workspace, method: stored, nowMs }))) return 'unchanged';
  await wakeCollectingOf(trx, { workspace });
  await audit(
    trx,
    { actor: 'stripe', nowMs },
    {
      action: 'payment_method.updated',
      workspace,
      before: { method, name: methodLabel(kept) },
      after: { method, name: methodLabel(stored) },
    },
  );
  return 'updated';
}

async function end(
  trx: Trx,
  kept: KeptMethod,
  {
    state,
    why,
    nowMs,
  }: { readonly state: 'removed' | 'unusable'; readonly why: string | null; readonly nowMs: number },
): Promise<void> {
  const { workspace, method } = kept;
  await endMethod(trx, { workspace, method, state, nowMs });
  await audit(
    trx,
    { actor: 'stripe', nowMs },
    {
      action: `payment_method.${state}`,
      workspace,
      before: { method, name: methodLabel(kept) },
      after: { why },
    },
  );
}
