import { type BatcherOptions, createBatcher, type RefusedReport, UnsentError } from '../../client/batcher';
import { createClient } from '../../client/http';
import type { UsageReport } from '../../contract/usage';
import { type Intake, startIntake } from './intake';

let intake: Intake;
let refused: RefusedReport[];
beforeAll(async () => {
  intake = await startIntake();
});
beforeEach(() => {
  intake.reset();
  refused = [];
});
afterAll(() => intake.close());

const report = (replica: string): UsageReport => ({
  workspace: 'acme',
  model: 'chat',
  version: 'v1',
  replica,
  instanceType: 'A10Gx4x16',
  phase: 'serving',
  from: '2025-01-01T00:00:00Z',
  to: '2025-01-01T00:01:00Z',
});
const batcherOf = (options: Partial<BatcherOptions> = {}) =>
  createBatcher({
    client: createClient({ url: intake.url, key: 'k' }),
    source: 'fleet',
    onRefused: (reports) => {
      refused.push(...reports);
    },
    ...options,
  });
const names = (count: number) => Array.from({ length: count }, (_, at) => `r${at}`);
const sizes = () => intake.batches.map(({ reports }) => reports.length);

test('reports go out together: when there are enough, when one has waited long enough, when told to', async () => {
  const batcher = batcherOf({ maxReports: 3, maxWaitMs: 20 });
  for (const name of names(7)) await batcher.add(report(name));
  while (intake.stored.size < 7) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(sizes()).toEqual([3, 3, 1]);
  const patient = batcherOf({ maxWaitMs: 60_000 });
  await patient.add(report('late'));
  await patient.flush();
  expect(intake.batches.at(-1)).toEqual({ source: 'fleet', reports: [report('late')] });
});

test('batches stay within their bytes', async () => {
  const bytes = JSON.stringify(report('r0')).length;
  const batcher = batcherOf({ maxBytes: 3 * (bytes + 1) + 5 });
  for (const name of names(10)) await batcher.add(report(name));
  await batcher.close();
  expect(sizes()).toEqual([3, 3, 3, 1]);
});

test('several requests are under way at once, as many as are allowed', async () => {
  intake.happenings = Array.from({ length: 20 }, () => 'late' as const);
  const batcher = batcherOf({ maxReports: 1, maxInFlight: 3 });
  await Promise.all(names(20).map((name) => batcher.add(report(name))));
  await batcher.close();
  expect(intake.atOnceMax).toBe(3);
});

test('who adds more than is stored waits for room, and is let in in turn', async () => {
  intake.happenings = ['late', 'late'];
  const batcher = batcherOf({ maxReports: 2, maxPending: 2, maxInFlight: 1, maxWaitMs: 60_000 });
  const order: string[] = [];
  const adding = names(6).map((name) => batcher.add(report(name)).then(() => order.push(name)));
  await Promise.all(adding.slice(0, 2));
  expect(batcher.counts().pending).toBe(2);
  await Promise.all(adding);
  expect(order).toEqual(names(6));
  await batcher.close();
  expect(intake.stored.size).toBe(6);
});

test('during an outage it holds what it may, and loses nothing', async () => {
  intake.happenings = Array.from({ length: 30 }, () => 'away' as const);
  const failures: Error[] = [];
  const batcher = batcherOf({ maxReports: 5, maxPending: 10, onRetry: (failure) => failures.push(failure) });
  for (const name of names(40)) {
    await batcher.add(report(name));
    expect(batcher.counts().pending).toBeLessThanOrEqual(10);
  }
  await batcher.close();
  expect([...intake.stored.keys()].sort()).toEqual(names(40).sort());
  expect(intake.happenings).toEqual([]);
  expect(failures.length).toBeGreaterThan(0);
});

