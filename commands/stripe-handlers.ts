// What is done about each type of event, as a table. A handler reads the object anew and applies what it says now, so that
// the order in which events come, and how often, makes no difference.

import { findAttemptOf } from '../db/payments/attempts';
import type { WaitingEvent } from '../db/payments/events';
import { listOpenSetups } from '../db/payments/setup-sessions';
import type { SubscribedEventType } from '../gateways/payments/event-types';
import { toldByIntent } from './ask-about-attempt';
import type { Charging } from './connections';
import { recordIntentOutcome } from './record-outcome';
import { refreshMethod } from './refresh-method';
import { settleDispute } from './settle-dispute';
import { settleRefund } from './settle-refund';
import { settleSession } from './settle-session';

/** `foreign`: of nothing that is ours, after all. `ignored`: there is nothing to be done. */
export type Handled = 'applied' | 'foreign' | 'ignored';

export type Handler = (connections: Charging, event: WaitingEvent & { readonly object: string }) => Promise<Handled>;

// A payment has come to an outcome: written down as if the call that made it had been answered with it. Where whoever sent it
// died before noting its id, the attempt is found by what was written on it. Ours by that and without an attempt it throws
// `not_found`, and stays in the inbox: money may have been taken, which is for somebody to look at.
const intentChanged: Handler = async (connections, { object, workspace }) => {
  const { db, clock, payments } = connections;
  const reading = await payments.readIntent(object);
  if (reading === undefined) return 'ignored';
  const { marks } = reading;
  if (marks === null || marks.workspace !== workspace) return 'foreign';
  const { invoice, attempt } = marks;
  // Somebody's own words where ours are to be.
  if (!/^\d{1,9}$/.test(attempt)) return 'foreign';
  const of = (await findAttemptOf(db, object)) ?? { workspace, invoice, number: Number(attempt) };
  const told = await toldByIntent(payments, reading);
  if (told.outcome.kind === 'unknown') return 'ignored';
  const nowMs = await clock();
  await db.transaction((trx) => recordIntentOutcome(trx, of, { ...told, nowMs }));
  return 'applied';
};

// A visit to Stripe's page is over: what it was for is settled as when the customer comes back from it.
const sessionChanged: Handler = async (connections, { object }) =>
  (await settleSession(connections, object)) === 'foreign' ? 'foreign' : 'applied';

// A bank account was verified, maybe days after its session: which one it was is not told, so each open one is looked at.
const setupSucceeded: Handler = async (connections, { workspace }) => {
  if (workspace === null) return 'foreign';
  for (const { session } of await listOpenSetups(connections.db, workspace)) await settleSession(connections, session);
  return 'applied';
};

// What is known of a method has changed: at its network, at the bank, or by somebody in the Dashboard.
const methodChanged: Handler = async (connections, { workspace, paymentMethod }) => {
  if (workspace === null || paymentMethod === null) return 'foreign';
  return (await refreshMethod(connections, { workspace, method: paymentMethod })) === 'not_ours'
    ? 'foreign'
    : 'applied';
};

const refundChanged: Handler = (connections, { object: refund, workspace }) =>
  settleRefund(connections, { refund, workspace });

const disputeChanged: Handler = (connections, { object: dispute, workspace }) =>
  settleDispute(connections, { dispute, workspace });

const table = {
  'payment_intent.succeeded': intentChanged,
  'payment_intent.payment_failed': intentChanged,
  'payment_intent.canceled': intentChanged,
  'checkout.session.completed': sessionChanged,
  'checkout.session.async_payment_succeeded': sessionChanged,
  'checkout.session.async_payment_failed': sessionChanged,
  'checkout.session.expired': sessionChanged,
  'setup_intent.succeeded': setupSucceeded,
  'payment_method.detached': methodChanged,
  'payment_method.updated': methodChanged,
  'payment_method.automatically_updated': methodChanged,
  'mandate.updated': methodChanged,
  'refund.created': refundChanged,
  'refund.updated': refundChanged,
  'refund.failed': refundChanged,
  'charge.dispute.created': disputeChanged,
  'charge.dispute.updated': disputeChanged,
  'charge.dispute.funds_withdrawn': disputeChanged,
  'charge.dispute.funds_reinstated': disputeChanged,
  'charge.dispute.closed': disputeChanged,
} as const satisfies { readonly [type in SubscribedEventType]?: Handler };

/** By the type of the event; undefined where nothing is done about it. */
export const handlers: Readonly<Record<string, Handler | undefined>> = table;

export const handledTypes: readonly string[] = Object.keys(table);
