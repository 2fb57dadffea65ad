// Each rule of money that the database holds by itself, with an attempt to break it from below the code.
import { createActivities } from '../../activities';
import { UsageAppender } from '../../db/intake/reports';
import { createTestDatabase, type TestDatabase } from '../harness/database';
import { testSettings } from '../harness/settings';
import { addGrant, addPrice, addWorkspace, at, record, report } from './fixtures';

let test: TestDatabase;
const invoice = 'inv:acme:2024-12:usage:1';

beforeAll(async () => {
  test = await createTestDatabase();
  const appender = new UsageAppender();
  const now = '2025-01-01T00:10:00Z';
  await addPrice(test.db, { type: 'gpu', nanos: 10_000_000n, from: '2024-12-01T00:00:00Z' });
  await addWorkspace(test.db, { id: 'acme', startsAt: '2024-12-01T00:00:00Z', months: ['2024-12', '2025-01'] });
  await addWorkspace(test.db, { id: 'other', startsAt: '2024-12-01T00:00:00Z', months: ['2024-12'] });
  await addGrant(test.db, {
    workspace: 'acme',
    key: 'g',
    nanos: 500_000_000n,
    from: '2024-12-01T00:30:00Z',
    until: '2024-12-20T10:30:00Z',
  });
  await record(test.db, appender, {
    reports: [report('2024-12-10T00:00:00Z', '2024-12-10T02:00:00Z')],
    now,
    completeThrough: '2025-01-01T00:00:00Z',
  });
  const activities = createActivities({
    db: test.db,
    appender,
    clock: () => at(now),
    heartbeat: () => undefined,
    settings: testSettings({ deadlineMs: 0, closeSpreadMs: 0 }),
  });
  await activities.billing.finalizeInvoice({ workspace: 'acme', month: '2024-12' });
});
afterAll(() => test.drop());

const issued = (id: string, columns: string) => `
  insert into invoices (id, workspace_id, month, kind, sequence, number, status, list_nanos, volume_discount_nanos,
    program_discount_nanos, credits_applied_nanos, amount_due_nanos, total_cents, parts, closed_because, seller, buyer,
    collection, issued_at, due_at)
  values ('${id}', 'acme', '2025-01', 'usage', 1, ${columns}, '[]', 'complete', '{"name": "S"}', '{"name": "B"}', 'charge',
    now(), now())`;

const grant = (key: string, nanos: number | bigint, from = '2025-01-01T00:00Z') => `
  insert into credit_grants (workspace_id, key, kind, amount_nanos, remaining_nanos, valid_from, priority, created_at)
  values ('acme', '${key}', 'promotional', ${nanos}, ${nanos}, '${from}', 100, now())`;

