import { createServer, type Server } from 'node:net';
import { pino } from 'pino';
import { buildApp } from '../../api/app';
import { connect, type Db } from '../../db/knex';
import { UsageAppender } from '../../db/usage-reports';
import { nanos } from '../../domain/money';
import { createEmptyDatabase, createTestDatabase } from '../harness/database';
import { inject, type Problem } from './minutebook';

const closings: (() => Promise<void>)[] = [];
afterEach(async () => {
  // The last opened first.
  for (const close of closings.splice(0).reverse()) await close();
});

async function appOn(db: Db) {
  const settings = { bodyLimitBytes: 1_000_000, freeCreditsNanos: nanos(0n), closeSpreadMs: 0 };
  const shared = { db, appender: new UsageAppender(), clock: Date.now, settings };
  const app = await buildApp({ ...shared, log: pino({ level: 'silent' }) });
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
