// Invoices to be collected, over the emulator of Stripe and a clock that both share, as long as the test moves it.

import { collectPayment } from '../../commands/collect-payment';
import type { Connections, Settings } from '../../commands/connections';
import { finalizeInvoice } from '../../commands/finalize-invoice';
import { storedOf } from '../../commands/settle-setup';
import { UsageAppender } from '../../db/intake/reports';
import { lockWorkspaceRow } from '../../db/locks';
import { storeCustomer } from '../../db/payments/customers';
import { addMethod, endMethod, readActiveMethod } from '../../db/payments/methods';
import { wakeCollectingOf } from '../../db/payments/waking';
import { formatInstant, type Month, monthEndMs, monthStartMs, parseInstant } from '../../domain/period';
import type { Collection } from '../../domain/terms';
import type { Payments } from '../../gateways/payments/payments';
import { paymentsGateway } from '../../gateways/payments/stripe-payments';
import { createTestDatabase } from '../harness/database';
import { testSettings } from '../harness/settings';
import { createWorkspace, putTerms, report, serving } from '../harness/workspace';
import { openEmulator } from '../stripe/emulator';

const instant = (text: string): number => parseInstant(text) ?? Number.NaN;

export type Collecting = Awaited<ReturnType<typeof startCollecting>>;

export async function startCollecting(settings: Partial<Settings> = {}) {
  const database = await createTestDatabase();
  const { db } = database;
  let nowMs = instant('2025-02-01T00:10:00Z');
  const emulator = await openEmulator({ clock: () => nowMs });
  const payments = paymentsGateway({
    secretKey: emulator.secretKey,
    apiUrl: emulator.url,
    callsPerSecond: 100,
    timeoutMs: 1500,
  });
  const appender = new UsageAppender();
  const connections: Connections & { readonly payments: Payments } = {
    db,
    appender,
    clock: () => nowMs,
    settings: testSettings({ isMailing: true, isCharging: true, deadlineMs: 0, closeSpreadMs: 0, ...settings }),
    payments,
  };
  // Who closes months and collects.
  const working = { ...connections, db: database.as('worker') };
  const firstOf = async <Row>(table: string, where: object): Promise<Row> => {
    const row = await db(table).where(where).first();
    if (row === undefined) throw new Error(`${table} has nothing of ${JSON.stringify(where)}`);
    return row as Row;
  };
  return {
    db,
    url: database.url,
    emulator,
    payments,
    connections,
    now: () => nowMs,
    advance: async (ms: number) => {
      nowMs += ms;
      await emulator.throwSwitch('advance', { seconds: 0 });
    },
    addWorkspace: async (id: string, terms: { collection?: Collection; netDays?: number } = {}) => {
      const startsAtMs = instant('2024-01-01T00:00:00Z');
      await createWorkspace(db, { id, startsAtMs, nowMs });
      await putTerms(db, { workspace: id, fromMs: startsAtMs, terms });
      return id;
    },
    /** Issues an invoice of so many cents for a month that is over. */
    issue: async (workspace: string, cents: bigint, month: Month = '2024-01'): Promise<string> => {
      const fromMs = monthStartMs(month);
      const instanceType = `cents-${cents}`;
      await db.raw('insert into instance_types (id) values (?) on conflict do nothing', [instanceType]);
      await db.raw(
        `insert into prices (instance_type, price_nanos, valid) select ?, ?, tstzrange('2020-01-01', null)
          where not exists (select from prices where instance_type = ?)`,
        [instanceType, String(cents * 10_000_000n), instanceType],
      );
      const reports = [serving({ workspace, instanceType, fromMs, toMs: fromMs + 60_000 })];
      await report(db, appender, { source: workspace, reports, completeThroughMs: monthEndMs(month), nowMs });
      const issued = await finalizeInvoice(working, { workspace, month });
      if (issued.kind !== 'invoiced') throw new Error(`${month} of ${workspace} is ${issued.kind}`);
      return issued.invoiceId;
    },
    /** Puts a payment method on file: one of Stripe's test names, such as `pm_card_visa`. */
    addMethod: async (workspace: string, name: string): Promise<string> => {
      const known = await db('payment_customers').where({ workspace_id: workspace }).first();
      const customer: string = known?.customer ?? (await emulator.stripe.customers.create({ name: workspace })).id;
      if (known === undefined) await storeCustomer(db, { workspace, customer, nowMs });
      const { id } = await emulator.stripe.paymentMethods.attach(name, { customer });
      const found = await payments.readPaymentMethod(id);
      const method = found && storedOf(found);
      if (method === undefined) throw new Error(`${name} is no method of ours`);
      await db.transaction(async (trx) => {
        await lockWorkspaceRow(trx, workspace);
        const active = await readActiveMethod(trx, workspace);
        if (active !== undefined) {
          await endMethod(trx, { workspace, method: active.method, state: 'replaced', nowMs });
        }
        await addMethod(trx, { workspace, method, state: 'active', addedAtMs: nowMs, nowMs });
        await wakeCollectingOf(trx, { workspace });
      });
      return id;
    },
    collect: (invoice: string, over: Partial<Connections> = {}) => collectPayment({ ...working, ...over }, { invoice }),
    invoice: (id: string) =>
      firstOf<{ status: string; remaining_cents: bigint; paid_cents: bigint; total_cents: bigint }>('invoices', { id }),
    attempts: (invoice: string): Promise<{ number: number; state: string; made_at: number }[]> =>
      db('payment_attempts').where({ invoice_id: invoice }).orderBy('number'),
    mails: async (invoice: string): Promise<readonly string[]> =>
      (await db('emails').where({ about: invoice }).orderBy('position')).map(({ kind }) => kind as string),
    mailFacts: async (key: string) => (await firstOf<{ facts: Record<string, unknown> }>('emails', { key })).facts,
    /** What Stripe took of a workspace. */
    charged: async (workspace: string): Promise<readonly number[]> => {
      const known = await db('payment_customers').where({ workspace_id: workspace }).first();
      const { data } = await emulator.stripe.paymentIntents.list({ customer: known.customer, limit: 100 });
      return data
        .filter(({ status }) => status === 'succeeded')
        .map(({ amount_received }) => amount_received)
        .reverse();
    },
    waits: (invoice: string) =>
      firstOf<{ waits_for: string | null; until: number | null; run: number; ended_at: number | null }>('collectings', {
        invoice_id: invoice,
      }),
    outbox: async (workflowId: string): Promise<readonly string[]> =>
      (await db('outbox').where({ workflow_id: workflowId }).orderBy('outbox_id')).map(({ kind }) => kind as string),
    at: formatInstant,
    stop: async () => {
      payments.close();
      await emulator.close();
      await database.drop();
    },
  };
}

