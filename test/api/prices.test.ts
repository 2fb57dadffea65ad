import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-02-10T12:00:00Z', freeCreditsUsd: '0' });
  await withAcme(book);
  await withAcme(book, 'other');
  await put({ usdPerMinute: '0.02', effectiveFrom: '2025-02-01T00:00:00Z', workspace: 'other' });
  const january = (workspace: string) => report('2025-01-05T00:00:00Z', '2025-01-05T01:00:00Z', { workspace });
  const february = (workspace: string) => report('2025-02-05T00:00:00Z', '2025-02-05T02:00:00Z', { workspace });
  await sendUsage(
    book,
    ['acme', 'other'].flatMap((id) => [january(id), february(id)]),
    '2025-02-10T00:00:00Z',
  );
  await book.activities.billing.finalizeInvoice({ workspace: 'acme', month: '2025-01' });
});
afterAll(() => book.close());

type Entry = { instanceType?: string; usdPerMinute: string | null; effectiveFrom: string; workspace?: string };
type Listed = {
  items: { instanceType: string; usdPerMinute: string; effectiveFrom: string; effectiveUntil?: string }[];
  next?: string;
};

function put(...entries: readonly Entry[]) {
  return book.call('PUT', '/v1/prices', { body: entries.map((entry) => ({ instanceType: 'gpu', ...entry })) });
}

async function points(query = ''): Promise<string[]> {
  const { body } = await book.call<Listed>('GET', `/v1/prices${query}`);
  return body.items.map(({ usdPerMinute, effectiveFrom, effectiveUntil = '' }) =>
    `${usdPerMinute} ${effectiveFrom.slice(0, 10)} ${effectiveUntil.slice(0, 10)}`.trim(),
  );
}

async function februaryList(workspace: string): Promise<string> {
  await book.meter();
  const { body } = await book.call<{ bill: { listAmount: string } }>(
    'GET',
    `/v1/workspaces/${workspace}/usage?period=2025-02`,
  );
  return body.bill.listAmount;
}

test('a price that would alter an hour that an invoice holds is refused, all or nothing', async () => {
  const { status, body } = await put(
    { usdPerMinute: '0.5', effectiveFrom: '2025-01-01T00:00:00Z' },
    { instanceType: 'tpu', usdPerMinute: '1', effectiveFrom: '2025-01-01T00:00:00Z' },
  );
  expect([status, body.code]).toEqual([409, 'invoiced_hours']);
  expect(body.detail).toMatch(
    /0\.5 for gpu .* the hour 2025-01-05T00:00:00Z of 2025-01, .* workspace acme holds minutes/,
  );
  expect(await points()).not.toContain('1 2025-01-01');
});

test('one from an hour on that is not invoiced is stored, and the usage since is priced anew', async () => {
  expect(await februaryList('acme')).toBe('1.200000000');
  expect((await put({ usdPerMinute: '0.03', effectiveFrom: '2025-02-05T01:00:00Z' })).status).toBe(200);
  expect(await februaryList('acme')).toBe('2.400000000');
  // Its contract price goes before everybody's.
  expect(await februaryList('other')).toBe('2.400000000');
});

test('the same price again changes nothing, another one at the same hour takes its place', async () => {
  const before = await book.db('audit_log').count('* as rows');
  expect((await put({ usdPerMinute: '0.03', effectiveFrom: '2025-02-05T01:00:00Z' })).status).toBe(200);
  expect(await book.db('audit_log').count('* as rows')).toEqual(before);
  await put({ usdPerMinute: '0.04', effectiveFrom: '2025-02-05T01:00:00Z' });
  expect(await februaryList('acme')).toBe('3.000000000');
  expect(await points()).toEqual(['0.01 2024-01-01 2025-02-05', '0.04 2025-02-05', '0.02 2025-02-01']);
});

test('a change point between others holds until the next', async () => {
  await put({ usdPerMinute: '0.05', effectiveFrom: '2025-02-03T00:00:00Z' });
  expect(await points()).toEqual([
    '0.01 2024-01-01 2025-02-03',
    '0.05 2025-02-03 2025-02-05',
    '0.04 2025-02-05',
    '0.02 2025-02-01',
  ]);
});

test('a price for hours that had none is no alteration, even in a closed period', async () => {
  expect((await put({ usdPerMinute: '9', effectiveFrom: '2023-06-01T00:00:00Z' })).status).toBe(200);
  const types = await put({ instanceType: 'tpu', usdPerMinute: '1', effectiveFrom: '2025-01-01T00:00:00Z' });
  expect(types.status).toBe(200);
});

test('a contract price is refused over hours invoiced to its workspace, and stored for one not invoiced yet', async () => {
  const from = '2025-01-02T00:00:00Z';
  expect((await put({ usdPerMinute: '0.5', effectiveFrom: from, workspace: 'acme' })).status).toBe(409);
  expect((await put({ usdPerMinute: '0.5', effectiveFrom: from, workspace: 'other' })).status).toBe(200);
});

test("everybody's price may change where the only invoices are of workspaces with contract prices", async () => {
  const from = '2024-01-01T00:00:00Z';
  const npu = { instanceType: 'npu', effectiveFrom: from };
  await put({ ...npu, usdPerMinute: '1' }, { ...npu, usdPerMinute: '2', workspace: 'acme' });
  expect((await put({ ...npu, usdPerMinute: '1.5' })).status).toBe(200);
});

