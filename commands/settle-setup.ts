// What became of a session in which a payment method was to be added: the same for the page that the customer returns to, the
// event and the sweep, in any order and any number of times.

import { audit } from '../db/accounts/audit';
import { lockWorkspace } from '../db/accounts/workspaces';
import type { Trx } from '../db/connection/knex';
import { deliver } from '../db/outbox';
import { workspaceOfCustomer } from '../db/payments/customers';
import { finishLink } from '../db/payments/links';
import { addMethod, endMethod, readActiveMethod, readMethod } from '../db/payments/methods';
import { closeSetupSession, findSetupSession } from '../db/payments/setup-sessions';
import { wakeCollectingOf } from '../db/payments/waking';
import { methodLabel, type StoredMethod } from '../domain/payment-method';
import type { PaymentMethod, SessionReading } from '../gateways/payments/payments';
import type { Charging } from './connections';

export type SetupOutcome =
  /** It is what the workspace pays with now, or was, until a later one came. */
  | { readonly kind: 'added'; readonly workspace: string; readonly method: StoredMethod; readonly isNew: boolean }
  /** A bank account whose owner is still to be asked by Stripe whether it is his. */
  | { readonly kind: 'to_be_verified' }
  | { readonly kind: 'open' }
  | { readonly kind: 'expired' }
  /** Of nobody that we know, or what was added is not there any more. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'gone' };

/** Stores what a setup session has led to. */
export async function settleSetup(connections: Charging, reading: SessionReading): Promise<SetupOutcome> {
  const { db, payments } = connections;
  const { id: session, status, customer, setup } = reading;
  const workspace = customer === null ? undefined : await workspaceOfCustomer(db, customer);
  if (workspace === undefined) return { kind: 'foreign' };
  if (status === 'expired') {
    await closeSetupSession(db, { workspace, session, state: 'expired' });
    return { kind: 'expired' };
  }
  if (status !== 'complete') return { kind: 'open' };
  if (setup === null || setup.paymentMethod === null) return { kind: 'to_be_verified' };
  const found = await payments.readPaymentMethod(setup.paymentMethod);
  const method = found === undefined ? undefined : storedOf(found);
  if (found === undefined || found.customer !== customer || method === undefined) {
    await closeSetupSession(db, { workspace, session, state: 'complete' });
    return { kind: 'gone' };
  }
  const nowMs = await connections.clock();
  const added = { workspace, session, method, addedAtMs: found.createdMs, nowMs };
  const isNew = await db.transaction((trx) => storeMethod(trx, added));
  return { kind: 'added', workspace, method, isNew };
}

type Added = {
  readonly workspace: string;
  readonly session: string;
  readonly method: StoredMethod;
  /** When the customer typed it: the last one counts, whichever we hear of first. */
  readonly addedAtMs: number;
  readonly nowMs: number;
};

async function storeMethod(trx: Trx, added: Added): Promise<boolean> {
  const { workspace, session, method, addedAtMs, nowMs } = added;
  await lockWorkspace(trx, workspace);
  await finish(trx, added);
  if ((await readMethod(trx, { workspace, method: method.method })) !== undefined) return false;
  const active = await readActiveMethod(trx, workspace);
  const isNewest = active === undefined || active.addedAtMs <= addedAtMs;
  const out = isNewest ? active : method;
  if (isNewest && active !== undefined) {
    await endMethod(trx, { workspace, method: active.method, state: 'replaced', nowMs });
  }
  await addMethod(trx, { workspace, method, state: isNewest ? 'active' : 'replaced', addedAtMs, nowMs });
  if (out !== undefined) await detachSoon(trx, { workspace, method: out.method });
  if (isNewest) await wakeCollectingOf(trx, { workspace });
  await audit(
    trx,
    { actor: 'customer', nowMs },
    {
      action: isNewest ? 'payment_method.added' : 'payment_method.came_late',
      workspace,
      before: active === undefined ? null : { method: active.method, name: methodLabel(active) },
      after: { method: method.method, name: methodLabel(method), session },
    },
  );
  return true;
}

async function finish(trx: Trx, { workspace, session, nowMs }: Added): Promise<void> {
  const kept = await findSetupSession(trx, session);
  await closeSetupSession(trx, { workspace, session, state: 'complete' });
  if (kept?.link != null && kept.state === 'open') await finishLink(trx, { hash: kept.link, nowMs });
}

/** Has a method that is out of use detached, once no attempt with it is in flight. */
export async function detachSoon(trx: Trx, of: { workspace: string; method: string }): Promise<void> {
  await deliver(trx, [{ kind: 'start', type: 'detachMethod', arguments: of }]);
}

/** What we keep of a method; undefined of a kind that cannot be charged here. */
export function storedOf(of: PaymentMethod): StoredMethod | undefined {
  const { id: method, type, last4, brand, expMonth, expYear, bankName, funding, fingerprint } = of;
  if ((type !== 'card' && type !== 'us_bank_account') || last4 === null) return undefined;
  return { method, type, last4, brand, expMonth, expYear, bankName, funding, fingerprint };
}
