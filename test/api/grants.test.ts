// Limits of grants, ending them early, and credits that change by time alone.
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
beforeEach(async () => {
  book = await startMinutebook({ now: '2025-02-10T12:20:00Z' });
  await withAcme(book);
});
afterEach(() => book.close());

type Held = {
  key: string;
  status: string;
  lost: string;
  remaining: string;
  pending: string;
  validUntil: string | null;
};
type Credits = { grants: Held[]; available: string; level: string; burnPerHour: string };

const usual = { amount: '10', kind: 'promotional', validFrom: '2025-02-01T00:00:00Z', priority: 1 };
const give = (grant: object) => book.call('POST', '/v1/workspaces/acme/grants', { body: { ...usual, ...grant } });
const end = (key: string, body?: object, keyOf = book.keys.admin) =>
  book.call<Held & { detail: string; code: string }>('POST', `/v1/workspaces/acme/grants/${key}/end`, {
    ...(body === undefined ? {} : { body }),
    key: keyOf,
  });
const credits = async () => (await book.call<Credits>('GET', '/v1/workspaces/acme/credits')).body;
const held = async (key: string) => (await credits()).grants.find((grant) => grant.key === key);
const everything = { group: 0, groups: 1 };
const judged = () => book.activities.guard.judge({ workspace: 'acme' });
const stored = () => book.db('guards').where({ workspace_id: 'acme' }).first();
const tick = async () => {
  await book.meter();
  return book.activities.usage.applyCredits(everything);
};

describe('the limits', () => {
  test('of one grant are a hundred million dollars', async () => {
    const refused = await give({ key: 'large', amount: '9223372036' });
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_request']);
    expect(refused.body.detail).toMatch(/at most 100,000,000.00 US dollars in one grant, came 9223372036/);
    expect((await give({ key: 'large', amount: '100000000' })).status).toBe(201);
  });

  test('of all grants of a workspace are said with what is left to give; what was given can be given again', async () => {
    for (let n = 1; n < 50; n++) expect((await give({ key: `g${n}`, amount: '100000000' })).status).toBe(201);
    const refused = await give({ key: 'last', amount: '100000000' });
    expect([refused.status, refused.body.code]).toEqual([409, 'conflict']);
    expect(refused.body.detail).toMatch(/at most 99,999,970.00 US dollars, .* limited to 5,000,000,000.00 together/);
    expect((await give({ key: 'last', amount: '99999970' })).status).toBe(201);
    expect((await give({ key: 'g1', amount: '100000000' })).status).toBe(200);
    expect(await credits()).toMatchObject({ available: '5000000000.000000000', level: 'ok' });
    await judged();
    expect(await stored()).toMatchObject({ remaining_nanos: 5_000_000_000n * 1_000_000_000n });
  });
});