it.each<[string, string, RegExp]>([
  ['an issued invoice gets another total', `update invoices set total_cents = 1`, /content never changes/],
  ['an invoice is paid by nothing', `update invoices set status = 'paid'`, /paid_where_nothing_remains/],
  ['an invoice counts a payment that is not there', `update invoices set paid_cents = 1`, /follows from its payments/],
  ['an issued invoice is deleted', `delete from invoices`, /content never changes/],
  ['a line is changed', `update invoice_lines set amount_cents = 0`, /append only/],
  ['a line is deleted', `delete from invoice_lines`, /append only/],
  ['billed usage is changed', `update invoice_usage set minutes = '{1}'`, /append only/],
  ['a draw is deleted', `delete from credit_draws`, /append only/],
  ['the ledger is changed', `update ledger_entries set amount_nanos = 1`, /append only/],
  ['the audit log is changed', `delete from audit_log`, /append only/],
  [
    'a line joins an issued invoice',
    `insert into invoice_lines (workspace_id, invoice_id, position, kind, description, month, exact_nanos, amount_cents)
      values ('acme', '${invoice}', 99, 'usage', 'x', '2024-12', 0, 0)`,
    /must come whole/,
  ],
  [
    'a line is of an invoice that is not there',
    `insert into invoice_lines (workspace_id, invoice_id, position, kind, description, month, exact_nanos, amount_cents)
      values ('acme', 'i9', 1, 'usage', 'x', '2024-12', 0, 0)`,
    /must come whole/,
  ],
  [
    'a line is of another workspace than its invoice',
    `${issued('i2', `2, 'paid', 0, 0, 0, 0, 0, 0`)};
     insert into invoice_lines (workspace_id, invoice_id, position, kind, description, month, exact_nanos, amount_cents)
      values ('other', 'i2', 1, 'usage', 'x', '2025-01', 0, 0)`,
    /must come whole/,
  ],
  [
    'usage is of an invoice that is not there',
    `insert into invoice_usage (workspace_id, invoice_id, month, model, version, instance_type, price_nanos, hours, minutes,
      list_nanos) values ('acme', 'i9', '2024-12', 'm', 'v9', 'gpu', 1, '{1}', '{1}', 1)`,
    /already issued/,
  ],
  [
    'usage joins an issued invoice',
    `insert into invoice_usage (workspace_id, invoice_id, month, model, version, instance_type, price_nanos, hours, minutes,
      list_nanos) values ('acme', '${invoice}', '2024-12', 'm', 'v9', 'gpu', 1, '{1}', '{1}', 1)`,
    /already issued/,
  ],
  [
    'a draw joins an issued invoice',
    `${grant('h', 1, '2024-12-01T00:00Z')}; insert into credit_draws values ('acme', '${invoice}', 'h', '{481613}', '{1}')`,
    /come with its invoice/,
  ],
  ['a grant is deleted', `delete from credit_grants`, /append only/],
  ['a grant is raised', `update credit_grants set amount_nanos = amount_nanos + 1`, /only draws/],
  ['a grant ends without being said to', `update credit_grants set valid_until = '2024-12-15T00:00Z'`, /only ending/],
  [
    'a grant is made to last longer',
    `update credit_grants set valid_until = '2025-12-15T00:00Z', ended_at = now()`,
    /only ending/,
  ],
  [
    'a grant is ended and raised at once',
    `update credit_grants set valid_until = '2024-12-15T00:00Z', ended_at = now(), amount_nanos = amount_nanos + 1`,
    /only ending/,
  ],
  [
    'a grant ends before what an invoice has drawn',
    `update credit_grants set valid_until = '2024-12-10T00:00Z', ended_at = now()`,
    /has drawn it in an hour after that/,
  ],
  [
    'a grant ends before the hour in which it begins',
    `${grant('early', 1, '2025-03-01T00:30Z')};
     update credit_grants set valid_until = '2025-02-28T23:00Z', ended_at = now() where key = 'early'`,
    /grant_validity/,
  ],
  ['a grant is of nothing', grant('nothing', 0), /grant_within_limit/],
  ['a grant is over a hundred million dollars', grant('large', 10n ** 17n + 1n), /grant_within_limit/],
  [
    'grants are over five thousand million dollars together',
    Array.from({ length: 50 }, (_, n) => grant(`g${n}`, 10n ** 17n)).join(';'),
    /over their limit together/,
  ],
  ['credit is given back without a draw', `update credit_grants set remaining_nanos = amount_nanos`, /only draws/],
  ['invoices are truncated', `truncate invoices cascade`, /append only/],
  ['the ledger is truncated', `truncate ledger_entries`, /append only/],
  ['draws are truncated', `truncate credit_draws`, /append only/],
  ['the audit log is truncated', `truncate audit_log`, /append only/],
  [
    'a closed period is opened again',
    `update billing_periods set status = 'open', closed_at = null, closed_because = null where status = 'invoiced'`,
    /is closed/,
  ],
  ['a closed period is deleted', `delete from billing_periods where status = 'invoiced'`, /is closed/],
  [
    'a draw is of a grant that is not there',
    `${issued('i2', `2, 'paid', 1, 0, 0, 1, 0, 0`)};
     insert into credit_draws values ('acme', 'i2', 'nothing', '{481608}', '{1}')`,
    /come with its invoice/,
  ],
  [
    'a draw is of an invoice that is not there',
    `insert into credit_draws values ('acme', 'i9', 'g', '{481608}', '{1}')`,
    /come with its invoice/,
  ],
  [
    'a draw lies before its grant',
    `${issued('i2', `2, 'paid', 1, 0, 0, 1, 0, 0`)};
     insert into credit_draws values ('acme', 'i2', 'g', '{481391}', '{1}')`,
    /within its grant's validity/,
  ],
  [
    'a draw lies behind its grant',
    `${issued('i2', `2, 'paid', 1, 0, 0, 1, 0, 0`)};
     insert into credit_draws values ('acme', 'i2', 'g', '{481859}', '{1}')`,
    /within its grant's validity/,
  ],
  ...(
    [
      ['the hours of a draw are out of order', '{481609,481608}', '{1,1}', /credit_draws_hours/],
      ['a draw has an hour twice', '{481608,481608}', '{1,1}', /credit_draws_hours/],
      ['a draw has an hour that is null', '{481608,null,481609}', '{1,1,1}', /credit_draws_hours/],
      ['a draw has no hours', '{}', '{}', /not-null|credit_draws_hours/],
      ['a draw has hours without an amount', '{481608,481609}', '{1}', /an_amount_an_hour/],
      ['a draw has an amount of nothing', '{481608,481609}', '{1,0}', /credit_draws_amounts/],
      ['a draw has an amount that is null', '{481608,481609}', '{1,null}', /credit_draws_amounts/],
      ['a draw counts its hours from elsewhere', '[2:3]={481608,481609}', '{1,1}', /credit_draws_hours/],
      ['a draw lies before its grant and within it', '{481391,481609}', '{1,1}', /within its grant's validity/],
    ] as const
  ).map(([what, hours, amounts, message]): [string, string, RegExp] => [
    what,
    `${issued('i2', `2, 'paid', 1, 0, 0, 1, 0, 0`)}; insert into credit_draws values ('acme', 'i2', 'g', '${hours}', '${amounts}')`,
    message,
  ]),
  [
    'a grant is overdrawn',
    `${issued('i2', `2, 'paid', 1, 0, 0, 1, 0, 0`)};
     insert into credit_draws values ('acme', 'i2', 'g', '{481858}', '{500000001}')`,
    /never_overdrawn/,
  ],
  ['an invoice number leaves a gap', issued('i3', `3, 'paid', 0, 0, 0, 0, 0, 0`), /leaves a gap/],
  ['an invoice number comes twice', issued('i1', `1, 'paid', 0, 0, 0, 0, 0, 0`), /leaves a gap/],
  [
    'an invoice has no seller',
    issued('i2', `2, 'paid', 0, 0, 0, 0, 0, 0`).replace('{"name": "S"}', '{}'),
    /parties_have_names/,
  ],
  [
    'an invoice has a buyer without a name',
    issued('i2', `2, 'paid', 0, 0, 0, 0, 0, 0`).replace('{"name": "B"}', '{"name": ""}'),
    /parties_have_names/,
  ],
  [
    'an invoice is due before it is issued',
    issued('i2', `2, 'paid', 0, 0, 0, 0, 0, 0`).replace('now(), now()', `now(), now() - interval '1 day'`),
    /due_after_issue/,
  ],
  ['amounts do not add up', issued('i2', `2, 'issued', 100000000, 0, 0, 0, 90000000, 9`), /amounts_add_up/],
  ['a total is not the due amount rounded half up', issued('i2', `2, 'paid', 5000000, 0, 0, 0, 5000000, 0`), /half_up/],
  [
    'lines do not add up to the total',
    `${issued('i2', `2, 'issued', 20000000, 0, 0, 0, 20000000, 2`)};
     insert into invoice_lines (workspace_id, invoice_id, position, kind, description, month, exact_nanos, amount_cents)
       values ('acme', 'i2', 1, 'usage', 'x', '2025-01', 20000000, 1)`,
    /add up to its total/,
  ],
  [
    'a posting does not balance',
    `insert into ledger_entries (workspace_id, posting, account, amount_nanos, posted_at)
      values ('acme', 'p', 'cash', 5, now()), ('acme', 'p', 'receivable', -4, now())`,
    /does not balance/,
  ],
  [
    'a grant comes without its posting',
    grant('unposted', 1),
    /wrong about grant unposted .* posted as 0 owed, not as 1/,
  ],
  [
    'a grant is posted with another amount',
    `${grant('short', 2)}; insert into ledger_entries (workspace_id, posting, account, amount_nanos, grant_key, posted_at)
      values ('acme', 'grant:short', 'credits', -1, 'short', now()), ('acme', 'grant:short', 'credits_granted', 1, 'short', now())`,
    /wrong about grant short .* posted as 1 owed, not as 2/,
  ],
  [
    'credits that were given for nothing are posted as money',
    `${grant('gift', 1)}; insert into ledger_entries (workspace_id, posting, account, amount_nanos, grant_key, posted_at)
      values ('acme', 'grant:gift', 'credits', -1, 'gift', now()), ('acme', 'grant:gift', 'cash', 1, 'gift', now())`,
    /wrong about grant gift .* kind promotional is posted with 0 as given for nothing/,
  ],
  [
    'more of a grant is posted as expired than there is',
    `insert into ledger_entries (workspace_id, posting, account, amount_nanos, grant_key, posted_at)
      values ('acme', 'grant-expired:g:x', 'credits', 1, 'g', now()), ('acme', 'grant-expired:g:x', 'credits_expired', -1, 'g', now())`,
    /wrong about grant g .* expired is 0 of it, and posted is 1/,
  ],
  [
    'a posting about credits given or expired names no grant',
    `insert into ledger_entries (workspace_id, posting, account, amount_nanos, posted_at)
      values ('acme', 'grant-expired:g:x', 'credits', 1, now()), ('acme', 'grant-expired:g:x', 'credits_expired', -1, now())`,
    /giving_and_expiring_name_the_grant/,
  ],
  [
    'an invoice comes without its posting',
    issued('i2', `2, 'issued', 20000000, 0, 0, 0, 20000000, 2`),
    /i2 must come with its posting/,
  ],
  [
    'two default prices overlap',
    `insert into prices (instance_type, price_nanos, valid) values ('gpu', 1, '[2025-05-01T00:00Z,)')`,
    /one_price_an_hour/,
  ],
  [
    'a price begins off the hour',
    `insert into instance_types values ('tpu'); insert into prices (instance_type, price_nanos, valid)
      values ('tpu', 1, '[2025-05-01T00:30Z,)')`,
    /prices_valid_check/,
  ],
  [
    'two sets of terms overlap',
    `insert into workspace_terms values ('acme', '[2025-01-01T00:00Z,)', '{}'), ('acme', '[2025-02-01T00:00Z,)', '{}')`,
    /one_set_of_terms_an_hour/,
  ],
  [
    'a mask has a 61st minute',
    `insert into usage_reports (received_at, hour, mask, replica_id, source_id, hours, phase,
    shard, workspace_id) values ('2025-01-01T00:10:00Z', now(), 1::int8 << 60, 1, 1, 1, 0, 0, 'acme')`,
    /mask_check/,
  ],
  ['an hour is listed at another price', `update usage_hours set list_nanos = list_nanos + 1`, /minutes_times_price/],
  [
    'an id has a space',
    `insert into workspaces (id, name, billing_email, starts_at, created_at) values ('a b', 'x', 'y', now(), now())`,
    /identifier_check/,
  ],
])('refuses that %s', async (_what, sql, message) => {
  await expect(test.db.transaction((trx) => trx.raw(sql))).rejects.toThrow(message);
});

it('lets an issued invoice be past due where its collecting says so', async () => {
  const trx = await test.db.transaction();
  await trx.raw(
    `insert into collectings (workspace_id, invoice_id, asked_at, past_due_since) values ('acme', ?, now(), now())`,
    [invoice],
  );
  await trx.raw(`update invoices set status = 'past_due' where id = ?`, [invoice]);
  await expect(trx.raw('set constraints all immediate')).resolves.toBeDefined();
  await trx.rollback();
});

it('lets a grant end after the last hour that an invoice has drawn, and nothing later', async () => {
  const trx = await test.db.transaction();
  const end = (until: string) => trx.raw(`update credit_grants set valid_until = ?, ended_at = now()`, [until]);
  await expect(end('2024-12-10T01:00:00Z')).resolves.toBeDefined();
  await expect(end('2024-12-10T02:00:00Z')).rejects.toThrow(/only ending/);
  await trx.rollback();
});
