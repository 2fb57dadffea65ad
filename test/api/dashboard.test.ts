import { type Asked, noteAsked } from '../harness/asked';
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-02-10T12:00:00Z', freeCreditsUsd: '0.25' });
  await withAcme(book);
  await book.call('PUT', '/v1/prices', {
    body: [
      { instanceType: 'big', usdPerMinute: '0.1', effectiveFrom: '2025-01-01T00:00:00Z' },
      { instanceType: 'big', usdPerMinute: '0.2', effectiveFrom: '2025-01-05T01:00:00Z' },
    ],
  });
});
afterAll(() => book.close());

const day = (time: string) => `2025-01-05T${time}:00Z`;
type Invoice = { id: string; number: string; status: string; lines: { description: string; amount: string }[] };
const dashboard = async (period: string) =>
  (await book.call<Record<string, unknown>>('GET', `/v1/workspaces/acme/usage?period=${period}`)).body;

test('shows models, versions and instance types, active minutes as those of any version', async () => {
  await sendUsage(
    book,
    [
      report(day('00:00'), day('00:30')),
      report(day('00:10'), day('00:40'), { version: 'v2', replica: 'r2' }),
      report(day('00:10'), day('00:40'), { version: 'v2', replica: 'r3', phase: 'deploying' }),
      report(day('00:50'), day('01:10'), { version: 'v2', replica: 'r4', instanceType: 'big' }),
      report(day('02:00'), day('03:00'), { model: 'warm', phase: 'idle' }),
    ],
    '2025-02-02T00:00:00Z',
  );
  await book.meter();
  const phases = { deploying: 0, scaling_up: 0, serving: 0, scaling_down: 0, idle: 0 };
  expect(await dashboard('2025-01')).toEqual({
    period: '2025-01',
    meteredThrough: '2025-02-02T00:00:00Z',
    models: [
      {
        model: 'm',
        activeMinutes: 60,
        replicaMinutes: 110,
        listAmount: '3.900000000',
        versions: [
          {
            version: 'v1',
            activeMinutes: 30,
            replicaMinutes: 30,
            listAmount: '0.300000000',
            instanceTypes: [
              {
                instanceType: 'gpu',
                replicaMinutes: 30,
                usdPerMinute: '0.01',
                listAmount: '0.300000000',
                phases: { ...phases, serving: 30 },
              },
            ],
          },
          {
            version: 'v2',
            activeMinutes: 50,
            replicaMinutes: 80,
            listAmount: '3.600000000',
            instanceTypes: [
              ...['0.1', '0.2'].map((usdPerMinute, at) => ({
                instanceType: 'big',
                replicaMinutes: 10,
                usdPerMinute,
                listAmount: `${at + 1}.000000000`,
                phases: { ...phases, serving: 10 },
              })),
              {
                instanceType: 'gpu',
                replicaMinutes: 60,
                usdPerMinute: '0.01',
                listAmount: '0.600000000',
                phases: { ...phases, serving: 30, deploying: 30 },
              },
            ],
          },
        ],
      },
      {
        model: 'warm',
        activeMinutes: 0,
        replicaMinutes: 0,
        listAmount: '0.000000000',
        versions: [
          {
            version: 'v1',
            activeMinutes: 0,
            replicaMinutes: 0,
            listAmount: '0.000000000',
            instanceTypes: [
              {
                instanceType: 'gpu',
                replicaMinutes: 0,
                usdPerMinute: '0.01',
                listAmount: '0.000000000',
                phases: { ...phases, idle: 60 },
              },
            ],
          },
        ],
      },
    ],
    bill: {
      listAmount: '3.900000000',
      volumeDiscount: '0.000000000',
      programDiscount: '0.000000000',
      creditsApplied: '0.250000000',
      amountDue: '3.650000000',
      total: '3.65',
    },
    parts: [expect.objectContaining({ period: '2025-01', late: false, listAmount: '3.900000000' })],
  });
});

