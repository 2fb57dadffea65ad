// A line followed from its days to its hours, and from there to the replicas and their minutes.
import type { HourOfUsage, UsageDay, UsageDays, UsageHours, UsageReplicas } from '../../contract/dashboard';
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-01-03T12:00:00Z', freeCreditsUsd: '0' });
  await withAcme(book);
  await sendUsage(
    book,
    [
      report('2025-01-02T10:10:00Z', '2025-01-02T10:20:00Z', { phase: 'deploying' }),
      report('2025-01-02T10:20:00Z', '2025-01-02T12:05:00Z'),
      report('2025-01-02T10:30:00Z', '2025-01-02T10:31:00Z', { replica: 'r2', phase: 'idle' }),
      report('2025-01-02T10:40:00Z', '2025-01-02T10:50:00Z', { replica: 'r2' }),
      report('2025-01-02T11:00:00Z', '2025-01-02T12:00:00Z', { version: 'v2', replica: 'r3' }),
      report('2025-01-03T00:00:00Z', '2025-01-03T00:30:00Z', { model: 'n' }),
    ],
    '2025-01-03T01:00:00Z',
  );
  await book.meter();
});
afterAll(() => book.close());

const read = async <Body>(path: string) => (await book.call<Body>('GET', `/v1/workspaces/acme/usage/${path}`)).body;
const range = 'from=2025-01-02T00:00:00Z&to=2025-01-03T12:00:00Z';

test('days add up what a model did in each, and list those with usage alone', async () => {
  expect(await read<UsageDays>('days?period=2025-01')).toEqual({
    period: '2025-01',
    meteredThrough: '2025-01-03T01:00:00Z',
    items: [
      {
        day: '2025-01-02',
        replicaMinutes: 185,
        listAmount: '1.850000000',
        // Active are the minutes in which any of them ran: 10:10 to 12:05.
        models: [{ model: 'm', activeMinutes: 115, replicaMinutes: 185, listAmount: '1.850000000' }],
      },
      {
        day: '2025-01-03',
        replicaMinutes: 30,
        listAmount: '0.300000000',
        models: [{ model: 'n', activeMinutes: 30, replicaMinutes: 30, listAmount: '0.300000000' }],
      },
    ],
  });
  expect((await read<UsageDays>('days?period=2024-12')).items).toEqual([]);
});

test('a day adds up what a model did in each of its hours', async () => {
  const { day, meteredThrough, items } = await read<UsageDay>('days/2025-01-02');
  expect([day, meteredThrough]).toEqual(['2025-01-02', '2025-01-03T01:00:00Z']);
  expect(items.map(({ hour, replicaMinutes, listAmount }) => [hour, replicaMinutes, listAmount])).toEqual([
    ['2025-01-02T10:00:00Z', 60, '0.600000000'],
    ['2025-01-02T11:00:00Z', 120, '1.200000000'],
    ['2025-01-02T12:00:00Z', 5, '0.050000000'],
  ]);
  // Two versions ran in the same hour.
  expect(items[1]?.models).toEqual([{ model: 'm', activeMinutes: 60, replicaMinutes: 120, listAmount: '1.200000000' }]);
  expect((await read<UsageDay>('days/2025-01-01')).items).toEqual([]);
});

test('a day that there is not is refused', async () => {
  const { status, body } = await book.call('GET', '/v1/workspaces/acme/usage/days/2025-02-30');
  expect([status, body.faults?.[0]?.field]).toEqual([400, 'day']);
});

const sumOf = (hours: readonly HourOfUsage[]) => hours.map(({ hour, replicaMinutes }) => [hour, replicaMinutes]);

test('the hourly series of one line is that line alone', async () => {
  const ofModel = await read<UsageHours>(`hours?${range}&model=m`);
  expect(sumOf(ofModel.items)).toEqual([
    ['2025-01-02T10:00:00Z', 60],
    ['2025-01-02T11:00:00Z', 120],
    ['2025-01-02T12:00:00Z', 5],
  ]);
  const ofVersion = await read<UsageHours>(`hours?${range}&model=m&version=v2`);
  expect(sumOf(ofVersion.items)).toEqual([['2025-01-02T11:00:00Z', 60]]);
  expect((await read<UsageHours>(`hours?${range}&model=m&instanceType=other`)).items).toEqual([]);
  const everything = (await read<UsageHours>(`hours?${range}`)).items.flatMap(({ models }) => models);
  const lines = [...ofModel.items, ...(await read<UsageHours>(`hours?${range}&model=n`)).items];
  expect(lines.flatMap(({ models }) => models)).toEqual(everything);
});

