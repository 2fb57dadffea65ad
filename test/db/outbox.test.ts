// The outbox: what is claimed is leased and not locked, in the order of each workflow; ids are those of the domain.
import { Client } from 'pg';
import { claimDeliveries, deliver, extendLeases, releaseDeliveries, removeDelivered } from '../../db/outbox';
import type { Delivery } from '../../domain/delivery';
import { billingWorkflowId } from '../../domain/ids';
import { createTestDatabase, type TestDatabase } from '../harness/database';

let test: TestDatabase;
beforeEach(async () => {
  test = await createTestDatabase();
});
afterEach(() => test.drop());

const month = '2025-01';
const starting = (workspace: string): Delivery => ({
  kind: 'start',
  type: 'billingPeriod',
  arguments: { workspace, month, opensNextAt: null, closesAt: '2025-02-01T00:00:00Z' },
});
const waking = (workspace: string): Delivery => ({
  kind: 'signal',
  type: 'billingPeriod',
  signal: 'usageComplete',
  to: { workspace, month },
});
const put = (...deliveries: Delivery[]) => test.db.transaction((trx) => deliver(trx, deliveries));
const claim = (leaseSeconds = 60, limit = 100) => claimDeliveries(test.db, { lane: 'billing', limit, leaseSeconds });

it('gives a row to one relay at a time, and to another once the lease is over', async () => {
  await put(starting('a'), starting('b'));
  const [first, second] = await Promise.all([claim(1), claim(1)]);
  expect([...first, ...second].map((row) => row.workflowId).sort()).toEqual(
    ['a', 'b'].map((workspace) => billingWorkflowId(workspace, month)),
  );
  expect(await claim()).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  expect(await claim()).toHaveLength(2);
});

it('keeps a row for a relay that is still telling it, for as long as it says', async () => {
  await put(starting('a'), starting('b'));
  const [kept, left] = await claim(0);
  await extendLeases(test.db, { ids: [kept?.id ?? 0n], leaseSeconds: 60 });
  expect(await claim()).toEqual([left]);
});

it('leaves no transaction open between claiming and removing', async () => {
  await put(starting('a'));
  const [row] = await claim();
  const { rows } = await test.db.raw(
    `select count(*)::int as open from pg_locks where relation = 'outbox'::regclass and pid <> pg_backend_pid()`,
  );
  expect(rows[0]).toEqual({ open: 0 });
  await removeDelivered(test.db, [row?.id ?? 0n]);
  expect(await test.db('outbox').count({ rows: '*' }).first()).toEqual({ rows: 0n });
});

it('holds a signal back until its workflow’s start is delivered, and no other workflow’s', async () => {
  await put(starting('a'), waking('a'), starting('b'));
  const first = await claim();
  expect(first.map(({ kind, workflowId }) => [kind, workflowId])).toEqual([
    ['start', billingWorkflowId('a', month)],
    ['start', billingWorkflowId('b', month)],
  ]);
  expect(await claim()).toEqual([]);
  await removeDelivered(
    test.db,
    first.map(({ id }) => id),
  );
  expect(await claim()).toMatchObject([{ kind: 'signal', signal: 'usageComplete' }]);
});

it('gives rows back at once that nothing is known against', async () => {
  await put(starting('a'));
  const rows = await claim();
  await releaseDeliveries(
    test.db,
    rows.map(({ id }) => id),
  );
  expect(await claim()).toEqual(rows);
});

it('makes the ids of workflows in SQL as in TypeScript', async () => {
  for (const workspace of ['acme', 'a:b.c_d-E', 'x'.repeat(128)]) {
    const { rows } = await test.db.raw('select billing_workflow_id(?, ?) as id', [workspace, month]);
    expect(rows[0].id).toBe(billingWorkflowId(workspace, month));
  }
});

it('tells of the lanes that got rows, each once, and of nothing where none came', async () => {
  const listener = new Client({ connectionString: test.url });
  await listener.connect();
  const told: (string | undefined)[] = [];
  listener.on('notification', ({ payload }) => told.push(payload));
  await listener.query('listen outbox');
  await test.db.raw(
    'insert into outbox (kind, workflow_type, workflow_id, arguments) select kind, kind, kind, arguments from outbox',
  );
  await put(starting('a'), starting('b'), { kind: 'start', type: 'creditGuard', arguments: { workspace: 'a' } });
  await test.db.raw(`insert into webhook_events (id, key, type, at, facts)
    values (webhook_event_id('k'), 'k', 'invoice.issued', now(), '{}')`);
  // Its answer comes behind what it was told.
  await listener.query('select 1');
  expect(told.sort()).toEqual(['billing', 'guard', 'webhooks']);
  await listener.end();
});
