// What operators see of metering: who is set aside, and whether it gets on.
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-01-10T12:00:00Z' });
  await withAcme(book);
  await withAcme(book, 'other');
});
afterAll(() => book.close());

type Health = { status: string; setAside: number; steps: { step: string; status: string; failingShards: number }[] };
const health = () => book.call<Health>('GET', '/health/metering', { key: '' });

async function tick(): Promise<void> {
  const everything = { group: 0, groups: 1 };
  await book.activities.usage.foldReports(everything);
  await book.activities.usage.rollUpHours(everything);
  await book.activities.usage.applyCredits(everything);
}

test('metering that never ran is late; one that goes through is ok; after several rounds without, it is late again', async () => {
  expect((await health()).body).toMatchObject({ status: 'late', setAside: 0 });
  await tick();
  expect((await health()).body).toMatchObject({
    status: 'ok',
    steps: Array(4).fill({ status: 'ok', failingShards: 0 }),
  });
  book.setClock('2025-01-10T12:02:01Z');
  expect((await health()).body.status).toBe('late');
  await tick();
});

test('a step that fails says so, and since when; the API stays ready', async () => {
  await book.db.raw('alter table dirty_ranges rename to elsewhere');
  await expect(tick()).rejects.toThrow(/^metering: 16 failed, the first: roll_up of shard 0/);
  expect((await health()).body).toMatchObject({
    status: 'failing',
    steps: [
      { step: 'replay', status: 'ok' },
      { step: 'fold', status: 'ok' },
      { step: 'roll_up', status: 'failing', failingShards: 16, failingSince: '2025-01-10T12:02:01Z' },
      { step: 'credits', status: 'ok' },
    ],
  });
  expect((await book.call('GET', '/health/ready')).status).toBe(200);
  await book.db.raw('alter table elsewhere rename to dirty_ranges');
  await tick();
  expect((await health()).body.status).toBe('ok');
});

test('who is set aside is listed for operators, page by page, and counted', async () => {
  await book.db.raw(`alter table usage_hours add constraint poison check (workspace_id = 'acme')`);
  await book.db.raw(`alter table source_periods add constraint poison check (workspace_id = 'other')`);
  const usage = (workspace: string) => report('2025-01-05T00:00:00Z', '2025-01-05T01:00:00Z', { workspace });
  await sendUsage(book, [usage('other')]);
  await sendUsage(book, [{ ...usage('acme'), instanceType: 'new' }]);
  await book.db.raw(`insert into instance_types values ('new')`);
  await book.db.raw(`insert into prices (instance_type, price_nanos, valid) values ('new', 1, '[2024-01-01T00:00Z,)')`);
  await tick();
  type Page = { items: { workspace: string; work: string; error: string; attempts: number }[]; next?: string };
  const whole = await book.call<Page>('GET', '/v1/set-aside', { key: book.keys.platform });
  expect(whole.body.items).toMatchObject([
    { workspace: 'acme', work: 'replay', attempts: 1, error: expect.stringMatching(/poison/) },
    { workspace: 'other', work: 'roll_up', attempts: 1, nextAttemptAt: expect.stringMatching(/Z$/) },
  ]);
  const first = await book.call<Page>('GET', '/v1/set-aside?limit=1');
  const second = await book.call<Page>('GET', `/v1/set-aside?limit=1&cursor=${first.body.next}`);
  expect([...first.body.items, ...second.body.items]).toEqual(whole.body.items);
  expect(second.body.next).toBeUndefined();
  expect((await book.call('GET', '/v1/set-aside', { key: '' })).status).toBe(401);
  expect((await health()).body).toMatchObject({ status: 'ok', setAside: 2 });
});
