import { createConnection } from 'node:net';
import { pino } from 'pino';
import { buildApp } from '../../api/app';
import { connect } from '../../db/connection/knex';
import { UsageAppender } from '../../db/intake/reports';
import { meterWorkspace } from '../../db/metering/hours';
import { pdfRenderer } from '../../gateways/pdf/render';
import { databaseGauges } from '../../runtime/gauges';
import { parseExposition, sampleOf } from '../harness/exposition';
import { testSettings } from '../harness/settings';
import { until } from '../harness/until';
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from './minutebook';

const books: Minutebook[] = [];
afterEach(async () => {
  for (const book of books.splice(0)) await book.close();
});

async function startBook(): Promise<Minutebook> {
  const book = await startMinutebook({ now: '2025-02-10T12:00:00Z' });
  books.push(book);
  await withAcme(book, 'acme-of-the-metrics');
  return book;
}

const scrape = async ({ app }: Pick<Minutebook, 'app'>) => {
  const response = await app.inject({ method: 'GET', url: '/metrics' });
  expect([response.statusCode, response.headers['content-type']]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  return response.body;
};

test('the page is well formed, names every gauge, needs no key and tells nothing of a workspace', async () => {
  const book = await startBook();
  await sendUsage(book, [report('2025-02-10T11:00:00Z', '2025-02-10T11:10:00Z', { workspace: 'acme-of-the-metrics' })]);
  await sendUsage(book, [report('2025-02-10T11:00:00Z', '2025-02-10T11:10:00Z', { workspace: 'nobody-yet' })]);
  await book.call('GET', '/v1/workspaces/acme-of-the-metrics/usage');
  const text = await scrape(book);
  const families = parseExposition(text);
  for (const [name, { help, type }] of families) expect([name, help, type]).not.toContain('');
  const gauges = databaseGauges.flatMap((group) => Object.keys(group.gauges)).map((name) => `minutebook_${name}`);
  expect([...families.keys()]).toEqual(
    expect.arrayContaining([...gauges, 'minutebook_database_up', 'nodejs_eventloop_lag_seconds']),
  );
  expect(text).not.toMatch(/acme|nobody/);
});

test('answers are counted by method, route and status, whoever asks for whatever', async () => {
  const book = await startBook();
  await book.call('GET', '/v1/workspaces/acme-of-the-metrics/usage?period=2025-01');
  await book.call('GET', '/v1/workspaces/acme-of-the-metrics/usage?period=2025-02');
  await book.call('GET', '/v1/workspaces/other/usage');
  await book.call('GET', '/v1/workspaces/acme-of-the-metrics/usage', { key: 'wrong' });
  await book.app.inject({ method: 'OPTIONS', url: '/what/ever/1' });
  await book.app.inject({ method: 'GET', url: '/what/ever/2' });
  const text = await scrape(book);
  const route = '/v1/workspaces/:workspace/usage';
  const of = (labels: Record<string, string>) => sampleOf(text, 'minutebook_http_requests_total', labels);
  expect(of({ route, status: '200' })).toBe(2);
  expect(of({ route, status: '404' })).toBe(1);
  expect(of({ route, status: '401' })).toBe(1);
  expect(of({ route: 'none', method: 'any', status: '404' })).toBe(2);
  expect(sampleOf(text, 'minutebook_http_request_duration_seconds_count', { route, method: 'GET' })).toBe(4);
  // This one.
  expect(sampleOf(text, 'minutebook_http_requests_in_flight')).toBe(1);
});

test('a caller who leaves before the answer is neither in flight for ever nor counted as answered', async () => {
  const book = await startBook();
  await book.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = book.app.server.address() as { port: number };
  const trx = await book.db.transaction();
  await trx.raw('lock table workspaces in access exclusive mode');
  const socket = createConnection({ host: '127.0.0.1', port });
  const { admin } = book.keys;
  socket.write(`GET /v1/workspaces/acme-of-the-metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${admin}\r\n\r\n`);
  const inFlight = async () => sampleOf(await scrape(book), 'minutebook_http_requests_in_flight');
  await until('the call is in flight', async () => (await inFlight()) === 2);
  socket.destroy();
  await until('it has left', async () => (await inFlight()) === 1);
  await trx.rollback();
  const aborted = { route: '/v1/workspaces/:workspace', status: 'aborted' };
  expect(sampleOf(await scrape(book), 'minutebook_http_requests_total', aborted)).toBe(1);
});

test('what waits is counted: unfolded reports, quarantine by reason, the outbox, periods past their end', async () => {
  const book = await startBook();
  const usage = { workspace: 'acme-of-the-metrics' };
  await sendUsage(book, [report('2025-01-10T11:00:00Z', '2025-01-10T11:10:00Z', usage)]);
  await sendUsage(book, [
    report('2025-01-10T11:00:00Z', '2025-01-10T11:10:00Z', { workspace: 'nobody-yet' }),
    report('2025-01-10T11:00:00Z', '2025-01-10T11:10:00Z', { ...usage, instanceType: 'unpriced' }),
    report('2025-01-10T12:00:00Z', '2025-01-10T12:10:00Z', { ...usage, instanceType: 'unpriced' }),
  ]);
  await book.db.raw(`update outbox set created_at = now() - interval '90 s', attempts = 1
    where outbox_id = (select min(outbox_id) from outbox)`);
  book.setClock('2025-02-10T12:05:00Z');
  const text = await scrape(book);
  const of = (name: string, labels?: Record<string, string>) => sampleOf(text, `minutebook_${name}`, labels);
  const { shard } = await book.db('workspaces').first('shard');
  expect(of('unfolded_report_age_seconds', { shard: String(shard) })).toBe(300);
  expect(of('unfolded_report_age_seconds', { shard: String((shard + 1) % 16) })).toBe(0);
  expect(of('quarantine_reports', { reason: 'no_price' })).toBe(2);
  expect(of('quarantine_reports', { reason: 'unknown_workspace' })).toBe(1);
  expect(of('quarantine_oldest_age_seconds')).toBe(300);
  // A start for January and one for February.
  expect([of('outbox_rows'), of('outbox_refused_rows')]).toEqual([2, 1]);
  expect(of('outbox_oldest_age_seconds')).toBeGreaterThanOrEqual(90);
  expect(of('outbox_oldest_age_seconds')).toBeLessThan(120);
  expect(of('periods_past_end', { status: 'open' })).toBe(1);
  expect(of('periods_past_end', { status: 'waiting' })).toBe(0);
  expect(of('usage_partitions_ahead_days')).toBe(0);
  expect(of('database_up')).toBe(1);
});

test('folding and rolling up lower what waits, and a waiting month says for what', async () => {
  const book = await startBook();
  book.setClock('2025-02-10T12:30:00Z');
  const usage = { workspace: 'acme-of-the-metrics' };
  await sendUsage(book, [report('2025-01-10T11:00:00Z', '2025-01-10T11:10:00Z', usage)]);
  await meterWorkspace(book.db, usage.workspace);
  // Created on 10 February, so that the deadline is the day after.
  await book.activities.billing.finalizeInvoice({ ...usage, month: '2025-01' });
  const text = await scrape(book);
  const of = (name: string, labels?: Record<string, string>) => sampleOf(text, `minutebook_${name}`, labels);
  expect(of('periods_past_end', { status: 'waiting' })).toBe(1);
  expect(of('periods_waiting', { waiting_for: 'complete_usage' })).toBe(1);
  expect(of('periods_waiting', { waiting_for: 'earlier_period' })).toBe(0);
  expect(of('rollup_pending', { kind: 'hours' })).toBe(0);
  expect(of('rollup_pending', { kind: 'credits' })).toBe(1);
  const ages = parseExposition(text).get('minutebook_unfolded_report_age_seconds')?.series ?? [];
  expect(ages.map(({ value }) => value)).toEqual(Array.from({ length: 16 }, () => 0));
});

test('with Postgres away the page is there within three seconds, with what the process knows', async () => {
  const db = connect({ url: 'postgres://nobody@127.0.0.1:1/none', acquireTimeoutMs: 15_000 });
  const settings = testSettings();
  const connections = { db, appender: new UsageAppender(), clock: Date.now, settings };
  const app = await buildApp({
    ...connections,
    bodyLimitBytes: 1_000_000,
    pdf: pdfRenderer({}),
    log: pino({ level: 'silent' }),
  });
  try {
    const began = Date.now();
    const text = await scrape({ app });
    expect(Date.now() - began).toBeLessThan(3000);
    expect(sampleOf(text, 'minutebook_database_up')).toBe(0);
    expect(sampleOf(text, 'minutebook_database_pool_connections_max')).toBe(10);
    expect(sampleOf(text, 'minutebook_outbox_rows')).toBeUndefined();
  } finally {
    await app.close();
    await db.destroy();
  }
});