describe('ending a grant', () => {
  test('lets it pay no hour from then on, and says what is lost', async () => {
    await give({ key: 'a' });
    await sendUsage(book, [report('2025-02-10T10:00:00Z', '2025-02-10T12:00:00Z')], '2025-02-10T12:00:00Z');
    await tick();
    expect(await held('a')).toMatchObject({ status: 'active', pending: '1.200000000', lost: '0.000000000' });
    const ended = await end('a', { from: '2025-02-10T10:30:00Z' });
    expect(ended).toMatchObject({
      status: 200,
      body: { validUntil: '2025-02-10T11:00:00Z', endedAt: '2025-02-10T12:20:00Z', remaining: '10.000000000' },
    });
    await tick();
    expect(await held('a')).toMatchObject({
      status: 'ended',
      pending: '0.600000000',
      lost: '9.400000000',
      remaining: '10.000000000',
    });
    expect(await held('free')).toMatchObject({ pending: '0.600000000' });
    expect(await judged()).toMatchObject({ remaining: '29.4' });
  });

  test('again changes nothing; sooner is another end, later is refused', async () => {
    await give({ key: 'a' });
    expect((await end('a', {})).body.validUntil).toBe('2025-02-10T13:00:00Z');
    const entries = () => book.db('audit_log').where('action', 'grant.ended').select('before', 'after');
    expect(await entries()).toMatchObject([
      { before: { validUntil: null }, after: { validUntil: '2025-02-10T13:00:00Z' } },
    ]);
    book.setClock('2025-02-10T15:00:00Z');
    expect((await end('a')).body.validUntil).toBe('2025-02-10T13:00:00Z');
    expect((await end('a', { from: '2025-02-10T12:30:00Z' })).body.validUntil).toBe('2025-02-10T13:00:00Z');
    expect(await entries()).toHaveLength(1);
    const later = await end('a', { from: '2025-02-11T00:00:00Z' });
    expect([later.status, later.body.code]).toEqual([409, 'conflict']);
    expect((await end('a', { from: '2025-02-09T00:00:00Z' })).body.validUntil).toBe('2025-02-09T00:00:00Z');
    expect((await give({ key: 'a' })).status).toBe(200);
  });

  test('keeps the hours that invoices have drawn, and says from when on it can end', async () => {
    await give({ key: 'a', validFrom: '2025-01-01T00:00:00Z' });
    await sendUsage(book, [report('2025-01-05T00:00:00Z', '2025-01-05T02:00:00Z')], '2025-02-10T12:00:00Z');
    await book.activities.billing.finalizeInvoice({ workspace: 'acme', month: '2025-01' });
    const refused = await end('a', { from: '2025-01-05T00:30:00Z' });
    expect([refused.status, refused.body.code]).toEqual([409, 'conflict']);
    expect(refused.body.detail).toMatch(/from 2025-01-05T02:00:00Z on at the earliest/);
    expect((await end('a', { from: '2025-01-05T01:30:00Z' })).status).toBe(200);
    expect(await held('a')).toMatchObject({ status: 'ended', remaining: '8.800000000', lost: '8.800000000' });
  });

  test('at the last second that can be written ends it with the last hour', async () => {
    await give({ key: 'a', validUntil: '9999-12-31T23:59:59Z' });
    expect((await end('a', { from: '9999-12-31T23:59:59Z' })).body.detail).toContain(
      'ends at 9999-12-31T23:00:00Z as it is',
    );
    expect(await end('free', { from: '9999-12-31T23:59:59Z' })).toMatchObject({
      status: 200,
      body: { validUntil: '9999-12-31T23:00:00Z' },
    });
  });

  test('before it begins makes it pay nothing', async () => {
    await give({ key: 'a', validFrom: '2025-02-10T18:30:00Z' });
    expect(await held('a')).toMatchObject({ status: 'upcoming', lost: '0.000000000' });
    await end('a');
    expect(await held('a')).toMatchObject({ status: 'ended', lost: '10.000000000' });
  });

  test('is for admins, and for grants that are there', async () => {
    expect((await end('a')).status).toBe(404);
    expect((await end('a', {}, book.keys.platform)).status).toBe(403);
    expect((await end('a', { from: 'soon' })).status).toBe(400);
  });

  test('of one that ends sooner by itself is refused', async () => {
    await give({ key: 'a', validUntil: '2025-02-05T00:00:00Z' });
    expect((await end('a')).body.detail).toMatch(/ends at 2025-02-05T00:00:00Z as it is/);
    expect(await held('a')).toMatchObject({ status: 'expired', lost: '10.000000000' });
  });
});

describe('a standing that time alone changes', () => {
  test('is computed anew in the hour: a grant begins, a grant ends, nothing burns any more', async () => {
    await give({ key: 'a', validUntil: '2025-02-10T14:00:00Z' });
    await give({ key: 'b', amount: '7', validFrom: '2025-02-10T13:00:00Z' });
    await sendUsage(book, [report('2025-02-10T11:00:00Z', '2025-02-10T12:00:00Z')], '2025-02-10T12:00:00Z');
    await tick();
    const agreed = async () => {
      const { available, burnPerHour } = await credits();
      await judged();
      const row = await stored();
      const usd = (nanos: bigint) => (Number(nanos) / 1e9).toFixed(9);
      expect([usd(row?.['remaining_nanos']), usd(row?.['burn_nanos_per_hour'])]).toEqual([available, burnPerHour]);
      return [available, burnPerHour];
    };
    expect(await agreed()).toEqual(['39.400000000', '0.600000000']);
    expect(await tick()).toBe(0);
    book.setClock('2025-02-10T13:01:00Z');
    expect(await tick()).toBe(1);
    expect(await agreed()).toEqual(['46.400000000', '0.000000000']);
    expect(await tick()).toBe(0);
    book.setClock('2025-02-10T14:01:00Z');
    expect(await tick()).toBe(1);
    expect(await agreed()).toEqual(['37.000000000', '0.000000000']);
    expect(await tick()).toBe(0);
  });

  test('of a workspace whose credits are all drawn by invoices is looked at once, not in every round', async () => {
    await end('free', { from: '2025-01-05T01:00:00Z' });
    await give({ key: 'a', amount: '0.6', validFrom: '2025-01-05T00:00:00Z', validUntil: '2025-02-10T13:00:00Z' });
    await sendUsage(book, [report('2025-01-05T01:00:00Z', '2025-01-05T02:00:00Z')], '2025-02-10T12:00:00Z');
    await book.activities.billing.finalizeInvoice({ workspace: 'acme', month: '2025-01' });
    await tick();
    expect(await judged()).toMatchObject({ state: 'suspended', remaining: '0' });
    book.setClock('2025-02-10T13:01:00Z');
    expect(await tick()).toBe(1);
    await judged();
    expect(await stored()).toMatchObject({ state: 'suspended', next_change_at: null });
    expect(await tick()).toBe(0);
  });
});
