import { createMetrics } from '../../runtime/metrics';
import { listenForMetrics, type MetricsListener } from '../../runtime/metrics-listener';
import { createTestDatabase, type TestDatabase } from '../harness/database';
import { sampleOf } from '../harness/exposition';
import { testSettings } from '../harness/settings';

let database: TestDatabase;
let listener: MetricsListener | undefined;
beforeAll(async () => {
  database = await createTestDatabase();
  listener = await listenForMetrics({ metricsHost: '127.0.0.1', metricsPort: 0 }, metrics());
});
afterAll(async () => {
  await listener?.close();
  await database.drop();
});

const metrics = () => createMetrics({ db: database.db, clock: Date.now, settings: testSettings() });
const fetchPage = (page: string, method = 'GET') => fetch(`http://127.0.0.1:${listener?.port}${page}`, { method });

test('serves metrics and whether it lives, and nothing else', async () => {
  const page = await fetchPage('/metrics');
  expect(page.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(sampleOf(await page.text(), 'minutebook_database_up')).toBe(1);
  expect(await (await fetchPage('/health/live')).json()).toEqual({ status: 'live' });
  expect((await fetchPage('/v1/workspaces')).status).toBe(404);
  expect((await fetchPage('/metrics', 'POST')).status).toBe(404);
});

test('does not listen without a port, and says so where the port is taken', async () => {
  expect(await listenForMetrics({ metricsHost: '127.0.0.1', metricsPort: undefined }, metrics())).toBeUndefined();
  const taken = listenForMetrics({ metricsHost: '127.0.0.1', metricsPort: listener?.port }, metrics());
  await expect(taken).rejects.toThrow('EADDRINUSE');
});
