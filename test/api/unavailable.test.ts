import { createServer, type Server } from 'node:net';
import { pino } from 'pino';
import { buildApp } from '../../api/app';
import { createApiKey } from '../../commands/create-key';
import { connect, type Db } from '../../db/connection/knex';
import { UsageAppender } from '../../db/intake/reports';
import { nanos } from '../../domain/money';
import { pdfRenderer } from '../../gateways/pdf/render';
import { createEmptyDatabase, createTestDatabase } from '../harness/database';
import { testSettings } from '../harness/settings';
import { inject, type Problem } from './minutebook';

const closings: (() => Promise<void>)[] = [];
afterEach(async () => {
  // The last opened first.
  for (const close of closings.splice(0).reverse()) await close();
});

async function appOn(db: Db) {
  const settings = testSettings({ freeCreditsNanos: nanos(0n), closeSpreadMs: 0 });
  const connections = { db, appender: new UsageAppender(), clock: Date.now, settings };
  const app = await buildApp({
    ...connections,
    bodyLimitBytes: 1_000_000,
    pdf: pdfRenderer({}),
    log: pino({ level: 'silent' }),
  });
  closings.push(async () => {
    await app.close();
    await db.destroy();
  });
  return app;
}

const usage = { method: 'POST', url: '/v1/usage', key: 'k', body: { source: 's', reports: [] } } as const;

test('with Postgres away reports are refused at once, with when to come back', async () => {
  const app = await appOn(connect({ url: 'postgres://nobody@127.0.0.1:1/none', acquireTimeoutMs: 4000 }));
  const began = Date.now();
  const { status, body, headers } = await inject<Problem>(app, usage);
  expect([status, body.code, headers['retry-after']]).toEqual([503, 'unavailable', '5']);
  expect(headers['content-type']).toMatch('application/problem+json');
  expect((await inject(app, { method: 'GET', url: '/health/ready' })).status).toBe(503);
  expect((await inject(app, { method: 'GET', url: '/health/live' })).status).toBe(200);
  expect(Date.now() - began).toBeLessThan(5000);
});

test('a Postgres that takes connections and says nothing is away as well', async () => {
  const silent = await listen(createServer());
  const app = await appOn(connect({ url: `postgres://nobody@127.0.0.1:${silent}/none`, acquireTimeoutMs: 500 }));
  const { status, headers } = await inject<Problem>(app, usage);
  expect([status, headers['retry-after']]).toEqual([503, '5']);
});

test('a database without its schema is not ready, and the answer says what is missing', async () => {
  const { db, drop } = await createEmptyDatabase();
  const app = await appOn(db);
  closings.push(drop);
  const { status, body } = await inject<Problem>(app, { method: 'GET', url: '/health/ready' });
  expect(status).toBe(503);
  expect(body.detail).toMatch('001-accounts');
});

test('connections that Postgres has ended are replaced by new ones', async () => {
  const { db, url, drop } = await createTestDatabase();
  closings.push(drop);
  const app = await appOn(connect({ url }));
  const ready = async () => (await inject(app, { method: 'GET', url: '/health/ready' })).status;
  expect(await ready()).toBe(200);
  await db.raw(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  // The pool learns of it a moment later; a call that is quicker is told to come back.
  let status = 0;
  for (let tries = 0; tries < 20 && status !== 200; tries++) {
    status = await ready();
    expect([200, 503]).toContain(status);
  }
  expect(status).toBe(200);
});

test('a statement that hangs ends with 503, and its half-finished transaction is nobody else’s', async () => {
  const { db, url, drop } = await createTestDatabase();
  closings.push(drop);
  const key = await createApiKey(db, { role: 'admin', name: 'test' });
  // One connection: whoever comes next would get the one on which the statement hung.
  const app = await appOn(connect({ url, poolMax: 1, statementTimeoutMs: 500 }));
  await inject(app, { method: 'PUT', url: '/v1/prices', key, body: [price] });
  await inject(app, { method: 'PUT', url: '/v1/workspaces/acme', key, body: workspace });
  const report = (of: string, hour: string) =>
    inject<Problem>(app, { method: 'POST', url: '/v1/usage', key, body: usageOf([of, 'unknown'], hour) });
  expect((await report('acme', '01')).status).toBe(202);
  const stored = async () => {
    const { rows } = await db.raw(`
      select (select count(*) from usage_reports) as reports, (select count(*) from usage_quarantine) as quarantined`);
    return rows[0];
  };
  expect(await stored()).toEqual({ reports: 1n, quarantined: 1n });

  const lock = await db.transaction();
  closings.push(async () => void (await lock.rollback()));
  await lock.raw('lock table usage_reports');
  const began = Date.now();
  // Into quarantine the other report gets; then the transaction hangs.
  const { status, body, headers } = await report('acme', '02');
  expect([status, body.code, headers['retry-after']]).toEqual([503, 'unavailable', '5']);
  expect(Date.now() - began).toBeLessThan(2000);
  // The pool's one place is free again at once.
  const other = await inject<Problem>(app, { method: 'GET', url: '/v1/workspaces/acme', key });
  expect(other.status).toBe(200);
  await lock.rollback();

  const again = await report('acme', '02');
  expect([again.status, again.body]).toEqual([202, { accepted: 1, quarantined: 1, ignored: 0 }]);
  expect(await stored()).toEqual({ reports: 2n, quarantined: 2n });
});

const price = { instanceType: 'T4', usdPerMinute: '0.01', effectiveFrom: '2026-01-01T00:00:00Z' };
const workspace = { name: 'Acme', billingEmail: 'a@acme.example', startsAt: '2026-01-01T00:00:00Z' };

function usageOf(workspaces: readonly string[], hour: string) {
  const [from, to] = [`2026-01-01T${hour}:00:00Z`, `2026-01-01T${hour}:10:00Z`];
  const facts = { model: 'm', version: '1', replica: 'r', instanceType: 'T4', phase: 'serving', from, to };
  return { source: 's', reports: workspaces.map((workspace) => ({ ...facts, workspace })) };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closings.push(() => new Promise((resolve) => server.close(() => resolve())));
  server.on('connection', (socket) => {
    closings.push(async () => {
      socket.destroy();
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