test('reports that are refused are handed back with what is wrong with them, and the others are stored', async () => {
  intake.isWrong = (replica) => replica === 'r1' || replica === 'r3';
  const batcher = batcherOf();
  for (const name of names(5)) await batcher.add(report(name));
  await batcher.completeThrough('2025-01-01T00:01:00Z').catch(() => undefined);
  await batcher.close();
  expect(refused.map((each) => each.report)).toEqual([report('r1'), report('r3')]);
  expect(refused[0]?.faults).toEqual([{ index: 1, field: 'phase', message: 'expected another, came r1' }]);
  expect([...intake.stored.keys()]).toEqual(['r0', 'r2', 'r4']);
  expect(batcher.counts()).toEqual({ pending: 0, accepted: 3, quarantined: 0, ignored: 0, refused: 2 });
});

test('room is given back to the byte where batches were taken apart', async () => {
  const odd = ['r"0', 'r\\1', 'r\u00002', 'r\ud8003'];
  const bytes = odd.reduce((sum, name) => sum + JSON.stringify(report(name)).length + 1, 0);
  const batcher = batcherOf({ maxBytes: bytes, maxPendingBytes: bytes, maxInFlight: 1 });
  intake.isWrong = (replica) => replica === odd[1];
  intake.happenings = ['too large', 'stored', 'too large'];
  for (const name of odd) await batcher.add(report(name));
  await batcher.flush();
  expect(refused.map((each) => each.report)).toEqual([report('r\\1')]);
  expect([...intake.stored.keys()]).toEqual(['r"0', 'r\u00002', 'r\ud8003']);
  intake.isWrong = () => false;
  const again = [...odd, ...odd].map((name) => batcher.add(report(name)));
  expect(batcher.counts().pending).toBe(4);
  await batcher.close();
  await Promise.all(again);
});

test('one report that breaks the intake holds up the marks, and no other report', async () => {
  let isMended = false;
  intake.isBreaking = (replica) => !isMended && replica === 'r2';
  const batcher = batcherOf({ maxReports: 4, maxWaitMs: 1 });
  for (const name of names(16)) await batcher.add(report(name));
  const mark = batcher.completeThrough('2025-01-01T00:01:00Z');
  while (intake.stored.size < 15) await batcher.add(report('r15')).then(() => new Promise((go) => setTimeout(go, 5)));
  expect(intake.marks).toEqual([]);
  isMended = true;
  await mark;
  expect(intake.stored.has('r2')).toBe(true);
  await batcher.close();
});

test('what is broken as a whole is waited for: batches stay whole', async () => {
  intake.happenings = Array.from({ length: 12 }, () => 'broken' as const);
  const batcher = batcherOf({ maxReports: 4 });
  for (const name of names(8)) await batcher.add(report(name));
  await batcher.close();
  expect(new Set(sizes())).toEqual(new Set([4]));
});

test('a mark waits for a batch before it that is still under way, though later ones are stored', async () => {
  intake.happenings = ['busy', 'stored', 'busy', 'busy'];
  const batcher = batcherOf({ maxReports: 1, maxInFlight: 2 });
  await batcher.add(report('r0'));
  await batcher.add(report('r1'));
  await batcher.completeThrough('2025-01-01T00:01:00Z');
  expect(intake.batches.at(-1)).toEqual({ source: 'fleet', completeThrough: '2025-01-01T00:01:00.000Z', reports: [] });
  expect(intake.stored.size).toBe(2);
  await batcher.close();
});

test('marks of hours without usage are one', async () => {
  intake.happenings = ['late'];
  const batcher = batcherOf();
  await batcher.add(report('r0'));
  const marks = Array.from({ length: 60 }, (_, minute) =>
    batcher.completeThrough(new Date(Date.UTC(2025, 0, 1, 0, minute))),
  );
  await batcher.close();
  await Promise.all(marks);
  expect(intake.marks).toEqual(['2025-01-01T00:59:00.000Z']);
});

