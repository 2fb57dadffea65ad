// The forecast is billed by the one calculation: discounts and credits as the invoice will have them.
import type { Forecast, UsageDays } from '../../contract/dashboard';
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
beforeEach(async () => {
  book = await startMinutebook({ now: '2025-01-08T00:30:00Z', freeCreditsUsd: '30' });
  await withAcme(book);
});
afterEach(() => book.close());

const read = (query = '') => book.call<Forecast>('GET', `/v1/workspaces/acme/forecast${query}`);

test('a month of the same days comes to as many of them, less credits', async () => {
  // $14.40 a day.
  await sendUsage(book, [report('2025-01-01T00:00:00Z', '2025-01-08T00:00:00Z')], '2025-01-08T00:00:00Z');
  await book.meter();
  const { body } = await read();
  const same = (amount: string) => ({ low: amount, expected: amount, high: amount });
  expect(body).toEqual({
    period: '2025-01',
    asOf: '2025-01-08T00:00:00Z',
    listAmount: same('446.400000000'),
    amountDue: same('416.400000000'),
    basis: expect.stringContaining('the same hour a week before'),
    made: {
      days: 7,
      extremeDays: 2,
      meanDay: '14.400000000',
      quietDay: '14.400000000',
      busyDay: '14.400000000',
      toDate: '100.800000000',
      hoursAhead: 576,
    },
  });
  expect((await read('?period=2025-01')).body).toEqual(body);
});

test('it goes on from what the invoices before leave of the credits', async () => {
  await book.call('PUT', '/v1/workspaces/acme/terms', {
    body: {
      effectiveFrom: '2025-01-01T00:00:00Z',
      plan: 'school',
      programDiscount: { kind: 'education', percent: 50 },
    },
  });
  book.setClock('2025-02-08T00:10:00Z');
  const used = [
    report('2025-01-01T00:00:00Z', '2025-01-31T00:00:00Z'),
    report('2025-01-31T00:00:00Z', '2025-02-08T00:00:00Z'),
  ];
  expect((await sendUsage(book, used, '2025-02-08T00:00:00Z')).status).toBe(202);
  await book.meter();
  await book.activities.billing.openNextPeriod({ workspace: 'acme', month: '2025-01' });
  // January takes all of the credits, without being invoiced yet.
  expect((await read()).body).toMatchObject({
    period: '2025-02',
    listAmount: { expected: '403.200000000' },
    amountDue: { expected: '201.600000000' },
  });
});

test('there is none of another period, none in the first day, and none of a workspace that is not there', async () => {
  await sendUsage(book, [report('2025-01-01T00:00:00Z', '2025-01-01T10:00:00Z')], '2025-01-01T10:00:00Z');
  await book.meter();
  expect((await read()).status).toBe(404);
  expect((await read('?period=2024-12')).status).toBe(404);
  expect((await book.call('GET', '/v1/workspaces/nobody/forecast')).status).toBe(404);
});

test('a day of the series is what the forecast looks back on', async () => {
  await sendUsage(book, [report('2025-01-06T00:00:00Z', '2025-01-08T00:00:00Z')], '2025-01-08T00:00:00Z');
  await book.meter();
  const { items } = (await book.call<UsageDays>('GET', '/v1/workspaces/acme/usage/days')).body;
  expect(items.map(({ listAmount }) => listAmount)).toEqual(['14.400000000', '14.400000000']);
  expect((await read()).body.made).toMatchObject({ quietDay: '0.000000000', busyDay: '14.400000000' });
});