test('the preview of an open period says what its invoice then says, and the dashboard names the invoice', async () => {
  const upcoming = await book.call<Invoice>('GET', '/v1/workspaces/acme/invoices/upcoming?period=2025-01');
  await book.activities.billing.finalizeInvoice({ workspace: 'acme', month: '2025-01' });
  const { body } = await book.call<{ items: Invoice[] }>('GET', '/v1/workspaces/acme/invoices');
  const [invoice] = body.items;
  expect(invoice).toMatchObject({
    ...upcoming.body,
    status: 'issued',
    number: 'acme-0001',
    issuedAt: '2025-02-10T12:00:00Z',
  });
  expect(await book.call('GET', `/v1/invoices/${encodeURIComponent(invoice?.id ?? '')}`)).toMatchObject({
    body: invoice,
  });
  expect(invoice?.lines.map((line) => line.amount)).toEqual(['0.30', '1.00', '2.00', '0.60', '-0.25']);
  expect(await dashboard('2025-01')).toMatchObject({
    bill: { total: '3.65' },
    invoice: { id: invoice?.id, number: 'acme-0001', status: 'issued' },
  });
});

test('the hours of a closed month are compared with its invoices only where something came late', async () => {
  const compared: Asked[] = [];
  noteAsked(book.appDb, /\bowed as\b/, compared);
  expect(await dashboard('2025-01')).toMatchObject({ invoice: { number: 'acme-0001' } });
  expect(compared).toEqual([]);
  await book.db('billing_periods').where({ month: '2025-01' }).update({ has_late_usage: true });
  expect(await dashboard('2025-01')).not.toHaveProperty('unbilled');
  expect(compared).toHaveLength(1);
  await book.db('billing_periods').where({ month: '2025-01' }).update({ has_late_usage: false });
});

test('late usage is shown beside the bill of its period until the next invoice bears it, and then with that', async () => {
  await sendUsage(book, [
    report(day('05:00'), day('06:00'), { version: 'late' }),
    report('2025-02-03T00:00:00Z', '2025-02-03T01:00:00Z'),
  ]);
  await book.meter();
  const january = await dashboard('2025-01');
  expect(january).toMatchObject({ bill: { listAmount: '3.900000000' }, unbilled: { listAmount: '0.600000000' } });
  expect(JSON.stringify(january)).toContain('"version":"late"');
  const expected = [
    { period: '2025-01', late: true, listAmount: '0.600000000' },
    { period: '2025-02', late: false, listAmount: '0.600000000' },
  ];
  expect(await dashboard('2025-02')).toMatchObject({ bill: { listAmount: '1.200000000' }, parts: expected });
  const upcoming = await book.call<Invoice>('GET', '/v1/workspaces/acme/invoices/upcoming');
  expect(upcoming.body).toMatchObject({
    status: 'upcoming',
    period: '2025-02',
    bill: { total: '1.20' },
    parts: expected,
  });
  expect(upcoming.body.lines[0]?.description).toBe('m late on gpu (January 2025, reported late)');

  await book.call('POST', '/v1/workspaces/acme/periods/2025-02/close');
  await book.activities.billing.finalizeInvoice({ workspace: 'acme', month: '2025-02' });
  const after = await dashboard('2025-01');
  expect(after).toMatchObject({
    bill: { listAmount: '3.900000000' },
    lateUsage: [{ number: 'acme-0002', period: '2025-02', listAmount: '0.600000000' }],
  });
  expect(after).not.toHaveProperty('unbilled');
  expect(await book.call('POST', '/v1/workspaces/acme/periods/2025-02/close')).toMatchObject({
    status: 200,
    body: { status: 'invoiced', closedBecause: 'requested', invoice: 'inv:acme:2025-02:usage:1' },
  });
});

test('invoices are listed the newest first, page by page', async () => {
  const first = await book.call<{ items: Invoice[]; next: string }>('GET', '/v1/workspaces/acme/invoices?limit=1');
  const second = await book.call<{ items: Invoice[] }>(
    'GET',
    `/v1/workspaces/acme/invoices?limit=1&cursor=${first.body.next}`,
  );
  expect([first, second].flatMap(({ body }) => body.items.map(({ number }) => number))).toEqual([
    'acme-0002',
    'acme-0001',
  ]);
  expect(second.body).not.toHaveProperty('next');
});

test('a period without usage or not yet opened is all zero', async () => {
  expect(await dashboard('2025-06')).toMatchObject({ models: [], bill: { listAmount: '0.000000000', total: '0.00' } });
});
