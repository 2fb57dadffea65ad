// Corrections on the real database: at once with each other and with the closing of a month, over several invoices, and
// what is written beside them.
import { correctUsage } from '../../commands/correct-usage';
import { creditInvoice } from '../../commands/credit-invoice';
import { finalizeInvoice } from '../../commands/finalize-invoice';
import { takeCorrectionBack } from '../../commands/take-correction-back';
import { voidInvoice } from '../../commands/void-invoice';
import { readBooks } from '../../db/books/trial-balance';
import { UsageAppender } from '../../db/intake/reports';
import { cents } from '../../domain/money';
import { addGrant, addPrice, addWorkspace, at, record, report } from '../db/fixtures';
import { createTestDatabase, type TestDatabase } from '../harness/database';
import { testSettings } from '../harness/settings';

let test: TestDatabase;
let appender: UsageAppender;
let nowMs: number;
const workspace = 'acme';
const january = 'inv:acme:2025-01:usage:1';
const february = 'inv:acme:2025-02:usage:1';

beforeEach(async () => {
  test = await createTestDatabase();
  appender = new UsageAppender();
  nowMs = at('2025-03-05T12:00:00Z');
  await addPrice(test.db, { type: 'gpu', nanos: 10_000_000n, from: '2024-12-01T00:00:00Z' });
  await addWorkspace(test.db, {
    id: workspace,
    startsAt: '2025-01-01T00:00:00Z',
    months: ['2025-01', '2025-02', '2025-03'],
  });
});
afterEach(() => test.drop());

const connections = () => ({
  db: test.db,
  appender,
  clock: () => nowMs,
  settings: testSettings({ deadlineMs: 0, closeSpreadMs: 0, isMailing: true }),
});

const use = (from: string, to: string, facts: Parameters<typeof report>[2] = {}) =>
  record(test.db, appender, { reports: [report(from, to, facts)], now: '2025-03-05T12:00:00Z' });
const finalize = (month: string) => finalizeInvoice(connections(), { workspace, month });
const correct = (key: string, from: string, to: string, more: { replica?: string; isPreview?: boolean } = {}) => {
  const { isPreview = false, ...selectors } = more;
  const entry = { key, reason: 'wrong', as: 'refund', ranges: [{ model: 'm', ...selectors, from, to }] } as const;
  return correctUsage(connections(), { workspace, entry, actor: 'test', isPreview });
};
const notes = () => test.db('credit_notes').orderBy('number').select('number', 'invoice_id', 'amount_cents');

async function expectBooks(): Promise<void> {
  const { checks } = await readBooks(test.db, { workspace, month: null });
  expect(checks.flatMap(({ faults }) => faults)).toEqual([]);
}

it('two corrections at once are one after the other: each minute is credited once, the numbers have no gap', async () => {
  await use('2025-01-02T00:00:00Z', '2025-01-02T10:00:00Z');
  await finalize('2025-01');
  const hour = (n: number) => `2025-01-02T0${n}:00:00Z`;
  const corrected = await Promise.all([0, 2, 4, 6].map((n) => correct(`c${n}`, hour(n), hour(n + 3))));
  expect(corrected.reduce((sum, { correction }) => sum + correction.voidMinutes, 0)).toBe(540);
  expect((await notes()).map(({ number }) => number)).toEqual([1, 2, 3, 4]);
  expect(await test.db('invoices').first('credited_cents')).toEqual({ credited_cents: 540n });
  await expectBooks();
});

it('a correction while the month is being finalized is on one side of it, never on both', async () => {
  for (const month of ['2025-01', '2025-02', '2025-03']) {
    await use(`${month}-02T00:00:00Z`, `${month}-02T10:00:00Z`);
    const [invoiced, corrected] = await Promise.all([
      finalize(month),
      correct(month, `${month}-02T02:00:00Z`, `${month}-02T04:00:00Z`),
    ]);
    const total = invoiced.kind === 'invoiced' ? Number(invoiced.totalCents) : 0;
    const credited = corrected.notes.reduce((sum, { amountCents }) => sum + Number(amountCents), 0);
    if (month < '2025-03') expect([total, total - credited]).toEqual([credited === 0 ? 480 : 600, 480]);
  }
  await expectBooks();
});

it('what was reported and is not metered yet is voided as well', async () => {
  await use('2025-01-02T00:00:00Z', '2025-01-02T01:00:00Z');
  const { correction } = await correct('c1', '2025-01-02T00:00:00Z', '2025-01-02T00:30:00Z');
  expect(correction.voidMinutes).toBe(30);
  await expect(finalize('2025-01')).resolves.toMatchObject({ totalCents: '30' });
});

