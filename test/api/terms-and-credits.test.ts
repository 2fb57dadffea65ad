import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-02-10T12:00:00Z' });
  await withAcme(book);
  const serving = report('2025-01-05T00:00:00Z', '2025-01-05T10:00:00Z');
  const idle = report('2025-02-05T00:00:00Z', '2025-02-05T01:00:00Z', { phase: 'idle' });
  await sendUsage(
    book,
    [serving, idle, report('2025-02-05T01:00:00Z', '2025-02-05T02:00:00Z')],
    '2025-02-10T00:00:00Z',
  );
  await book.activities.billing.finalizeInvoice({ workspace: 'acme', month: '2025-01' });
});
afterAll(() => book.close());

const putTerms = (terms: object) =>
  book.call('PUT', '/v1/workspaces/acme/terms', {
    body: { effectiveFrom: '2025-02-01T00:00:00Z', plan: 'pro', ...terms },
  });
const bill = async () => {
  await book.meter();
  const { body } = await book.call<{ bill: Record<string, string> }>('GET', '/v1/workspaces/acme/usage');
  return body.bill;
};

describe('terms', () => {
  test('that would alter a closed period are refused, unless they say what was in force', async () => {
    const january = { effectiveFrom: '2025-01-31T23:00:00Z' };
    const refused = await putTerms({ ...january, programDiscount: { kind: 'education', percent: 10 } });
    expect([refused.status, refused.body.code]).toEqual([409, 'invoiced_hours']);
    expect(refused.body.detail).toMatch('2025-01-31T23:00:00Z of 2025-01');
    expect((await putTerms({ ...january, plan: 'standard' })).status).toBe(200);
  });

  test('change the bill from their hour on', async () => {
    expect(await bill()).toMatchObject({ listAmount: '0.600000000', programDiscount: '0.000000000' });
    const terms = {
      volumeTiers: [
        { upTo: '0.2', percent: 0 },
        { upTo: null, percent: 50 },
      ],
    };
    expect(await putTerms(terms)).toMatchObject({ status: 200, body: { volumeTiers: terms.volumeTiers, netDays: 0 } });
    expect(await bill()).toMatchObject({ volumeDiscount: '0.200000000' });
  });

  test('with other billable phases meter the same minutes anew', async () => {
    await putTerms({ billablePhases: ['serving', 'idle'], programDiscount: { kind: 'nonprofit', percent: '25' } });
    expect(await bill()).toMatchObject({ listAmount: '1.200000000', programDiscount: '0.300000000' });
  });

  test('are listed, and the same again changes nothing', async () => {
    const before = await book.db('audit_log').count('* as rows');
    await putTerms({ billablePhases: ['idle', 'serving'], programDiscount: { kind: 'nonprofit', percent: 25 } });
    expect(await book.db('audit_log').count('* as rows')).toEqual(before);
    const { body } = await book.call('GET', '/v1/workspaces/acme/terms');
    expect(body).toMatchObject({
      items: [
        { effectiveFrom: '2025-01-31T23:00:00Z', effectiveUntil: '2025-02-01T00:00:00Z', plan: 'standard' },
        { effectiveFrom: '2025-02-01T00:00:00Z', plan: 'pro', programDiscount: { kind: 'nonprofit', percent: 25 } },
      ],
    });
  });
});

describe('grants', () => {
  const grant = { key: 'welcome', amount: '0.5', kind: 'promotional', validFrom: '2025-02-01T00:00:00Z', priority: 1 };
  const give = (more: object = {}) => book.call('POST', '/v1/workspaces/acme/grants', { body: { ...grant, ...more } });

  test('are given once under their key', async () => {
    expect(await give()).toMatchObject({ status: 201, body: { remaining: '0.500000000', validUntil: null } });
    expect((await give({ amount: '0.50', validFrom: '2025-02-01T01:00:00+01:00' })).status).toBe(200);
    const other = await give({ amount: '0.6', validUntil: '2026-01-01T00:00:00Z' });
    expect([other.status, other.body.code]).toEqual([409, 'grant_key_conflict']);
    expect(other.body.faults?.map((fault) => fault.field)).toEqual(['amount', 'validUntil']);
    expect((await give({ key: 'free' })).status).toBe(409);
  });

  test('show what invoices drew, what the running period will draw and what is left', async () => {
    await book.meter();
    const { body } = await book.call('GET', '/v1/workspaces/acme/credits');
    expect(body).toMatchObject({
      grants: [
        { key: 'free', amount: '30.000000000', remaining: '24.000000000', pending: '0.400000000' },
        { key: 'welcome', amount: '0.500000000', remaining: '0.500000000', pending: '0.500000000' },
      ],
      remaining: '24.500000000',
      pending: '0.900000000',
      available: '23.600000000',
      level: 'ok',
      draws: [
        {
          grant: 'free',
          invoice: 'inv:acme:2025-01:usage:1',
          number: 'acme-0001',
          period: '2025-01',
          amount: '6.000000000',
        },
      ],
    });
  });
});
