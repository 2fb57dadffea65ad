// Refunds of what was collected, and whether the books agree with Stripe's balance.
import { recordPayment } from '../../commands/record-payment';
import { type Refunding, refundInvoice } from '../../commands/refund-invoice';
import { readInvoice, type StoredInvoice } from '../../db/billing/invoices-read';
import { readBooks } from '../../db/books/trial-balance';
import { cents } from '../../domain/money';
import type { Collecting } from './collecting';

export type RefundAsked = Omit<Refunding, 'key' | 'reason' | 'amountCents'> & {
  readonly key?: string;
  readonly amount: bigint;
};

const authorAt = (c: Collecting) => ({ actor: 'admin', nowMs: c.now() });

/** Begins a refund, under the key `r1` where none is given. */
export function refundOf(c: Collecting, { amount, ...asked }: RefundAsked) {
  const refunding = { key: 'r1', reason: 'sorry', ...asked, amountCents: cents(amount) };
  const { settings } = c.connections;
  return c.db.transaction((trx) => refundInvoice(trx, { refunding, author: authorAt(c), settings }));
}

export async function invoiceOf(c: Collecting, id: string): Promise<StoredInvoice> {
  const invoice = await readInvoice(c.db, id);
  if (invoice === undefined) throw new Error(`${id} is not there`);
  return invoice;
}

/** Records a bank transfer, as the payment `recorded:t1`. */
export async function transferTo(c: Collecting, id: string, amount: bigint): Promise<void> {
  const invoice = await invoiceOf(c, id);
  const money = { key: 't1', amountCents: cents(amount), reference: 'wire' };
  await c.db.transaction((trx) => recordPayment(trx, { invoice, ...money, author: authorAt(c) }));
}

/** What an account of the books holds of a workspace, in cents. */
export async function balanceOf(c: Collecting, of: { workspace: string; account: string }): Promise<bigint> {
  const { rows } = await c.db.raw(
    `select (coalesce(sum(amount_nanos), 0) / 10000000)::int8 as cents from ledger_entries
     where workspace_id = :workspace and account = :account`,
    of,
  );
  return rows[0].cents;
}

/**
 * Every check of the trial balance holds of a workspace, and its cash is what Stripe's balance has of it to the cent, beside
 * what came and went elsewhere.
 */
export async function expectBooks(c: Collecting, workspace: string): Promise<void> {
  const { checks } = await readBooks(c.db, { workspace, month: null });
  expect(checks.filter(({ holds }) => !holds).map(({ name, faults }) => ({ name, faults }))).toEqual([]);
  const { rows } = await c.db.raw(
    `select ((select coalesce(sum(amount_nanos), 0) from ledger_entries where account = 'cash' and workspace_id = :workspace)
      / 10000000
      - (select coalesce(sum(amount_cents), 0) from payments where source = 'elsewhere' and workspace_id = :workspace)
      + (select coalesce(sum(amount_cents), 0) from refund_parts where state = 'by_hand' and workspace_id = :workspace)
    )::int8 as cash`,
    { workspace },
  );
  expect(rows[0].cash).toBe(await netOf(c, workspace));
}

/** What Stripe's balance has of a workspace: of its charges, their refunds and their disputes. */
async function netOf(c: Collecting, workspace: string): Promise<bigint> {
  const known = await c.db('payment_customers').where({ workspace_id: workspace }).first();
  if (known === undefined) return 0n;
  const { stripe } = c.emulator;
  const { data: charges } = await stripe.charges.list({ customer: known.customer, limit: 100 });
  const ids = new Set(charges.map(({ id }) => id));
  for (const { id, charge } of (await stripe.refunds.list({ limit: 100 })).data)
    if (ids.has(String(charge))) ids.add(id);
  for (const { id, charge } of (await stripe.disputes.list({ limit: 100 })).data)
    if (ids.has(String(charge))) ids.add(id);
  let net = 0n;
  for await (const { source, net: each } of stripe.balanceTransactions.list({ limit: 100 })) {
    if (ids.has(String(source))) net += BigInt(each);
  }
  return net;
}
