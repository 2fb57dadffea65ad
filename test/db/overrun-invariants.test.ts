// Each rule of the guard's overrun that the database holds by itself, with an attempt to break it from below the code.
import { finalizeInvoice } from '../../commands/finalize-invoice';
import { UsageAppender } from '../../db/intake/reports';
import { createTestDatabase, type TestDatabase } from '../harness/database';
import { addEpisode } from '../harness/episodes';
import { testSettings } from '../harness/settings';
import { addPrice, addWorkspace, at, record, report } from './fixtures';

let test: TestDatabase;
const january = 'inv:acme:2025-01:usage:1';
const february = 'inv:acme:2025-02:usage:1';

// An hour at a cent a minute in each month; half of January's inside an episode.
beforeAll(async () => {
  test = await createTestDatabase();
  const connections = {
    db: test.db,
    appender: new UsageAppender(),
    clock: () => at('2025-03-01T00:10:00Z'),
    settings: testSettings({ deadlineMs: 0, closeSpreadMs: 0 }),
  };
  await addPrice(test.db, { type: 'gpu', nanos: 10_000_000n, from: '2024-12-01T00:00:00Z' });
  const months = ['2025-01', '2025-02', '2025-03'];
  await addWorkspace(test.db, { id: 'acme', startsAt: '2025-01-01T00:00:00Z', months });
  const reports = ['2025-01', '2025-02'].map((month) => report(`${month}-10T00:00:00Z`, `${month}-10T01:00:00Z`));
  await record(test.db, connections.appender, { reports, now: '2025-03-01T00:00:00Z' });
  await addEpisode(test.db, 'acme', { from: '2025-01-10T00:30:00Z', until: '2025-01-10T02:00:00Z' });
  for (const month of ['2025-01', '2025-02']) await finalizeInvoice(connections, { workspace: 'acme', month });
});
afterAll(() => test.drop());

const third = 'inv:acme:2025-03:usage:1';

/** An invoice of ten minutes, with its line, its posting and its usage, and the closing of its period. */
const issue = `
  insert into invoices (id, workspace_id, month, kind, sequence, number, status, list_nanos, volume_discount_nanos,
    program_discount_nanos, credits_applied_nanos, amount_due_nanos, total_cents, parts, closed_because, seller, buyer,
    collection, issued_at, due_at)
  values ('${third}', 'acme', '2025-03', 'usage', 1, 3, 'issued', 100000000, 0, 0, 0, 100000000, 10, '[]', 'complete',
    '{"name": "S"}', '{"name": "B"}', 'charge', now(), now());
  insert into invoice_lines (workspace_id, invoice_id, position, kind, description, month, exact_nanos, amount_cents)
    values ('acme', '${third}', 1, 'usage', 'x', '2025-03', 100000000, 10);
  insert into invoice_usage values ('acme', '${third}', '2025-03', 'm', 'v1', 'gpu', 10000000, '{483500}', '{10}', 100000000);
  update billing_periods set status = 'invoiced', closed_at = '2025-04-01T00:00Z', closed_because = 'complete'
    where month = '2025-03';
  insert into ledger_entries (workspace_id, posting, account, amount_nanos, posted_at) values
    ('acme', 'invoice:${third}', 'receivable', 100000000, now()), ('acme', 'invoice:${third}', 'revenue', -100000000, now());`;

const writeOff = ({ invoice = third, owed = 100_000_000, without = 60_000_000, cents = 4 } = {}) => `
  insert into overrun_write_offs values ('acme', '${invoice}', 4, 40000000, ${owed}, ${without}, ${cents}, now());`;
const part = (cents = 4) => `insert into overrun_parts values ('acme', 1, '${third}', 4, 40000000, ${cents});`;
const minutes = (count = 4, of = third) => `
  insert into overrun_usage values ('acme', '${of}', null, '2025-03', 'm', 'v1', 'gpu', 10000000, '{483500}', '{${count}}');`;
const posting = (cents = 4) => `
  insert into ledger_entries (workspace_id, posting, account, amount_nanos, posted_at) values
    ('acme', 'overrun:${third}', 'written_off', ${cents}0000000, now()),
    ('acme', 'overrun:${third}', 'receivable', -${cents}0000000, now());`;

it.each<[string, string, RegExp]>([
  ['what was written off is changed', `update overrun_write_offs set replica_minutes = 1`, /append only/],
  ['what was written off is deleted', `delete from overrun_write_offs`, /append only/],
  ['an episode of it is changed', `update overrun_parts set amount_cents = 0`, /append only/],
  ['its minutes are deleted', `delete from overrun_usage`, /append only/],
  ['its minutes are truncated', `truncate overrun_usage`, /append only/],
  ['an episode that was written off is deleted', `delete from guard_episodes`, /keeps what it holds/],
  ['something is written off without its row', `update invoices set written_off_cents = 1`, /follows from/],
  [
    'an issued invoice is written off',
    writeOff({ invoice: february, owed: 600_000_000, without: 560_000_000 }),
    /at its issue/,
  ],
  ['another amount than the bill owes', issue + writeOff({ owed: 110_000_000, cents: 5 }), /what its bill owes/],
  ['another amount than half-up cents', issue + writeOff({ cents: 3 }), /written_off_by_half_up_cents/],
  ['more is owed without than with', issue + writeOff({ without: 110_000_000, cents: -1 }), /check/],
  ['it comes without its episodes', issue + writeOff() + minutes() + posting(), /parts of the overrun/],
  ['its episodes make another amount', issue + writeOff() + part(3) + minutes() + posting(), /parts of the overrun/],
  ['it comes without its minutes', issue + writeOff() + part() + posting(), /minutes of the overrun/],
  ['it comes without its posting', issue + writeOff() + part() + minutes(), /come with its posting/],
  ['its posting is another', issue + writeOff() + part() + minutes() + posting(3), /come with its posting/],
  ['more minutes than the invoice holds', issue + writeOff() + part() + minutes(11), /than the invoice holds/],
  ['minutes join an issued invoice', minutes(1, january), /come with their invoice/],
])('refused: %s', async (_, attempt, refusal) => {
  await expect(test.db.transaction((trx) => trx.raw(attempt))).rejects.toThrow(refusal);
});

it('taken: an invoice with what is written off of it, whole', async () => {
  await test.db.transaction((trx) => trx.raw(issue + writeOff() + part() + minutes() + posting()));
  expect(await test.db('invoices').where('number', 3).first('written_off_cents', 'remaining_cents', 'status')).toEqual({
    written_off_cents: 4n,
    remaining_cents: 6n,
    status: 'issued',
  });
});
