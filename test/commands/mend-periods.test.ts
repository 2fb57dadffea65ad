// What the daily mending finds in Postgres, and what it leaves alone.

import type { Connections } from '../../commands/connections';
import { mendPeriods } from '../../commands/mend-periods';
import { requestClose } from '../../db/billing/periods';
import { UsageAppender } from '../../db/intake/reports';
import { dayMs, formatInstant, hourMs, minuteMs } from '../../domain/period';
import { addWorkspace, at } from '../db/fixtures';
import { aroundRules } from '../harness/around-rules';
import { createTestDatabase, type TestDatabase } from '../harness/database';
import { testSettings } from '../harness/settings';

const end = at('2025-02-01T00:00:00Z');

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

function mendAt(nowMs: number) {
  const connections: Connections = {
    db: database.db,
    appender: new UsageAppender(),
    clock: () => nowMs,
    settings: testSettings({ closeSpreadMs: 10 * minuteMs, deadlineMs: dayMs }),
  };
  return mendPeriods(connections);
}

/** A workspace whose workflows have all been started. */
async function add(id: string, months: readonly string[], createdAt = '2025-01-01T00:00:00Z'): Promise<void> {
  await addWorkspace(database.db, { id, startsAt: '2025-01-01T00:00:00Z', months, createdAt });
  await database.db('outbox').delete();
}

// Without the invoice that would close it.
const setStatus = (workspace: string, month: string, status: string) =>
  aroundRules(
    database.db,
    `update billing_periods set status = '${status}'${
      status === 'waiting'
        ? ''
        : `, closed_at = '${formatInstant(end)}', closed_because = '${status === 'empty' ? 'complete' : 'deadline'}'`
    } where workspace_id = '${workspace}' and month = '${month}'`,
  );
const put = () =>
  database.db('outbox').orderBy('outbox_id').select('kind', 'workflow_id', 'signal_name', 'arguments') as Promise<
    { kind: string; workflow_id: string; signal_name: string | null; arguments: { opensNextAt: string | null } }[]
  >;
const putIds = async () => (await put()).map((row) => row.workflow_id);

test('in a healthy world there is nothing to mend', async () => {
  await add('acme', ['2025-01']);
  expect(await mendAt(end - 2 * dayMs)).toEqual({ opened: 0, restarted: 0 });
  await add('beta', ['2025-01', '2025-02']);
  await aroundRules(
    database.db,
    `delete from billing_periods where workspace_id = 'acme'; delete from workspaces where id = 'acme'`,
  );
  for (const nowMs of [end - minuteMs, end + 20 * minuteMs]) {
    expect(await mendAt(nowMs)).toEqual({ opened: 0, restarted: 0 });
  }
  await setStatus('beta', '2025-01', 'waiting');
  for (const nowMs of [end + 2 * hourMs, end + dayMs + 59 * minuteMs]) {
    expect(await mendAt(nowMs)).toEqual({ opened: 0, restarted: 0 });
  }
  await setStatus('beta', '2025-01', 'empty');
  expect(await mendAt(end + 20 * dayMs)).toEqual({ opened: 0, restarted: 0 });
  expect(await putIds()).toEqual([]);
});

test('months that nobody opened are opened, up to the running one, each with its workflow', async () => {
  await add('acme', ['2025-01']);
  await setStatus('acme', '2025-01', 'empty');
  await add('never', []);
  const nowMs = at('2025-03-10T00:00:00Z');
  expect(await mendAt(nowMs)).toEqual({ opened: 5, restarted: 0 });
  const rows = await put();
  expect(rows.map((row) => [row.workflow_id, row.arguments.opensNextAt !== null])).toEqual([
    ['billing:acme:2025-02', false],
    ['billing:acme:2025-03', true],
    ['billing:never:2025-01', false],
    ['billing:never:2025-02', false],
    ['billing:never:2025-03', true],
  ]);
  expect(await mendAt(nowMs)).toEqual({ opened: 0, restarted: 0 });
  expect(await put()).toHaveLength(5);
});

test('a month that should have opened the next, and has not, is started again', async () => {
  await add('acme', ['2025-01']);
  expect(await mendAt(end - dayMs + 59 * minuteMs)).toEqual({ opened: 0, restarted: 0 });
  expect(await mendAt(end - dayMs + hourMs)).toEqual({ opened: 0, restarted: 1 });
  expect(await put()).toMatchObject([
    { kind: 'start', workflow_id: 'billing:acme:2025-01', arguments: { opensNextAt: expect.any(String) } },
  ]);
});

test.each([
  ['open, though its closing is due since more than an hour', 'open', end + hourMs + 10 * minuteMs],
  ['waiting longer than it ever may', 'waiting', end + dayMs + hourMs],
])('a month that is %s is started again, once', async (_what, status, nowMs) => {
  await add('acme', ['2025-01', '2025-02']);
  if (status === 'waiting') await setStatus('acme', '2025-01', status);
  expect(await mendAt(nowMs - minuteMs)).toEqual({ opened: 0, restarted: 0 });
  expect(await mendAt(nowMs)).toEqual({ opened: 0, restarted: 1 });
  expect(await put()).toMatchObject([
    { kind: 'start', workflow_id: 'billing:acme:2025-01', arguments: { opensNextAt: null } },
  ]);
  expect(await mendAt(nowMs)).toEqual({ opened: 0, restarted: 0 });
});

test('the past months of a workspace that was just created have their time', async () => {
  await add('acme', ['2025-01', '2025-02'], '2025-02-20T00:00:00Z');
  await setStatus('acme', '2025-01', 'waiting');
  expect(await mendAt(at('2025-02-21T00:59:00Z'))).toEqual({ opened: 0, restarted: 0 });
  expect(await mendAt(at('2025-02-21T01:00:00Z'))).toEqual({ opened: 0, restarted: 1 });
});

test('a month whose early closing was asked for in vain is started again and told', async () => {
  await add('acme', ['2025-01']);
  const askedMs = at('2025-01-10T00:00:00Z');
  await database.db.transaction((trx) => requestClose(trx, { workspace: 'acme', month: '2025-01', nowMs: askedMs }));
  expect(await mendAt(askedMs + 59 * minuteMs)).toEqual({ opened: 0, restarted: 0 });
  expect(await mendAt(askedMs + hourMs)).toEqual({ opened: 0, restarted: 1 });
  expect(await put()).toMatchObject([
    { kind: 'start', workflow_id: 'billing:acme:2025-01' },
    { kind: 'signal', workflow_id: 'billing:acme:2025-01', signal_name: 'closeRequested' },
  ]);
});

test('more than a chunk of lost months are all started, and each once', async () => {
  await database.db.raw(`
    insert into workspaces (id, name, billing_email, starts_at, created_at)
    select 'w' || n, 'w', 'w@example.com', '2025-01-01', '2025-01-01' from generate_series(1, 1200) as n`);
  expect(await mendAt(at('2025-02-10T00:00:00Z'))).toEqual({ opened: 2400, restarted: 0 });
  await database.db('outbox').delete();
  expect(await mendAt(at('2025-02-10T00:00:00Z'))).toEqual({ opened: 0, restarted: 1200 });
  expect(new Set(await putIds()).size).toBe(1200);
});
