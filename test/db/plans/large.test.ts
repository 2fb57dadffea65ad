// What is done for one workspace among a thousand reads what is its own of the large tables: no statement that a batch, a tick, an
// invoice or a dashboard asks reads through them.
import { applyCredits } from '../../../commands/compute-standings';
import { correctUsage } from '../../../commands/correct-usage';
import { finalizeInvoice } from '../../../commands/finalize-invoice';
import { beginRound } from '../../../db/metering/rounds';
import { everyShard } from '../../../db/metering/shards';
import { claimDeliveries, msUntilDue } from '../../../db/outbox';
import type { Month } from '../../../domain/period';
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from '../../api/minutebook';
import { type Asked, noteAsked } from '../../harness/asked';
import { addCrowd } from '../../harness/crowd';
import { planModes, rowsRead } from '../../harness/rows-read';
import { at } from '../fixtures';

const workspace = 'acme';
const others = 1000;
const tables = [
  ...['replica_hours', 'usage_hours', 'hour_totals', 'usage_days', 'active_days', 'usage_reports', 'replicas'],
  ...['invoices', 'invoice_lines', 'ledger_entries', 'audit_log', 'outbox', 'webhook_events'],
  ...['emails', 'email_addresses', 'billing_periods', 'credit_notes'],
];

let book: Minutebook;
beforeAll(async () => {
  const settings = { deadlineMs: 0, isMailing: true };
  book = await startMinutebook({ now: '2025-03-05T12:00:00Z', freeCreditsUsd: '1', settings });
  await withAcme(book);
  await book.call('POST', '/v1/webhook-endpoints', { body: { url: 'https://platform.example/hooks' } });
});
afterAll(() => book.close());

const use = async (from: string, to: string) => {
  expect(await sendUsage(book, [report(from, to)])).toMatchObject({ status: 202 });
};

async function liveThrough(month: Month): Promise<void> {
  await use(`${month}-02T00:00:00Z`, `${month}-03T00:00:00Z`);
  await beginRound(book.db, { nowMs: at('2025-03-05T12:00:00Z') });
  await book.meter();
  for (const shard of everyShard) await applyCredits(book.connections, shard);
  await finalizeInvoice(book.connections, { workspace, month });
  const ranges = [{ model: 'm', from: `${month}-02T01:00:00Z`, to: `${month}-02T02:30:00Z` }];
  const entry = { key: `c:${month}`, reason: 'wrong', as: 'refund', ranges } as const;
  await correctUsage(book.connections, { workspace, entry, actor: 'test', isPreview: false });
  for (const lane of ['billing', 'mail', 'guard', 'webhooks'] as const) {
    await claimDeliveries(book.db, { lane, limit: 5, leaseSeconds: 60 });
    await msUntilDue(book.db, lane);
  }
}

async function look(month: Month): Promise<void> {
  const span = `from=${month}-02T00:00:00Z&to=${month}-06T00:00:00Z`;
  const invoice = `/v1/invoices/inv:acme:${month}:usage:1`;
  for (const path of [
    ...['', '/invoices', '/credits', '/credits/statement', '/emails', '/guard', '/periods', '/corrections'],
    ...['/invoices/upcoming', '/forecast', '/gate?model=m&version=v1', `/usage?period=${month}`],
    ...[`/usage/days?period=${month}`, `/usage/hours?${span}`, `/usage/replicas?model=m&${span}`],
  ])
    await answered(`/v1/workspaces/${workspace}${path}`);
  for (const path of ['', '/payments', '/credit-notes', '/csv', '/usage.csv']) await answered(`${invoice}${path}`);
  for (const url of ['/v1/workspaces', '/v1/audit', '/v1/audit?workspace=acme', '/v1/webhook-events', '/v1/sources'])
    await answered(url);
}

const answered = async (url: string) => expect(await book.call('GET', url)).toMatchObject({ status: 200 });

const readMax = 600;

it('reads its own of the large tables', async () => {
  await liveThrough('2025-01');
  await look('2025-01');
  await addCrowd(book.db, others);
  const asked: Asked[] = [];
  for (const db of [book.db, book.appDb]) noteAsked(db, /^\s*(?:select|with|insert|update|delete)/, asked);
  await liveThrough('2025-02');
  await look('2025-02');
  const latest = new Map(asked.map((each) => [each.sql, each]));
  expect(latest.size).toBeGreaterThan(100);
  const much: string[] = [];
  for (const each of latest.values())
    for (const mode of planModes)
      for (const [table, read] of await rowsRead(book.db, each, { tables, mode }))
        if (read > readMax) much.push(`${mode} ${table} ${read} ${each.sql.replace(/\s+/g, ' ').slice(0, 200)}`);
  expect(much).toEqual([]);
});