test('a mark that is refused is an error of whoever made it, and of nobody else', async () => {
  intake.isTooFar = (mark) => mark.startsWith('2030');
  const batcher = batcherOf();
  await batcher.add(report('r0'));
  const right = batcher.completeThrough('2025-01-01T00:01:00Z');
  const wrong = batcher.completeThrough('2030-01-01T00:00:00Z');
  await batcher.add(report('r1'));
  await expect(wrong).rejects.toThrow('too far ahead');
  await expect(right).rejects.toThrow('too far ahead');
  await batcher.completeThrough('2025-01-01T00:02:00Z');
  await batcher.close();
  expect([...intake.stored.keys()]).toEqual(['r0', 'r1']);
  await expect(batcherOf().completeThrough('yesterday')).rejects.toThrow('expected an instant');
});

test('closed, it takes no more, and gives back what it could not send in time', async () => {
  intake.happenings = Array.from({ length: 10_000 }, () => 'away' as const);
  const batcher = batcherOf({ maxReports: 2, maxPending: 3 });
  for (const name of names(3)) await batcher.add(report(name));
  const waiting = batcher.add(report('r3'));
  const mark = batcher.completeThrough('2025-01-01T00:01:00Z');
  const outcome = Promise.allSettled([batcher.close({ withinMs: 50 }), waiting, mark]);
  await expect(batcher.add(report('r4'))).rejects.toThrow('closed');
  const [closed, ...others] = await outcome;
  const error = closed.status === 'rejected' ? (closed.reason as UnsentError) : undefined;
  expect(error).toBeInstanceOf(UnsentError);
  expect(error?.reports).toEqual(names(3).map(report));
  expect(others.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(batcher.add(report('r5'))).rejects.toBe(error);
});

test('where refused reports cannot be handed over it stops, and gives back them, too', async () => {
  intake.isWrong = (replica) => replica === 'r0';
  const batcher = batcherOf({
    maxReports: 2,
    maxInFlight: 1,
    onRefused: () => {
      throw new Error('the disk is full');
    },
  });
  for (const name of names(4)) await batcher.add(report(name));
  const error = await batcher.close().catch((caught: UnsentError) => caught);
  expect(error).toMatchObject({ name: 'UnsentError', message: expect.stringContaining('the disk is full') });
  expect((error as UnsentError).reports.map(({ replica }) => replica)).toContain('r0');
});

test("the client's own signal stops it, too", async () => {
  intake.happenings = Array.from({ length: 1000 }, () => 'away' as const);
  const stopping = new AbortController();
  const batcher = batcherOf({ client: createClient({ url: intake.url, key: 'k', signal: stopping.signal }) });
  await batcher.add(report('r0'));
  const flushed = batcher.flush();
  stopping.abort();
  await expect(flushed).rejects.toMatchObject({ reports: [report('r0')] });
});

test('a report may be changed after it was added, and one that cannot be sent is refused at once', async () => {
  const batcher = batcherOf({ maxBytes: 400 });
  const mine = { ...report('r0') } as { replica: string } & UsageReport;
  await batcher.add(mine);
  (mine as { replica: string }).replica = 'changed';
  await expect(batcher.add(report('x'.repeat(500)))).rejects.toThrow('less than 400 bytes');
  await expect(batcher.add(undefined as never)).rejects.toThrow('expected a report');
  await batcher.close();
  expect([...intake.stored.keys()]).toEqual(['r0']);
});

test.each<[Partial<BatcherOptions>, string]>([
  [{ source: 'a b' }, 'source: expected 1 to 200 visible ASCII characters, came "a b"'],
  [{ maxReports: 0 }, 'maxReports: expected a whole number from 1, came 0'],
  [{ maxWaitMs: -1 }, 'maxWaitMs: expected a whole number from 0, came -1'],
  [{ maxInFlight: 1.5 }, 'maxInFlight: expected a whole number from 1, came 1.5'],
  [{ maxBytes: 1000, maxPendingBytes: 10 }, 'maxPendingBytes: expected at least maxBytes (1000), came 10'],
])('%j is refused', (options, message) => {
  expect(() => batcherOf(options)).toThrow(message);
});
