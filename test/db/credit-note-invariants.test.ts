// Each rule of credit notes and corrections that the database holds by itself, with an attempt to break it from below the code.
import { correctUsage } from '../../commands/correct-usage';
import { finalizeInvoice } from '../../commands/finalize-invoice';
import { UsageAppender } from '../../db/intake/reports';
import { createTestDatabase, type TestDatabase } from '../harness/database';
import { testSettings } from '../harness/settings';
import { addGrant, addPrice, addWorkspace, at, record, report } from './fixtures';

let test: TestDatabase;
const invoice = 'inv:acme:2025-01:usage:1';

// Two hours at a cent a minute, half of the first paid by a grant; of each hour ten minutes are void.
beforeAll(async () => {
  test = await createTestDatabase();
  const connections = {
    db: test.db,
    appender: new UsageAppender(),
    clock: () => at('2025-02-01T00:10:00Z'),
    settings: testSettings({ deadlineMs: 0, closeSpreadMs: 0 }),
  };
  await addPrice(test.db, { type: 'gpu', nanos: 10_000_000n, from: '2024-12-01T00:00:00Z' });
  await addWorkspace(test.db, { id: 'acme', startsAt: '2025-01-01T00:00:00Z', months: ['2025-01', '2025-02'] });
  await addWorkspace(test.db, { id: 'other', startsAt: '2025-01-01T00:00:00Z', months: ['2025-01'] });
  await addGrant(test.db, { workspace: 'acme', key: 'g', nanos: 300_000_000n, from: '2025-01-01T00:00:00Z' });
  const reports = [report('2025-01-10T00:00:00Z', '2025-01-10T02:00:00Z')];
  await record(test.db, connections.appender, { reports, now: '2025-02-01T00:00:00Z' });
  await finalizeInvoice(connections, { workspace: 'acme', month: '2025-01' });
  const ranges = [{ model: 'm', from: '2025-01-10T00:55:00Z', to: '2025-01-10T01:15:00Z' }];
  const entry = { key: 'c1', reason: 'wrong', as: 'refund', ranges } as const;
  await correctUsage(connections, { workspace: 'acme', entry, actor: 'test', isPreview: false });
});
afterAll(() => test.drop());

type Change = Readonly<Record<string, string | number>>;

/** A note for goodwill of a cent, unless said otherwise. */
function note(change: Change = {}): string {
  const columns: Change = {
    id: `'cn:acme:2'`,
    workspace_id: `'acme'`,
    number: 2,
    invoice_id: `'${invoice}'`,
    kind: `'goodwill'`,
    key: `'k'`,
    reason: `'sorry'`,
    amount_cents: 1,
    lowers_due_cents: 1,
    last_invoice: 1,
    issued_at: 'now()',
    ...change,
  };
  return `insert into credit_notes (${Object.keys(columns).join(', ')}) values (${Object.values(columns).join(', ')});`;
}

const ofMinutes = (owed: number) => ({
  kind: `'correction'`,
  list_nanos: 10,
  volume_discount_nanos: 0,
  program_discount_nanos: 0,
  credits_applied_nanos: 0,
  amount_due_nanos: 10,
  owed_nanos: owed,
});

const usage = (minutes: number, version = 'v1') => `
  insert into credit_note_usage (workspace_id, note_id, month, model, version, instance_type, price_nanos, hours, minutes,
    list_nanos) values ('acme', 'cn:acme:2', '2025-01', 'm', '${version}', 'gpu', 10000000, '{482112}', '{${minutes}}',
    ${minutes} * 10000000);`;

// From the hour 2025-01-10T00:00Z on.
const back = (nanos: number | string, hours = '482352', of = invoice) => `
  insert into credit_returns values ('acme', 'cn:acme:2', '${of}', 'g', '{${hours}}', '{${nanos}}');`;

