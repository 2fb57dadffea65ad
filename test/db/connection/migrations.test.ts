// Migrations from nothing, again, at once from two processes, each one onto data of the schema before it, and frozen ones.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { connect } from '../../../db/connection/knex';
import { migrate } from '../../../db/connection/migrate';
import { migrations } from '../../../db/migrations';
import { checksumOf, frozen, frozenFaults } from '../../../db/migrations/frozen';
import { createEmptyDatabase, type TestDatabase } from '../../harness/database';

let test: TestDatabase;
beforeEach(async () => {
  test = await createEmptyDatabase();
});
afterEach(() => test.drop());

const names = migrations.map(({ name }) => name);

it('brings an empty database to the newest schema, and does nothing the second time', async () => {
  await expect(migrate(test.db)).resolves.toEqual(names);
  await expect(migrate(test.db)).resolves.toEqual([]);
});

it('is safe from two processes at once: one migrates, the other is told to come again or finds it done', async () => {
  const other = connect({ url: test.url });
  try {
    const outcomes = await Promise.allSettled([migrate(test.db), migrate(other)]);
    const applied = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
    expect([...applied].sort()).toEqual(names);
    await expect(migrate(test.db)).resolves.toEqual([]);
  } finally {
    await other.destroy();
  }
});

it('refuses a database that another build has made, and says what to do', async () => {
  await migrate(test.db);
  await test.db.raw(`update applied_migrations set checksum = 'of another build' where name = '002-usage'`);
  await expect(migrate(test.db)).rejects.toThrow(/its 002-usage is not the one of this build.*--fresh/);
  await test.db.raw('drop table applied_migrations');
  await expect(migrate(test.db)).rejects.toThrow(/its 001-accounts is not the one of this build/);
});

// What a database may hold once the migration of the key has run. A new migration adds its own.
const data: Readonly<Record<string, string>> = {
  '001-accounts': `
    insert into workspaces (id, name, billing_email, starts_at, created_at)
      values ('acme', 'Acme', 'billing@acme.example', '2025-01-01T00:00Z', '2025-01-01T00:00Z');
    insert into instance_types (id) values ('gpu');
    insert into prices (instance_type, price_nanos, valid) values ('gpu', 20120000, '[2025-01-01T00:00Z,)');
    insert into workspace_terms (workspace_id, valid, terms) values ('acme', '[2025-01-01T00:00Z,)', '{}')`,
  '002-usage': `
    insert into sources (source) values ('cluster-1');
    insert into replicas (workspace_id, model, version, instance_type, replica) values ('acme', 'm', 'v', 'gpu', 'r');
    select ensure_usage_reports_day('2025-01-01'), ensure_usage_month('2025-01-01');
    insert into usage_reports (received_at, hour, mask, replica_id, source_id, hours, phase, shard, workspace_id)
      values ('2025-01-01T00:10Z', '2025-01-01T00:00Z', 1, 1, 1, 1, 2, 0, 'acme');
    insert into replica_hours (hour, serving, replica_id, workspace_id) values ('2025-01-01T00:00Z', 1, 1, 'acme')`,
  '003-invoicing': `
    insert into billing_periods (workspace_id, month, starts_at, ends_at, opened_at)
      values ('acme', '2025-01', '2025-01-01T00:00Z', '2025-02-01T00:00Z', '2025-01-01T00:00Z');
    insert into credit_grants (workspace_id, key, kind, amount_nanos, remaining_nanos, valid_from, priority, created_at)
      values ('acme', 'free', 'free', 30000000000, 30000000000, '2025-01-01T00:00Z', 100, '2025-01-01T00:00Z');
    insert into ledger_entries (workspace_id, posting, account, amount_nanos, grant_key, posted_at)
      values ('acme', 'grant:free', 'credits', -30000000000, 'free', '2025-01-01T00:00Z'),
        ('acme', 'grant:free', 'credits_granted', 30000000000, 'free', '2025-01-01T00:00Z')`,
  '004-delivery': `
    insert into outbox (kind, workflow_type, workflow_id, arguments)
      values ('start', 'billingPeriod', 'billing:acme:2025-01', '{}')`,
  '005-mail': `
    insert into emails (key, workspace_id, kind, about, facts, dated_at)
      values ('invoice-issued:1', 'acme', 'invoice_issued', '1', '{}', '2025-02-01T00:00Z');
    insert into email_addresses (workspace_id, email_key, position, address, queued_at, changed_at)
      values ('acme', 'invoice-issued:1', 1, 'billing@acme.example', '2025-02-01T00:00Z', '2025-02-01T00:00Z')`,
  '006-corrections': `
    insert into corrections (workspace_id, key, reason, refund_as, content, void_minutes, made_at)
      values ('acme', 'stuck', 'stuck', 'refund', '[]', 10, '2025-02-01T00:00Z');
    insert into correction_ranges (workspace_id, key, position, model, from_at, until_at)
      values ('acme', 'stuck', 0, 'm', '2025-01-01T00:00Z', '2025-01-01T00:10Z')`,
  '007-payments': `
    insert into payment_customers values ('acme', 'cus_1', '2025-01-01T00:00Z');
    insert into payment_methods (workspace_id, method, type, last4, added_at, updated_at)
      values ('acme', 'pm_1', 'card', '4242', '2025-01-01T00:00Z', '2025-01-01T00:00Z')`,
  '008-guard': `
    insert into usage_totals values ('acme', 0);
    insert into guards (workspace_id, shard, started_at) values ('acme', 0, '2025-01-01T00:00Z');
    insert into suspensions (workspace_id, number, reason, scope, began_at)
      values ('acme', 1, 'credits', 'models', '2025-01-01T00:00Z')`,
  '009-billing-page': `
    insert into page_links (token_hash, workspace_id, read_only, made_by, made_at, expires_at)
      values (sha256('a'), 'acme', false, 'platform:p', '2025-01-01T00:00Z', '2025-01-01T00:10Z');
    insert into page_sessions (session_hash, workspace_id, read_only, opened_by, begun_at, seen_at, ends_at)
      values (sha256('b'), 'acme', false, 'platform:p', '2025-01-01T00:00Z', '2025-01-01T00:00Z', '2025-01-01T12:00Z')`,
  '010-overrun': `
    insert into guard_episodes (workspace_id, number, begins_at, because, noticed_at)
      values ('acme', 1, '2025-01-01T00:00Z', 'credits', '2025-01-01T00:00Z')`,
  '011-idempotency': `
    insert into idempotent_calls values (sha256('a'), sha256('b'), gen_random_uuid(), '2025-01-01T00:00:30Z', 201, 'sealed',
      '2025-01-02T00:00Z')`,
  '012-webhooks': `
    insert into webhook_endpoints (id, url, made_by, made_at)
      values ('whe_1', 'https://platform.example/hooks', 'admin:a', '2025-01-01T00:00Z');
    insert into webhook_secrets (endpoint_id, number, secret, made_at)
      values ('whe_1', 1, sha256('a'), '2025-01-01T00:00Z');
    insert into webhook_events (id, key, type, workspace_id, at, facts)
      values ('evt_1', 'period.closed:acme:2025-01', 'period.closed', 'acme', '2025-02-01T00:00Z', '{}');
    insert into webhook_deliveries (endpoint_id, event_id, made_at, next_attempt_at, give_up_at)
      values ('whe_1', 'evt_1', '2025-02-01T00:00Z', '2025-02-01T00:00Z', '2025-02-04T00:00Z')`,
  // Rules over what is there: of masks, periods, prices.
  '013-rules': `
    update replica_hours set serving = serving | 2;
    update billing_periods set status = 'waiting';
    update prices set valid = tstzrange(lower(valid), '2026-01-01T00:00Z')`,
  // Partitions are made by functions that run as the owner.
  '014-roles': `select ensure_usage_reports_day('2025-01-02'), ensure_usage_month('2025-02-01')`,
};