test('the book is listed page by page, and by workspace', async () => {
  const first = await book.call<Listed>('GET', '/v1/prices?limit=2');
  const rest = await book.call<Listed>('GET', `/v1/prices?cursor=${first.body.next}&limit=500`);
  const whole = await book.call<Listed>('GET', '/v1/prices');
  expect([...first.body.items, ...rest.body.items]).toEqual(whole.body.items);
  expect(await points('?workspace=acme')).toEqual(['2 2024-01-01']);
});

test('two changes at the same time are both there afterwards', async () => {
  const changes = [1, 2, 3, 4, 5, 6].map((day) =>
    put({ instanceType: 'tpu', usdPerMinute: `${day}`, effectiveFrom: `2025-03-0${day}T00:00:00Z` }),
  );
  expect((await Promise.all(changes)).map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200, 200]);
  expect((await points()).filter((point) => point.includes('2025-03-0'))).toHaveLength(7);
});

test('hours of a closed month that no invoice holds may be priced anew', async () => {
  const first = { instanceType: 'fpga', usdPerMinute: '1', effectiveFrom: '2025-01-01T00:00:00Z' };
  expect((await put(first)).status).toBe(200);
  // Its only invoice holds nothing of that type, nor anything of gpu after the fifth.
  expect((await put({ ...first, usdPerMinute: '2' })).status).toBe(200);
  expect((await put({ usdPerMinute: '0.011', effectiveFrom: '2025-01-05T01:00:00Z' })).status).toBe(200);
  expect((await put({ usdPerMinute: '0.011', effectiveFrom: '2025-01-05T00:00:00Z' })).status).toBe(409);
});

describe('a contract price', () => {
  const from = '2025-02-01T00:00:00Z';
  const ended = { instanceType: 'asic', usdPerMinute: null, effectiveFrom: '2025-02-06T01:00:00Z', workspace: 'other' };
  const listed = async () => {
    const { body } = await book.call<Listed>('GET', '/v1/prices?workspace=other&limit=500');
    return body.items
      .filter(({ instanceType }) => instanceType === 'asic')
      .map(({ usdPerMinute, effectiveFrom, effectiveUntil }) => [usdPerMinute, effectiveFrom, effectiveUntil]);
  };
  const billed = async () => Number((await februaryList('other')).replace(/0+$/, ''));

  test('cannot end where no standard price could take its place', async () => {
    await put({ instanceType: 'asic', usdPerMinute: '3', effectiveFrom: from, workspace: 'other' });
    const refused = await put(ended);
    expect([refused.status, refused.body.code]).toEqual([409, 'conflict']);
    expect(refused.body.detail).toMatch(/other for asic cannot end at 2025-02-06T01:00:00Z/);
  });

  test('ends with null: from then on the standard price holds, until the next contract price', async () => {
    await put({ instanceType: 'asic', usdPerMinute: '5', effectiveFrom: from });
    const before = await billed();
    const usage = report('2025-02-06T00:00:00Z', '2025-02-06T03:00:00Z', { workspace: 'other', instanceType: 'asic' });
    await sendUsage(book, [usage], '2025-02-10T00:00:00Z');
    expect((await billed()) - before).toBeCloseTo(180 * 3);
    expect(await put(ended)).toMatchObject({ status: 200, body: { items: [{ usdPerMinute: null }] } });
    expect((await billed()) - before).toBeCloseTo(60 * 3 + 120 * 5);
    await put({ ...ended, usdPerMinute: '1', effectiveFrom: '2025-02-06T02:00:00Z' });
    expect((await billed()) - before).toBeCloseTo(60 * 3 + 60 * 5 + 60);
    expect(await listed()).toEqual([
      ['3', from, '2025-02-06T01:00:00Z'],
      ['1', '2025-02-06T02:00:00Z', undefined],
    ]);
  });

  test('that has ended already may be ended again, which changes nothing', async () => {
    const before = await book.db('audit_log').count('* as rows');
    expect((await put(ended)).status).toBe(200);
    expect(await book.db('audit_log').count('* as rows')).toEqual(before);
  });

  test("is the only one that can end: everybody's price cannot", async () => {
    const { workspace: _, ...everybodys } = ended;
    expect(await put(everybodys)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });

  test('cannot end in hours that an invoice holds', async () => {
    await put({ usdPerMinute: '0.013', effectiveFrom: '2025-01-05T02:00:00Z', workspace: 'acme' });
    await put({ instanceType: 'mpu', usdPerMinute: '1', effectiveFrom: '2025-01-01T00:00:00Z' });
    await put({ instanceType: 'mpu', usdPerMinute: '2', effectiveFrom: '2025-01-01T00:00:00Z', workspace: 'other' });
    const usage = report('2025-01-06T00:00:00Z', '2025-01-06T01:00:00Z', { workspace: 'other', instanceType: 'mpu' });
    await sendUsage(book, [usage], '2025-02-10T00:00:00Z');
    await book.activities.billing.finalizeInvoice({ workspace: 'other', month: '2025-01' });
    const end = { instanceType: 'mpu', usdPerMinute: null, workspace: 'other' };
    expect((await put({ ...end, effectiveFrom: '2025-01-06T00:00:00Z' })).status).toBe(409);
    expect((await put({ ...end, effectiveFrom: '2025-01-06T01:00:00Z' })).status).toBe(200);
  });
});