it.each<[string, string, RegExp]>([
  ['a note is changed', `update credit_notes set amount_cents = 0`, /append only/],
  ['a note is deleted', `delete from credit_notes`, /append only/],
  ['notes are truncated', `truncate credit_notes cascade`, /append only/],
  ['a line of a note is deleted', `delete from credit_note_lines`, /append only/],
  ['what a note takes off is changed', `update credit_note_usage set minutes = '{1}'`, /append only/],
  ['a note leaves a gap', note({ number: 3, id: `'cn:acme:3'` }), /leaves a gap/],
  ['a note is for an invoice of another workspace', note({ workspace_id: `'other'`, number: 1 }), /not void/],
  ['notes exceed the total', note({ amount_cents: 81, lowers_due_cents: 81 }), /invoices_check|credited_cents/],
  ['the parts of a note are not its amount', note({ lowers_due_cents: 0 }), /note_parts_add_up/],
  ['credits are given without a grant', note({ lowers_due_cents: 0, as_credits_cents: 1 }), /credits_have_a_grant/],
  ['a note of minutes has no bill', note({ kind: `'correction'` }), /note_of_minutes_has_a_bill/],
  ['a note charges more than its bill', note(ofMinutes(11)), /owed_nanos/],
  ['a void does not say what of its usage', note({ ...ofMinutes(0), kind: `'void'` }), /void_says_what/],
  ['a note comes without its posting', note(), /come with its posting/],
  ['an invoice becomes void without a note', `update invoices set status = 'void'`, /becomes void by the credit note/],
  ['an invoice is credited without a note', `update invoices set credited_cents = 1`, /follows from its payments/],
  [
    'a line joins a note',
    `insert into credit_note_lines (workspace_id, note_id, position, kind, description, month, exact_nanos, amount_cents)
     values ('acme', 'cn:acme:1', 99, 'usage', 'x', '2025-01', 0, 0)`,
    /must come whole/,
  ],
  ['a note takes off more than its invoice holds', note(ofMinutes(0)) + usage(101), /than it holds/],
  ['a note takes off what its invoice never held', note(ofMinutes(0)) + usage(1, 'v9'), /than it holds/],
  ['usage joins a note', usage(1, 'v8').replace('cn:acme:2', 'cn:acme:1'), /must come with it/],
  ['a return joins a note', back(1).replace('cn:acme:2', 'cn:acme:1'), /must come with its credit note/],
  ['more goes back than was drawn', note(ofMinutes(0)) + back(300_000_001), /give back what its invoice draws/],
  ['a note takes from a grant', note(ofMinutes(0)) + back(-1), /no_note_takes_of_a_grant/],
  ['a return is of nothing', note(ofMinutes(0)) + back(0), /credit_returns_amounts/],
  ['hours of a return are out of order', note(ofMinutes(0)) + back('1,1', '482353,482352'), /credit_returns_hours/],
  ['a correction is changed', `update corrections set reason = 'another'`, /can only be taken back/],
  ['a correction is deleted', `delete from corrections`, /can only be taken back|foreign key/],
  [
    'a correction stands that is not there',
    `insert into correction_ranges values
    ('acme', 'c9', 0, 'm', null, null, null, '2025-01-10T00:00Z', '2025-01-10T00:10Z')`,
    /foreign key/,
  ],
  [
    'a range is of half a minute',
    `insert into correction_ranges values
    ('acme', 'c1', 9, 'm', null, null, null, '2025-01-10T00:00:30Z', '2025-01-10T00:10Z')`,
    /from_at/,
  ],
])('refused: %s', async (_, attempt, refusal) => {
  await expect(test.db.transaction((trx) => trx.raw(attempt))).rejects.toThrow(refusal);
});

it('a correction is taken back once', async () => {
  const takeBack = () => test.db.raw(`update corrections set taken_back_at = now()`);
  await takeBack();
  await expect(takeBack()).rejects.toThrow(/can only be taken back, once/);
});

it.each([
  ['00:00Z', '01:00Z', 60],
  ['00:59Z', '01:00Z', 1],
  ['00:00Z', '00:01Z', 1],
  ['00:10Z', '00:30Z', 20],
  ['01:00Z', '02:00Z', 0],
])('the minutes of an hour from %s to %s are %i', async (from, to, count) => {
  const { rows } = await test.db.raw(
    `select bit_count(minutes_between('2025-01-10T00:00Z', ?::timestamptz, ?::timestamptz)::bit(64))::int as count`,
    [`2025-01-10T${from}`, `2025-01-10T${to}`],
  );
  expect(rows[0].count).toBe(count);
});
