// Finalizing an invoice while its worker or its database connection dies: whatever happens, one invoice comes of it.

import type { Activities } from '../../activities';
import { finalizeInvoice as finalizeInvoiceOver } from '../../commands/finalize-invoice';
import { connect, type Db } from '../../db/connection/knex';
import { dayMs, hourMs, monthEndMs, monthStartMs, nextMonth } from '../../domain/period';
import { createDependencies, type Dependencies } from '../../runtime/dependencies';
import { testConfig } from '../harness/config';
import { createTestDatabase, type TestDatabase } from '../harness/database';
import { at, createWorkspace, giveGrant, putPrices, report, serving, usd } from '../harness/workspace';

const month = '2025-03';
const startMs = monthStartMs(month);
const nowMs = monthEndMs(month) + hourMs;

let database: TestDatabase;
let dependencies: Dependencies;
let finalizeInvoice: Activities['billing']['finalizeInvoice'];

beforeAll(async () => {
  database = await createTestDatabase();
  const config = testConfig({ databaseUrl: database.urlAs('worker'), temporalAddress: 'unused:1' });
  dependencies = createDependencies(config, { clock: () => nowMs });
  finalizeInvoice = dependencies.activities.billing.finalizeInvoice;
  await putPrices(database.db, { instanceType: 'T4x1', points: [{ fromMs: at('2020'), usdPerMinute: '0.01234' }] });
});

afterAll(async () => {
  await dependencies?.close();
  await database?.drop();
});

/** A workspace with a month of usage that is in, and credits for a part of it. */
async function readyToInvoice(workspace: string): Promise<{ workspace: string; month: string }> {
  await createWorkspace(database.db, { id: workspace, startsAtMs: startMs, nowMs: startMs });
  await giveGrant(database.db, {
    workspace,
    key: 'welcome',
    amountNanos: usd('0.5'),
    validFromMs: startMs,
    nowMs: startMs,
  });
  const reports = [0, 1, 2].map((day) =>
    serving({ workspace, fromMs: startMs + day * dayMs, toMs: startMs + day * dayMs + hourMs }),
  );
  await report(database.db, dependencies.appender, {
    source: 'platform',
    reports,
    completeThroughMs: monthEndMs(month),
    nowMs: startMs + 3 * dayMs,
  });
  return { workspace, month };
}

async function expectOneInvoice(workspace: string): Promise<void> {
  const { db } = database;
  const of = { workspace_id: workspace };
  expect(await db('invoices').where(of)).toMatchObject([{ number: 1, total_cents: 172n, list_nanos: 2_221_200_000n }]);
  const draws = await db('credit_draws').where(of).sum({ drawn: 'amount_nanos' }).first();
  expect(draws?.['drawn']).toBe('500000000');
  expect(await db('credit_grants').where(of).first('remaining_nanos')).toEqual({ remaining_nanos: 0n });
  const ledger = await db('ledger_entries')
    .where(of)
    .sum({ balance: 'amount_nanos' })
    .countDistinct({ postings: 'posting' });
  // The grant's and the invoice's.
  expect(ledger).toEqual([{ balance: '0', postings: 2n }]);
  expect(await db('invoice_lines').where(of).sum({ cents: 'amount_cents' }).first()).toEqual({ cents: '172' });
  expect(
    await db('billing_periods')
      .where({ ...of, month })
      .first('status'),
  ).toEqual({ status: 'invoiced' });
}

type When = 'before it is sent' | 'after it was sent';

/** A pool whose connection breaks at the n-th statement; answers how many statements there were. */
function breakingPool(n: number, when: When): { db: Db; count: () => number } {
  const db = connect({ url: database.url, poolMax: 1, name: 'breaking' });
  const sockets: { destroy(): void }[] = [];
  const { pool } = db.client as {
    pool: { on(event: string, listener: (id: number, made: PgConnection) => void): void };
  };
  pool.on('createSuccess', (_id, made) => sockets.push(made.connection.stream));
  let count = 0;
  db.on('query', () => {
    count++;
    if (count !== n) return;
    const cut = () => sockets.at(-1)?.destroy();
    if (when === 'before it is sent') cut();
    else setImmediate(cut);
  });
  return { db, count: () => count };
}

type PgConnection = { readonly connection: { readonly stream: { destroy(): void } } };

async function finalizeOverBreakingPool(
  period: { workspace: string; month: string },
  { n, when }: { n: number; when: When },
): Promise<{ failed: boolean; count: number }> {
  const breaking = breakingPool(n, when);
  try {
    await finalizeInvoiceOver({ ...dependencies, db: breaking.db }, period);
    return { failed: false, count: breaking.count() };
  } catch {
    return { failed: true, count: breaking.count() };
  } finally {
    await breaking.db.destroy();
  }
}

test.each<When>(['before it is sent', 'after it was sent'])(
  'broken off at any of its statements, %s, and run again, it issues one invoice',
  async (when) => {
    let broken = 0;
    for (let n = 1; ; n++) {
      const period = await readyToInvoice(`broken-${when.slice(0, 5)}-${n}`);
      const { failed, count } = await finalizeOverBreakingPool(period, { n, when });
      const again = await finalizeInvoice(period);
      expect(await finalizeInvoice(period)).toEqual(again);
      await expectOneInvoice(period.workspace);
      if (failed) broken++;
      if (count < n) break;
    }
    // Metering, the two transactions and what is in them: enough of them to know that the breaking worked.
    expect(broken).toBeGreaterThan(15);
  },
);

test('several that run at once answer the same invoice', async () => {
  const period = await readyToInvoice('at-once');
  const answers = await Promise.all([1, 2, 3, 4].map(() => finalizeInvoice(period)));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  await expectOneInvoice(period.workspace);
});

test('a period that was never opened is refused for good', async () => {
  const { workspace } = await readyToInvoice('unopened');
  const period = { workspace, month: nextMonth(nextMonth(month)) };
  await expect(finalizeInvoice(period)).rejects.toMatchObject({ code: 'not_found' });
});
