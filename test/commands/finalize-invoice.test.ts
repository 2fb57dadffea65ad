// Closing periods on the real database, without Temporal: what is billed, what waits, and what is never billed twice.
import { type Activities, createActivities } from '../../activities';
import { UsageAppender } from '../../db/intake/reports';
import { hourOf } from '../../domain/period';
import { addGrant, addPrice, addWorkspace, at, meterAll, record, report } from '../db/fixtures';
import { createTestDatabase, type TestDatabase } from '../harness/database';
import { testSettings } from '../harness/settings';

let test: TestDatabase;
let appender: UsageAppender;
let activities: Activities;
let now: string;
const price = 10_000_000n; // a cent a minute

beforeEach(async () => {
  test = await createTestDatabase();
  appender = new UsageAppender();
  now = '2025-02-01T00:10:00Z';
  activities = createActivities({
    db: test.db,
    appender,
    clock: () => at(now),
    heartbeat: () => undefined,
    settings: testSettings(),
  });
  await addPrice(test.db, { type: 'gpu', nanos: price, from: '2024-12-01T00:00:00Z' });
  await addWorkspace(test.db, {
    id: 'acme',
    startsAt: '2024-12-01T00:00:00Z',
    createdAt: '2025-02-01T00:00:00Z',
    months: ['2024-12', '2025-01', '2025-02'],
  });
});
afterEach(() => test.drop());

const finalize = (month: string) => activities.billing.finalizeInvoice({ workspace: 'acme', month });

async function signals(): Promise<string[]> {
  return test.db('outbox').where('kind', 'signal').orderBy('outbox_id').pluck('workflow_id');
}

async function invoices() {
  const rows = await test.db('invoices').orderBy('number');
  return rows.map((row) => ({
    month: row.month,
    number: row.number,
    total: row.total_cents,
    status: row.status,
    list: row.list_nanos,
  }));
}

const complete = (completeThrough: string, reports: ReturnType<typeof report>[] = [], source = 'cluster-1') =>
  record(test.db, appender, { reports, now, completeThrough, source });

it('bills a complete period without any metering having run before', async () => {
  await complete('2025-02-01T00:00:00Z', [report('2024-12-10T00:00:00Z', '2024-12-10T02:00:30Z')]);
  await expect(finalize('2024-12')).resolves.toEqual({
    kind: 'invoiced',
    invoiceId: 'inv:acme:2024-12:usage:1',
    totalCents: '121',
    isDue: true,
    because: 'complete',
  });
  expect(await invoices()).toEqual([
    { month: '2024-12', number: 1, total: 121n, status: 'issued', list: 121n * price },
  ]);
});

it('answers the same invoice when asked again, and issues none twice when asked at once', async () => {
  await complete('2025-02-01T00:00:00Z', [report('2024-12-10T00:00:00Z', '2024-12-10T02:00:00Z')]);
  const answers = await Promise.all([finalize('2024-12'), finalize('2024-12'), finalize('2024-12')]);
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(await finalize('2024-12')).toEqual(answers[0]);
  expect(await invoices()).toHaveLength(1);
  const { rows } = await test.db.raw(
    'select sum(amount_nanos)::int8 as sum, count(*)::int as entries from ledger_entries',
  );
  expect(rows[0]).toEqual({ sum: 0n, entries: 2 });
});

it('closes a period without usage and issues nothing', async () => {
  await complete('2025-02-01T00:00:00Z', [report('2025-01-10T00:00:00Z', '2025-01-10T02:00:00Z')]);
  await expect(finalize('2024-12')).resolves.toEqual({ kind: 'empty', because: 'complete' });
  await expect(finalize('2025-01')).resolves.toMatchObject({ kind: 'invoiced', totalCents: '120' });
  expect(await invoices()).toMatchObject([{ month: '2025-01', number: 1 }]);
});

it('waits for a source that is behind, and is woken by its mark and by nothing else', async () => {
  await complete('2024-12-31T00:00:00Z', [report('2024-12-10T00:00:00Z', '2024-12-10T02:00:00Z')]);
  await expect(finalize('2024-12')).resolves.toEqual({
    kind: 'waiting',
    for: 'complete_usage',
    until: '2025-02-02T00:00:00Z',
  });
  await complete('2024-12-31T23:00:00Z');
  await complete('2025-02-01T00:00:00Z', [], 'another-source');
  expect(await signals()).toEqual([]);
  await complete('2025-01-01T00:00:00Z');
  expect(await signals()).toEqual(['billing:acme:2024-12']);
  await expect(finalize('2024-12')).resolves.toMatchObject({ kind: 'invoiced', totalCents: '120' });
});