it('applies each migration onto data of the one before, and keeps that data', async () => {
  for (const [index, migration] of migrations.entries()) {
    await test.db.raw(migration.up);
    const rows = data[migration.name];
    if (rows === undefined) throw new Error(`give ${migration.name} some data in this test`);
    await test.db.raw(rows);
    for (const earlier of migrations.slice(0, index)) expect(data[earlier.name]).toBeDefined();
  }
  const { rows } = await test.db.raw(`
    select (select count(*)::int from workspaces) as workspaces, (select count(*)::int from prices) as prices,
      (select count(*)::int from usage_reports) as reports, (select count(*)::int from replica_hours) as masks,
      (select count(*)::int from credit_grants) as grants, (select count(*)::int from outbox) as outbox,
      (select count(*)::int from email_addresses) as emails,
      (select count(*)::int from correction_ranges) as ranges`);
  expect(rows[0]).toEqual({
    workspaces: 1,
    prices: 1,
    reports: 1,
    masks: 1,
    grants: 1,
    outbox: 1,
    emails: 1,
    ranges: 1,
  });
});

it('keeps released migrations as they were released', () => {
  const changelog = readFileSync(path.resolve(__dirname, '../../../CHANGELOG.md'), 'utf8');
  expect(frozenFaults({ changelog, migrations, frozen })).toEqual([]);
});

it('finds a migration that changed, went or was forgotten after a release, and asks nothing before one', () => {
  const one = { name: '001', up: 'create table a ()' };
  const released = { '001': checksumOf(one.up) };
  const [before, after] = ['## Unreleased\n', '## Unreleased\n\n## 1.0.0, 2027-01-01\n'];
  const faults = (changelog: string, migrations: readonly (typeof one)[], known = {}) =>
    frozenFaults({ changelog, migrations, frozen: known });
  expect(faults(before, [one])).toEqual([]);
  expect(faults(after, [one], released)).toEqual([]);
  expect(faults(after, [{ ...one, up: 'create table b ()' }], released)).toEqual([
    '001 was released and has changed since',
  ]);
  expect(faults(after, [], released)).toEqual(['001 was released and is gone']);
  expect(faults(after, [one])).toEqual([expect.stringMatching(/^001 is not frozen/)]);
});