describe('usage that two invoices hold', () => {
  beforeEach(async () => {
    await use('2025-01-02T00:00:00Z', '2025-01-02T02:00:00Z');
    await finalize('2025-01');
    await use('2025-01-02T01:00:00Z', '2025-01-02T03:00:00Z', { replica: 'r2' });
    await use('2025-02-02T00:00:00Z', '2025-02-02T01:00:00Z');
    await finalize('2025-02');
  });

  it('is credited by one note each, in the order of their issue', async () => {
    const corrected = await correct('c1', '2025-01-01T00:00:00Z', '2025-02-03T00:00:00Z');
    expect(corrected.notes.map(({ invoice, amountCents }) => [invoice, amountCents])).toEqual([
      [january, 120n],
      [february, 180n],
    ]);
    const lines = corrected.lines.get('cn:acme:2') ?? [];
    expect(lines.map(({ description, amountCents }) => [description, amountCents])).toEqual([
      ['m v1 on gpu (January 2025)', 120n],
      ['m v1 on gpu', 60n],
    ]);
    expect(await test.db('invoices').pluck('status')).toEqual(['paid', 'paid']);
    await expectBooks();
  });

  it('is lost by the newest first, where they hold some of the same hour and line', async () => {
    const first = await correct('c1', '2025-01-02T01:00:00Z', '2025-01-02T02:00:00Z', { replica: 'r2' });
    expect(first.notes.map(({ invoice, amountCents }) => [invoice, amountCents])).toEqual([[february, 60n]]);
    const second = await correct('c2', '2025-01-02T01:00:00Z', '2025-01-02T02:00:00Z', { replica: 'r1' });
    expect(second.notes.map(({ invoice, amountCents }) => [invoice, amountCents])).toEqual([[january, 60n]]);
  });

  it('taken back is late usage of the next, with L going on from what is left', async () => {
    await correct('c1', '2025-01-02T00:00:00Z', '2025-01-02T01:00:00Z');
    const author = { actor: 'test', nowMs };
    await test.db.transaction((trx) => takeCorrectionBack(trx, { workspace, key: 'c1', author }));
    await test.db('billing_periods').where({ month: '2025-03' }).update({ close_requested_at: '2025-03-05T12:00:00Z' });
    await expect(finalize('2025-03')).resolves.toMatchObject({ kind: 'invoiced', totalCents: '60' });
    const again = await correct('c2', '2025-01-02T00:00:00Z', '2025-01-02T01:00:00Z');
    expect(again.notes.map(({ invoice, amountCents }) => [invoice, amountCents])).toEqual([
      ['inv:acme:2025-03:usage:1', 60n],
    ]);
    await expectBooks();
  });
});

it('an expired grant that is returned to is posted as expired again', async () => {
  const until = '2025-01-20T00:00:00Z';
  await addGrant(test.db, { workspace, key: 'g', nanos: 1_000_000_000n, from: '2025-01-01T00:00:00Z', until });
  await use('2025-01-02T00:00:00Z', '2025-01-02T01:00:00Z');
  await finalize('2025-01');
  const { notes: issued } = await correct('c1', '2025-01-02T00:00:00Z', '2025-01-02T00:10:00Z');
  expect(issued).toMatchObject([{ amountCents: 0n, creditsReturnedNanos: 100_000_000n }]);
  expect(await test.db('credit_grants').first('remaining_nanos')).toEqual({ remaining_nanos: 500_000_000n });
  await expectBooks();
});

it('each note is told in an e-mail, a preview in none, and everything is in the audit log', async () => {
  await use('2025-01-02T00:00:00Z', '2025-01-02T02:00:00Z');
  await finalize('2025-01');
  await correct('p', '2025-01-02T00:00:00Z', '2025-01-02T00:10:00Z', { isPreview: true });
  await correct('c1', '2025-01-02T00:00:00Z', '2025-01-02T00:10:00Z');
  const author = { actor: 'test', nowMs };
  const shared = { workspace, invoice: january, reason: 'sorry' };
  await test.db.transaction((trx) =>
    creditInvoice(trx, {
      crediting: { ...shared, kind: 'goodwill', key: 'g', amountCents: cents(5n) },
      author,
      settings: { isMailing: true, isCharging: false },
    }),
  );
  await test.db.transaction((trx) =>
    voidInvoice(trx, {
      voiding: { ...shared, key: 'v', usage: 'voided' },
      author,
      settings: { isMailing: true, isCharging: false },
    }),
  );
  const emails = await test.db('emails').where({ kind: 'credit_note_issued' }).orderBy('position');
  expect(
    emails.map(({ key, about, facts }) => [key, about, facts.number, facts.creditedCents, facts.remainingCents]),
  ).toEqual([
    ['credit-note-issued:cn:acme:1', january, 'acme-CN-0001', '10', '110'],
    ['credit-note-issued:cn:acme:2', january, 'acme-CN-0002', '5', '105'],
    ['credit-note-issued:cn:acme:3', january, 'acme-CN-0003', '105', '0'],
  ]);
  expect(await test.db('audit_log').orderBy('id').pluck('action')).toEqual([
    'usage.corrected',
    'invoice.credited',
    'invoice.voided',
  ]);
});