it('waits for every source that reported in the period', async () => {
  await complete('2025-02-01T00:00:00Z', [report('2024-12-10T00:00:00Z', '2024-12-10T02:00:00Z')]);
  await record(test.db, appender, {
    reports: [report('2024-12-11T00:00:00Z', '2024-12-11T01:00:00Z')],
    now,
    source: 'silent',
  });
  await expect(finalize('2024-12')).resolves.toMatchObject({ kind: 'waiting', for: 'complete_usage' });
  await complete('2025-01-01T00:00:00Z', [], 'silent');
  await expect(finalize('2024-12')).resolves.toMatchObject({ kind: 'invoiced', totalCents: '180' });
});

it('is woken by the first report of a source whose mark has passed already', async () => {
  await complete('2025-02-01T00:00:00Z', [], 'late-comer');
  await expect(finalize('2024-12')).resolves.toMatchObject({ kind: 'waiting' });
  await record(test.db, appender, {
    reports: [report('2025-01-11T00:00:00Z', '2025-01-11T01:00:00Z')],
    now,
    source: 'late-comer',
  });
  expect(await signals()).toEqual(['billing:acme:2024-12']);
  await expect(finalize('2024-12')).resolves.toEqual({ kind: 'empty', because: 'complete' });
});

it('closes at the deadline with what has come, and says so', async () => {
  await record(test.db, appender, { reports: [report('2024-12-10T00:00:00Z', '2024-12-10T02:00:00Z')], now });
  await expect(finalize('2024-12')).resolves.toMatchObject({ kind: 'waiting' });
  now = '2025-02-02T00:00:00Z';
  await expect(finalize('2024-12')).resolves.toMatchObject({ kind: 'invoiced', because: 'deadline' });
});

it('leaves metering to the rounds while it waits, for an earlier period or for a source', async () => {
  await record(test.db, appender, { reports: [report('2025-01-10T00:00:00Z', '2025-01-10T01:00:00Z')], now });
  expect(await finalize('2025-01')).toMatchObject({ kind: 'waiting', for: 'earlier_period' });
  expect(await finalize('2024-12')).toMatchObject({ kind: 'waiting', for: 'complete_usage' });
  expect(await test.db('replica_hours')).toEqual([]);
  await complete('2025-02-01T00:00:00Z');
  expect(await finalize('2024-12')).toMatchObject({ kind: 'empty' });
  expect(await finalize('2025-01')).toMatchObject({ kind: 'invoiced', totalCents: '60' });
});

it('closes in order: a later period waits for the earlier and is woken by it', async () => {
  await complete('2025-02-01T00:00:00Z', [
    report('2024-12-10T00:00:00Z', '2024-12-10T02:00:00Z'),
    report('2025-01-10T00:00:00Z', '2025-01-10T01:00:00Z'),
  ]);
  await expect(finalize('2025-01')).resolves.toMatchObject({ kind: 'waiting', for: 'earlier_period' });
  await finalize('2024-12');
  expect(await signals()).toEqual(['billing:acme:2025-01']);
  await finalize('2025-01');
  expect(await invoices()).toMatchObject([
    { month: '2024-12', number: 1 },
    { month: '2025-01', number: 2 },
  ]);
});

it('bills late usage on the next invoice, once, with lines of its own', async () => {
  await complete('2025-01-01T00:00:00Z', [report('2024-12-10T00:00:00Z', '2024-12-10T02:00:00Z')]);
  await finalize('2024-12');
  const late = report('2024-12-10T01:30:00Z', '2024-12-10T02:30:00Z');
  await complete('2025-02-01T00:00:00Z', [late, report('2025-01-10T00:00:00Z', '2025-01-10T00:10:00Z')]);
  await meterAll(test.db);
  await expect(finalize('2025-01')).resolves.toMatchObject({ kind: 'invoiced', totalCents: '40' });
  const lines = await test.db('invoice_lines').where('invoice_id', 'inv:acme:2025-01:usage:1').orderBy('position');
  expect(lines.map((line) => [line.description, line.replica_minutes])).toEqual([
    ['m v1 on gpu (December 2024, reported late)', 30n],
    ['m v1 on gpu', 10n],
  ]);
  await complete('2025-02-01T00:00:00Z', [late]);
  await meterAll(test.db);
  now = '2025-03-01T00:10:00Z';
  await complete('2025-03-01T00:00:00Z', [report('2025-02-10T00:00:00Z', '2025-02-10T00:05:00Z')]);
  await expect(finalize('2025-02')).resolves.toMatchObject({ totalCents: '5' });
  const { rows } = await test.db.raw(`
    select (select sum(m) from invoice_usage, unnest(minutes) m)::int as billed,
      (select sum(replica_minutes) from usage_hours)::int as metered`);
  expect(rows[0]).toEqual({ billed: 165, metered: 165 });
});

it('bills late usage of a period that closed without an invoice', async () => {
  await complete('2025-01-01T00:00:00Z', [report('2025-01-10T00:00:00Z', '2025-01-10T00:10:00Z')]);
  await expect(finalize('2024-12')).resolves.toMatchObject({ kind: 'empty' });
  await complete('2025-02-01T00:00:00Z', [report('2024-12-10T00:00:00Z', '2024-12-10T00:07:00Z')]);
  await expect(finalize('2025-01')).resolves.toMatchObject({ totalCents: '17' });
});

