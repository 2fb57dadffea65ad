import { type Minutebook, type Problem, report, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
beforeEach(async () => {
  book = await startMinutebook({ now: '2025-02-10T12:00:00Z' });
  await withAcme(book);
});
afterEach(() => book.close());

type Listed = { workspace: string; instanceType: string; reason: string; reports: number };
const list = async (query = '') =>
  (await book.call<{ items: Listed[]; next?: string }>('GET', `/v1/quarantine${query}`)).body;
const counted = async () =>
  (await list()).items.map(({ workspace, instanceType, reason, reports }) => [
    workspace,
    instanceType,
    reason,
    reports,
  ]);
const drop = (body: object) => book.call<Problem & { dropped: number }>('POST', '/v1/quarantine/drop', { body });

const early = report('2024-12-01T10:00:00Z', '2024-12-01T11:00:00Z');
const at = (hour: string, more: Record<string, unknown>) =>
  report(`2025-02-01T${hour}:00:00Z`, `2025-02-01T${hour}:30:00Z`, more);

async function send(...reports: object[]) {
  const body = { source: 'cluster-1', reports };
  return (await book.call<{ quarantined: number }>('POST', '/v1/usage', { body })).body.quarantined;
}

test('lists groups with what they lack, page by page', async () => {
  await send(
    early,
    at('10', { instanceType: 'new' }),
    at('11', { instanceType: 'new' }),
    at('10', { workspace: 'nobody' }),
    at('11', { workspace: 'nobody', instanceType: 'new' }),
  );
  const first = await list('?limit=2');
  const second = await list(`?limit=2&cursor=${first.next}`);
  expect(second.next).toBeUndefined();
  const shown = [...first.items, ...second.items].map((each) => [each.workspace, each.reason, each.reports]);
  expect(shown).toEqual([
    ['acme', 'before_start', 1],
    ['acme', 'no_price', 2],
    ['nobody', 'unknown_workspace', 1],
    ['nobody', 'unknown_workspace', 1],
  ]);
});

test('drops what lacks something, and the audit log keeps how much of it and why', async () => {
  await send(early, at('10', { instanceType: 'new' }));
  const { status, body } = await drop({ workspace: 'acme', lacks: 'before_start', reason: 'a test cluster' });
  expect([status, body]).toEqual([200, { dropped: 1, isMore: false }]);
  expect(await counted()).toEqual([['acme', 'new', 'no_price', 1]]);
  const [row] = await book.db('audit_log').where({ action: 'quarantine.dropped' });
  expect(row).toMatchObject({
    actor: 'admin:tests',
    workspace_id: 'acme',
    before: { reports: 1, from: '2024-12-01T10:00:00Z', to: '2024-12-01T11:00:00Z', lacks: 'before_start' },
    after: { reason: 'a test cluster' },
  });
});

test('drops an instance type of every workspace, and again is nothing', async () => {
  await send(at('10', { instanceType: 'new' }), at('10', { workspace: 'nobody', instanceType: 'new' }), early);
  const dropping = { instanceType: 'new', reason: 'was never for sale' };
  expect((await drop(dropping)).body.dropped).toBe(2);
  expect((await drop(dropping)).body.dropped).toBe(0);
  expect(await book.db('audit_log').where({ action: 'quarantine.dropped' })).toHaveLength(1);
  expect((await counted()).map(([, , reason]) => reason)).toEqual(['before_start']);
});

test('what lacks nothing any more is replayed and never dropped', async () => {
  await send(at('10', { instanceType: 'new' }), at('12', { instanceType: 'new' }));
  // As it is where the process that put the price ended before it replayed.
  await book.db.raw(`insert into instance_types values ('new');
    insert into prices values ('new', null, 1, tstzrange('2025-02-01T11:00Z', null))`);
  expect(await counted()).toEqual([
    ['acme', 'new', 'mended', 1],
    ['acme', 'new', 'no_price', 1],
  ]);
  expect((await drop({ workspace: 'acme', reason: 'all of it' })).body.dropped).toBe(1);
  expect((await book.call('POST', '/v1/quarantine/replay', { body: { workspace: 'acme' } })).body).toEqual({
    replayed: 1,
  });
  await book.meter();
  expect(await book.db('usage_hours').pluck('replica_minutes')).toEqual([30]);
  expect(await counted()).toEqual([]);
});

test.each([
  [{ reason: 'r' }, 'workspace'],
  [{ workspace: 'acme' }, 'reason'],
  [{ workspace: 'acme', reason: 'r', lacks: 'mended' }, 'lacks'],
])('refuses %j', async (body, field) => {
  const answer = await drop(body);
  expect([answer.status, answer.body.faults?.[0]?.field]).toEqual([400, field]);
});

test('replaying a workspace that is not there is 404', async () => {
  const answer = await book.call<Problem>('POST', '/v1/quarantine/replay', { body: { workspace: 'nobody' } });
  expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
});
