// How often a call with usage waits for Postgres.
import { type Call, type Minutebook, report, startMinutebook, withAcme } from '../minutebook';

let book: Minutebook;
let nowMs = 0;
// What keys and the backlog are remembered by.
const waitMs = (ms: number) => {
  nowMs += ms;
  jest.spyOn(performance, 'now').mockReturnValue(nowMs);
};
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-01-31T12:00:00Z', usageLagLimitMs: 3_600_000, isCounted: true });
  waitMs(0);
  await withAcme(book);
  await withAcme(book, 'other');
  await send({ completeThrough: '2025-01-31T11:00:00Z' });
});
afterAll(async () => {
  jest.restoreAllMocks();
  await book.close();
});

const reported = report('2025-01-31T11:00:00Z', '2025-01-31T11:01:00Z');
const source = 'cluster-1';

async function send(body: object, call: Call = {}): Promise<void> {
  const { status } = await book.call('POST', '/v1/usage', { body: { source, reports: [reported], ...body }, ...call });
  expect(status).toBe(202);
}
const trips = (body: object, call?: Call) => book.roundTrips(() => send(body, call));

test('a batch of replicas that are known takes one round trip, with a mark and without, as whatever it is sent', async () => {
  expect(await trips({})).toBe(1);
  expect(await trips({ completeThrough: '2025-01-31T11:30:00Z' })).toBe(1);
  const many = Array.from({ length: 500 }, (_, n) => ({ ...reported, replica: `replica-${n}` }));
  await send({ reports: many });
  expect(await trips({ reports: many, completeThrough: '2025-01-31T11:31:00Z' })).toBe(1);
  const lines = `${JSON.stringify({ source, completeThrough: '2025-01-31T11:32:00Z' })}\n${JSON.stringify(reported)}\n`;
  const ndjson = { body: lines, headers: { 'content-type': 'application/x-ndjson' } };
  expect(await trips({}, ndjson)).toBe(1);
  const event = { specversion: '1.0', id: '1', type: 'minutebook.usage', source, data: reported };
  const cloudEvent = { body: JSON.stringify(event), headers: { 'content-type': 'application/cloudevents+json' } };
  expect(await trips({}, cloudEvent)).toBe(1);
});

test('one whose key is to be looked up and that is to ask for the backlog takes three', async () => {
  await send({});
  waitMs(60_000);
  expect(await trips({})).toBe(3);
  expect(await trips({})).toBe(1);
});

test('a batch that goes in steps takes one for each', async () => {
  // Source, judgement, looked up, added, looked up, BEGIN, appended, COMMIT.
  expect(await trips({ reports: [{ ...reported, replica: 'new' }] })).toBe(8);
  // In vain, source, judgement, BEGIN, lock, quarantined, COMMIT.
  expect(await trips({ reports: [{ ...reported, instanceType: 'unpriced' }] })).toBe(6);
  expect(await trips({ reports: [{ ...reported, instanceType: 'unpriced' }, reported] })).toBe(7);
  // In vain, source, judgement, BEGIN, appended, row, source's row, noted, woken, COMMIT.
  const first = { ...reported, from: '2025-01-10T11:00:00Z', to: '2025-01-10T11:01:00Z', workspace: 'other' };
  await send({ source: 'another', reports: [first] });
  expect(await trips({ reports: [first] })).toBe(10);
  // In vain, source, judgement, BEGIN, appended, mark, one at a time, woken, COMMIT.
  book.setClock('2025-02-01T00:00:00Z');
  await send({});
  expect(await trips({ completeThrough: '2025-02-01T00:00:00Z' })).toBe(9);
  expect(await trips({ completeThrough: '2025-02-01T00:00:00Z' })).toBe(1);
});
