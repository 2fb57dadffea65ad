import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pino } from 'pino';
import { buildApp } from '../../api/app';
import { pdfRenderer } from '../../gateways/pdf/render';
import { createDependencies, type Dependencies } from '../../runtime/dependencies';
import { databaseGauges } from '../../runtime/gauges';
import { testConfig } from '../harness/config';
import { createTestDatabase, type TestDatabase } from '../harness/database';
import { parseExposition } from '../harness/exposition';

let database: TestDatabase;
let dependencies: Dependencies;
beforeAll(async () => {
  database = await createTestDatabase();
  dependencies = createDependencies(testConfig({ databaseUrl: database.url, temporalAddress: '127.0.0.1:1' }));
});
afterAll(async () => {
  await dependencies.close();
  await database.drop();
});

async function ourMetrics(): Promise<ReadonlySet<string>> {
  const app = await buildApp({
    ...dependencies,
    bodyLimitBytes: 1_000_000,
    pdf: pdfRenderer({}),
    log: pino({ level: 'silent' }),
  });
  const { body } = await app.inject({ method: 'GET', url: '/metrics' });
  await app.close();
  const names = [body, await dependencies.metrics.text()].flatMap((text) => [...parseExposition(text).keys()]);
  // Without a usage report there is no partition to count.
  const gauges = databaseGauges.flatMap((group) => Object.keys(group.gauges)).map((name) => `minutebook_${name}`);
  return new Set([...names, ...gauges].filter((name) => name.startsWith('minutebook_')));
}

test('the handbook has every metric of API and worker, and its alerts ask for none that does not exist', async () => {
  const handbook = readFileSync(path.resolve(__dirname, '../../docs/operations.md'), 'utf8');
  const ours = await ourMetrics();
  expect([...ours].filter((name) => !handbook.includes(`\`${name.replace('minutebook_', '')}\``))).toEqual([]);
  const asked = [...handbook.matchAll(/expr: [^#]*?(?=\n +(?:for|labels):)/g)].flatMap(
    ([expression]) => expression.match(/minutebook_\w+/g) ?? [],
  );
  expect(asked.length).toBeGreaterThan(10);
  expect(asked.filter((name) => !ours.has(name))).toEqual([]);
});

test('its names are those of the field: base units, and counters that end in _total', async () => {
  const families = parseExposition(await dependencies.metrics.text());
  const counters = [...families].filter(([name, { type }]) => type === 'counter' && name.startsWith('minutebook_'));
  expect(counters.filter(([name]) => !name.endsWith('_total'))).toEqual([]);
  expect([...(await ourMetrics())].filter((name) => /_(ms|millis|minutes|kb)(_|$)/.test(name))).toEqual([]);
});
