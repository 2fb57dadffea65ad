// Workspaces of which an invoice is about to be issued, collected or mailed, and what became of them.

import { collectPayment } from '../../commands/collect-payment';
import type { Connections } from '../../commands/connections';
import { finalizeInvoice } from '../../commands/finalize-invoice';
import { storedOf } from '../../commands/settle-setup';
import { UsageAppender } from '../../db/intake/reports';
import { lockWorkspaceRow } from '../../db/locks';
import { storeCustomer } from '../../db/payments/customers';
import { addMethod } from '../../db/payments/methods';
import { invoiceId } from '../../domain/ids';
import { nanos } from '../../domain/money';
import { monthEndMs, monthOf, monthStartMs, previousMonth } from '../../domain/period';
import type { Payments } from '../../gateways/payments/payments';
import { testSettings } from '../harness/settings';
import { addUnopened, giveGrant, openToPresent, report, serving } from '../harness/workspace';
import type { StripeInTest } from '../stripe/emulator';
import type { Mails } from './mails';

/** Over, on whatever day it is. */
export const month = previousMonth(monthOf(Date.now()));
const startsAtMs = monthStartMs(month);
export const priceCents = 1234;
const priceNanos = nanos(BigInt(priceCents) * 10_000_000n);
const instanceType = 'T4x1';

/** How far it has come before any worker is there. */
export type Beginning = 'used' | 'issued' | 'paid';

export function connectionsOf(db: Connections['db'], payments: Payments): Connections & { payments: Payments } {
  const settings = testSettings({ isMailing: true, isCharging: true, freeCreditsNanos: nanos(0n), closeSpreadMs: 0 });
  return { db, appender: new UsageAppender(), clock: Date.now, settings, payments };
}

type Here = { readonly connections: Connections & { readonly payments: Payments }; readonly emulator: StripeInTest };

export const invoiceOf = (workspace: string) => invoiceId({ workspace, month, kind: 'usage', sequence: 1 });

/** With a card, a minute of usage and all that its source has to say of the month. `isCredited`: credits pay for it. */
export async function addWorkspace(
  { connections, emulator }: Here,
  { id, begins, isCredited }: { readonly id: string; readonly begins: Beginning; readonly isCredited: boolean },
): Promise<void> {
  const { db, appender, payments } = connections;
  const nowMs = Date.now();
  const { id: customer } = await emulator.stripe.customers.create({ name: id });
  const attached = await emulator.stripe.paymentMethods.attach('pm_card_visa', { customer });
  const found = await payments.readPaymentMethod(attached.id);
  const method = found && storedOf(found);
  if (method === undefined) throw new Error('pm_card_visa is no method of ours');
  await db.transaction((trx) => addUnopened(trx, { id, startsAtMs, nowMs }));
  await storeCustomer(db, { workspace: id, customer, nowMs });
  await db.transaction(async (trx) => {
    await lockWorkspaceRow(trx, id);
    await addMethod(trx, { workspace: id, method, state: 'active', addedAtMs: nowMs, nowMs });
  });
  if (isCredited)
    await giveGrant(db, { workspace: id, key: 'all', amountNanos: priceNanos, validFromMs: startsAtMs, nowMs });
  const reports = [serving({ workspace: id, instanceType, fromMs: startsAtMs, toMs: startsAtMs + 60_000 })];
  await report(db, appender, { source: id, reports, completeThroughMs: monthEndMs(month), nowMs });
  // Now that all is there: a worker that finds less has the period wait, and is held up elsewhere than it is to be.
  await db.transaction((trx) => openToPresent(trx, { id, startsAtMs, nowMs, closeSpreadMs: 0 }));
  if (begins !== 'used') await finalizeInvoice(connections, { workspace: id, month });
  if (begins === 'paid') await collectPayment(connections, { invoice: invoiceOf(id) });
}

export async function addPrice(db: Connections['db']): Promise<void> {
  await db('instance_types').insert({ id: instanceType });
  await db.raw(`insert into prices (instance_type, price_nanos, valid) values (?, ?, '[2020-01-01T00:00Z,)')`, [
    instanceType,
    String(priceNanos),
  ]);
}

/** What there is of a workspace in the end. */
export type Outcome = {
  readonly charged: readonly number[];
  readonly invoice: { readonly status: string; readonly paid: string; readonly remaining: string } | undefined;
  readonly allocated: readonly string[];
  readonly mails: Mails;
  /** When the last mail about it was noted as sent. */
  readonly mailedAtMs: number;
};

export async function outcomeOf(
  { connections: { db }, emulator }: Here,
  { workspace, mails }: { readonly workspace: string; readonly mails: Mails },
): Promise<Outcome> {
  const { customer } = await db('payment_customers').where({ workspace_id: workspace }).first();
  const { data } = await emulator.stripe.paymentIntents.list({ customer, limit: 100 });
  const charged = data.filter(({ status }) => status === 'succeeded').map((intent) => intent.amount_received);
  const [invoice, ...others] = await db('invoices').where({ workspace_id: workspace, month });
  if (others.length > 0) throw new Error(`${workspace} has ${others.length + 1} invoices of one month`);
  const allocated = await db('payment_allocations').where({ workspace_id: workspace }).pluck('amount_cents');
  return {
    charged,
    invoice: invoice && {
      status: invoice.status,
      paid: String(invoice.paid_cents),
      remaining: String(invoice.remaining_cents),
    },
    allocated: allocated.map(String),
    mails,
    mailedAtMs: Math.max(...(await db('email_addresses').where({ workspace_id: workspace }).pluck('sent_at'))),
  };
}

/** Undefined where nothing is wrong: charged once, allocated to the cent, one Message-ID at the address. */
export function faultOf(outcome: Outcome, { isCredited }: { readonly isCredited: boolean }): string | undefined {
  const { charged, invoice, allocated, mails } = outcome;
  const amounts = isCredited ? [] : [String(priceCents)];
  const isRight =
    invoice?.status === 'paid' &&
    invoice.remaining === '0' &&
    invoice.paid === (amounts[0] ?? '0') &&
    charged.join() === amounts.join() &&
    allocated.join() === amounts.join() &&
    Object.keys(mails).length === 1;
  return isRight ? undefined : JSON.stringify(outcome);
}