/** What must hold whatever happened: every posting balances, what is receivable is what remains, cash is what came in. */
export async function expectBooksToBalance(db: Collecting['db'], workspace: string): Promise<void> {
  const balance = async (account: string): Promise<bigint> => {
    const row = await db('ledger_entries')
      .where({ workspace_id: workspace, account })
      .sum({ sum: 'amount_nanos' })
      .first();
    return BigInt(row?.['sum'] ?? 0);
  };
  const sum = async (table: string, column: string, where: object = {}): Promise<bigint> => {
    const row = await db(table)
      .where({ workspace_id: workspace, ...where })
      .sum({ sum: column })
      .first();
    return BigInt(row?.['sum'] ?? 0);
  };
  const nanosPerCent = 10_000_000n;
  const [all] = (await db.raw('select coalesce(sum(amount_nanos), 0)::text as sum from ledger_entries')).rows;
  expect(all.sum).toBe('0');
  const remaining = await sum('invoices', 'remaining_cents');
  const [receivable, badDebt] = [await balance('receivable'), await balance('bad_debt')];
  expect(receivable + badDebt).toBe(remaining * nanosPerCent);
  expect((await balance('cash')) + (await balance('fees'))).toBe(
    (await sum('payments', 'amount_cents')) * nanosPerCent,
  );
}