test('a version or an instance type wants its model', async () => {
  const { status, body } = await book.call('GET', `/v1/workspaces/acme/usage/hours?${range}&version=v1`);
  expect([status, body.faults?.[0]?.field]).toEqual([400, 'model']);
  expect((await book.call('GET', `/v1/workspaces/acme/usage/replicas?${range}`)).status).toBe(400);
});

test('replicas are told with the minutes that each was in a phase', async () => {
  const { items } = await read<UsageReplicas>(`replicas?${range}&model=m&version=v1&instanceType=gpu`);
  const none = { deploying: 0, scaling_up: 0, serving: 0, scaling_down: 0, idle: 0 };
  const line = { version: 'v1', instanceType: 'gpu' };
  expect(items).toEqual([
    {
      ...line,
      hour: '2025-01-02T10:00:00Z',
      replica: 'r1',
      billableMinutes: 50,
      phases: { ...none, deploying: 10, serving: 40 },
      ranges: [
        { phase: 'deploying', from: '2025-01-02T10:10:00Z', to: '2025-01-02T10:20:00Z' },
        { phase: 'serving', from: '2025-01-02T10:20:00Z', to: '2025-01-02T11:00:00Z' },
      ],
    },
    {
      ...line,
      hour: '2025-01-02T10:00:00Z',
      replica: 'r2',
      billableMinutes: 10,
      phases: { ...none, serving: 10, idle: 1 },
      ranges: [
        { phase: 'serving', from: '2025-01-02T10:40:00Z', to: '2025-01-02T10:50:00Z' },
        { phase: 'idle', from: '2025-01-02T10:30:00Z', to: '2025-01-02T10:31:00Z' },
      ],
    },
    expect.objectContaining({ hour: '2025-01-02T11:00:00Z', replica: 'r1', billableMinutes: 60 }),
    expect.objectContaining({ hour: '2025-01-02T12:00:00Z', replica: 'r1', billableMinutes: 5 }),
  ]);
});

test('minutes that a correction made void are in no range', async () => {
  await book.call('POST', '/v1/workspaces/acme/corrections', {
    body: {
      key: 'stuck',
      reason: 'stuck',
      void: [{ model: 'n', from: '2025-01-03T00:10:00Z', to: '2025-01-03T00:20:00Z' }],
    },
  });
  await book.meter();
  const { items } = await read<UsageReplicas>(`replicas?${range}&model=n`);
  expect(items).toMatchObject([
    {
      billableMinutes: 20,
      voidMinutes: 10,
      ranges: [
        { from: '2025-01-03T00:00:00Z', to: '2025-01-03T00:10:00Z' },
        { from: '2025-01-03T00:20:00Z', to: '2025-01-03T00:30:00Z' },
      ],
    },
  ]);
});

test('the replicas of a line add up to its hours, page by page', async () => {
  // 130 replicas in each of ten hours: 500 a page.
  const replicas = Array.from({ length: 130 }, (_, at) =>
    report('2025-01-01T00:00:00Z', '2025-01-01T10:00:00Z', { model: 'fleet', replica: `f${at}` }),
  );
  await sendUsage(book, replicas);
  await book.meter();
  const whole = 'from=2025-01-01T00:00:00Z&to=2025-01-03T00:00:00Z&model=fleet';
  const seen = new Set<string>();
  let [minutes, pages] = [0, 0];
  for (let next: string | undefined = ''; next !== undefined; pages++) {
    const page: UsageReplicas = await read(`replicas?${whole}${next === '' ? '' : `&cursor=${next}`}`);
    expect(page.items.length).toBeLessThanOrEqual(500);
    for (const { hour, replica, billableMinutes } of page.items) {
      seen.add(`${hour} ${replica}`);
      minutes += billableMinutes;
    }
    next = page.next;
  }
  expect([seen.size, minutes, pages]).toEqual([1300, 1300 * 60, 4]);
  const hours = (await read<UsageHours>(`hours?${whole}`)).items;
  expect(hours.reduce((sum, { replicaMinutes }) => sum + replicaMinutes, 0)).toBe(minutes);
});