it('asks Postgres nine times for an invoice, begin and commit among them, in five round trips', async () => {
  await addGrant(test.db, { workspace: 'acme', key: 'free', nanos: 100n * price, from: '2024-12-01T00:00:00Z' });
  await complete('2025-02-01T00:00:00Z', [report('2024-12-10T00:30:00Z', '2024-12-10T01:20:00Z')]);
  await meterAll(test.db);
  let asked = 0;
  const count = () => {
    asked++;
  };
  test.db.on('query', count);
  await finalize('2024-12');
  test.db.removeListener('query', count);
  expect(asked).toBe(9);
});

it('draws credits hour by hour and issues what they cover whole as $0.00, paid', async () => {
  await addGrant(test.db, { workspace: 'acme', key: 'free', nanos: 100n * price, from: '2024-12-01T00:00:00Z' });
  await complete('2025-02-01T00:00:00Z', [
    report('2024-12-10T00:30:00Z', '2024-12-10T01:20:00Z'),
    report('2025-01-10T00:00:00Z', '2025-01-10T01:30:00Z'),
  ]);
  await finalize('2024-12');
  await finalize('2025-01');
  expect(await invoices()).toMatchObject([
    { total: 0n, status: 'paid' },
    { total: 40n, status: 'issued' },
  ]);
  const draws = await test.db('standing_draws').orderBy('hour').pluck('amount_nanos');
  expect(draws).toEqual([30n * price, 20n * price, 50n * price]);
  const rows = test.db('credit_draws').orderBy('last_hour').select('last_hour', 'amount_nanos');
  expect(await rows).toEqual([
    { last_hour: hourOf(at('2024-12-10T01:00:00Z')), amount_nanos: 50n * price },
    { last_hour: hourOf(at('2025-01-10T00:00:00Z')), amount_nanos: 50n * price },
  ]);
  expect(await test.db('credit_grants').pluck('remaining_nanos')).toEqual([0n]);
});

it('replays quarantine before it waits: a source may have reported nothing else', async () => {
  await complete('2025-02-01T00:00:00Z', [
    report('2024-12-10T00:00:00Z', '2024-12-10T01:00:00Z', { instanceType: 'new' }),
  ]);
  expect(await finalize('2024-12')).toMatchObject({ kind: 'waiting', for: 'complete_usage' });
  await addPrice(test.db, { type: 'new', nanos: price, from: '2024-12-01T00:00:00Z' });
  expect(await finalize('2024-12')).toMatchObject({ kind: 'invoiced', totalCents: '60', because: 'complete' });
});

it('replays quarantine first: usage whose price came late is on the invoice', async () => {
  const reports = [report('2024-12-10T00:00:00Z', '2024-12-10T00:09:00Z', { instanceType: 'new-type' })];
  await expect(
    complete('2025-02-01T00:00:00Z', [...reports, report('2024-12-10T00:00:00Z', '2024-12-10T00:01:00Z')]),
  ).resolves.toEqual({ accepted: 1, quarantined: 1, ignored: 0 });
  await addPrice(test.db, { type: 'new-type', nanos: price, from: '2024-12-01T00:00:00Z' });
  await expect(finalize('2024-12')).resolves.toMatchObject({ totalCents: '10' });
  expect(await test.db('usage_quarantine').pluck('reason')).toEqual([]);
});

it('is not held up by what nothing can be billed for', async () => {
  const priceless = report('2024-12-10T00:00:00Z', '2024-12-10T00:09:00Z', { instanceType: 'new-type' });
  const early = report('2024-11-10T00:00:00Z', '2024-11-10T00:09:00Z');
  const good = report('2024-12-10T00:00:00Z', '2024-12-10T00:01:00Z');
  const answer = await complete('2025-02-01T00:00:00Z', [priceless, early, good]);
  expect(answer).toEqual({ accepted: 1, quarantined: 2, ignored: 0 });
  await expect(finalize('2024-12')).resolves.toMatchObject({ totalCents: '1' });
  expect(await test.db('usage_quarantine').orderBy('reason').pluck('reason')).toEqual(['before_start', 'no_price']);
});

it('closes early on request with what has come', async () => {
  now = '2025-01-15T00:00:00Z';
  await complete('2025-01-15T00:00:00Z', [report('2025-01-10T00:00:00Z', '2025-01-10T00:10:00Z')]);
  await finalize('2024-12');
  await expect(finalize('2025-01')).resolves.toMatchObject({ kind: 'waiting', for: 'end' });
  await test.db('billing_periods').where('month', '2025-01').update({ close_requested_at: now });
  await expect(finalize('2025-01')).resolves.toMatchObject({
    kind: 'invoiced',
    because: 'requested',
    totalCents: '10',
  });
});

it('refuses a period that was never opened with what to do', async () => {
  await expect(finalize('2031-01')).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('create the workspace first'),
  });
});
