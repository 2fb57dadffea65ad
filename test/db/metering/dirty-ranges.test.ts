// A changed price reaches every used hour of whoever it is about, and no invoice in between.
import { changePrices } from '../../../commands/change-prices';
import { isUnmetered, lockForInvoice } from '../../../db/billing/closing';
import { UsageAppender } from '../../../db/intake/reports';
import { rollUpShard } from '../../../db/metering/hours';
import { everyShard } from '../../../db/metering/shards';
import { nanos } from '../../../domain/money';
import { hourOf } from '../../../domain/period';
import { createTestDatabase, type TestDatabase } from '../../harness/database';
import { until } from '../../harness/until';
import { addPrice, addWorkspace, at, meterAll, record, report } from '../fixtures';

let test: TestDatabase;
const now = '2025-01-10T00:00:00Z';
const author = { actor: 'operator:test', nowMs: at(now) };

beforeEach(async () => {
  test = await createTestDatabase();
  await addPrice(test.db, { type: 'gpu', nanos: 1n, from: '2025-01-01T00:00:00Z' });
  await addPrice(test.db, { type: 'cpu', nanos: 1n, from: '2025-01-01T00:00:00Z' });
});
afterEach(() => test.drop());

async function used(...workspaces: string[]): Promise<void> {
  for (const id of workspaces) {
    await addWorkspace(test.db, { id, startsAt: '2025-01-01T00:00:00Z', months: ['2025-01'] });
  }
  const reports = workspaces.flatMap((workspace) =>
    ['gpu', 'cpu'].map((instanceType) =>
      report('2025-01-05T10:00:00Z', '2025-01-05T12:00:00Z', { workspace, instanceType }),
    ),
  );
  await record(test.db, new UsageAppender(), { reports, now });
  await meterAll(test.db);
}

const price = (priceNanos: bigint, workspace?: string) => ({
  instanceType: 'gpu',
  fromHour: hourOf(at('2025-01-05T11:00:00Z')),
  priceNanos: nanos(priceNanos),
  ...(workspace === undefined ? {} : { workspace }),
});

const put = (...entries: ReturnType<typeof price>[]) =>
  test.db.transaction((trx) => changePrices(trx, entries, author));

const pricesOf = async (workspace: string, type = 'gpu') =>
  (await test.db('usage_hours').where({ workspace_id: workspace, instance_type: type }).orderBy('hour')).map(
    (row) => row.price_nanos,
  );

it('its hours are priced anew, of its type and from its hour on', async () => {
  await used('acme');
  await put(price(5n));
  expect(await pricesOf('acme')).toEqual([1n, 1n]);
  expect(await isUnmetered(test.db, 'acme')).toBe(true);
  await meterAll(test.db);
  expect(await pricesOf('acme')).toEqual([1n, 5n]);
  expect(await pricesOf('acme', 'cpu')).toEqual([1n, 1n]);
  expect(await isUnmetered(test.db, 'acme')).toBe(false);
  expect(await test.db('dirty_ranges')).toEqual([]);
});

it('whoever has no such hours waits for nothing', async () => {
  await used('acme');
  await addWorkspace(test.db, { id: 'idle', startsAt: '2025-01-01T00:00:00Z', months: ['2025-01'] });
  await put(price(5n));
  expect(await isUnmetered(test.db, 'idle')).toBe(false);
});

it('a contract of one workspace is a range of its shard alone, and everybody’s spares it', async () => {
  await used('acme', 'other');
  await put(price(7n, 'acme'));
  expect(await test.db('dirty_ranges').count()).toEqual([{ count: 1n }]);
  await meterAll(test.db);
  await put(price(5n));
  expect(await test.db('dirty_ranges').whereRaw(`all_but = '{acme}'`)).toHaveLength(1);
  await meterAll(test.db);
  expect([await pricesOf('acme'), await pricesOf('other')]).toEqual([
    [1n, 7n],
    [1n, 5n],
  ]);
});

it('many workspaces are gone through in parts, each once', async () => {
  await used('acme');
  // More than a part of a shard each.
  await test.db.raw(`
    insert into workspaces (id, name, billing_email, starts_at, created_at)
    select 'w' || n, 'W', 'w@example.com', '2025-01-01T00:00Z', '2025-01-01T00:00Z' from generate_series(1, 12000) as n;
    insert into usage_hours select (jsonb_populate_record(hours, jsonb_build_object('workspace_id', workspaces.id))).*
    from usage_hours as hours cross join workspaces where workspaces.id <> 'acme' and instance_type = 'gpu'`);
  await put(price(5n));
  const parts: number[] = [];
  for (const shard of everyShard) {
    await rollUpShard(test.db, shard, (hours) => parts.push(hours));
  }
  expect(parts.length).toBeGreaterThan(2 * everyShard.length);
  expect(await test.db('dirty_ranges')).toEqual([]);
  expect(await test.db('dirty_hours')).toEqual([]);
});

it('a price waits for an invoice that is being made, and the next invoice for the price', async () => {
  await used('acme');
  const order: string[] = [];
  const invoice = await test.db.transaction();
  await lockForInvoice(invoice, 'acme');
  const changing = put(price(5n)).then(() => order.push('price'));
  await until('the change of the price waits', async () => {
    const { rows } = await test.db.raw(`select exists (select from pg_locks
      where not granted and database = (select oid from pg_database where datname = current_database())) as waits`);
    return rows[0].waits;
  });
  order.push('invoice');
  await invoice.commit();
  await changing;
  expect(order).toEqual(['invoice', 'price']);
  expect(await isUnmetered(test.db, 'acme')).toBe(true);
});

it('a price waits for no shard that is being metered', async () => {
  await used('acme');
  const metering = await test.db.transaction();
  await metering.raw('select pg_advisory_xact_lock(712, shard) from generate_series(0, 15) as shard');
  expect(await put(price(5n))).toBe(true);
  await metering.rollback();
});
