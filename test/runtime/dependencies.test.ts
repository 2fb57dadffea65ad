// What the worker is made of: an activity beats with the answers that it gets from Postgres, and with nothing else.

import { MockActivityEnvironment } from '@temporalio/testing';
import { createDependencies, type Dependencies } from '../../runtime/dependencies';
import { testConfig } from '../harness/config';
import { createTestDatabase, type TestDatabase } from '../harness/database';

let database: TestDatabase;
let dependencies: Dependencies;

beforeAll(async () => {
  database = await createTestDatabase();
  dependencies = createDependencies(testConfig({ databaseUrl: database.url, temporalAddress: 'unused:1' }));
});
afterAll(async () => {
  await dependencies?.close();
  await database?.drop();
});

async function beatsOf(work: () => Promise<unknown>): Promise<number> {
  const environment = new MockActivityEnvironment();
  let beats = 0;
  environment.on('heartbeat', () => beats++);
  await environment.run(work);
  return beats;
}

test('each statement that was answered is a beat, in a transaction, too', async () => {
  const { db } = dependencies;
  expect(await beatsOf(async () => undefined)).toBe(0);
  expect(await beatsOf(() => db.raw('select 1'))).toBe(1);
  const inTransaction = () => db.transaction(async (trx) => [await trx.raw('select 1'), await trx.raw('select 2')]);
  expect(await beatsOf(inTransaction)).toBeGreaterThanOrEqual(2);
});

test('a statement that hangs is no beat, and what one activity gets done is none of another', async () => {
  const { db } = dependencies;
  const hanging = new MockActivityEnvironment();
  let beats = 0;
  hanging.on('heartbeat', () => beats++);
  const hangs = hanging.run(() => db.raw('select pg_sleep(1)'));
  expect(await beatsOf(async () => [await db.raw('select 1'), await db.raw('select 2')])).toBe(2);
  await db.raw('select 3');
  expect(beats).toBe(0);
  await hangs;
  expect(beats).toBe(1);
});

test('a real activity beats, and outside of one nothing does', async () => {
  const { usage, billing } = dependencies.activities;
  expect(await beatsOf(() => usage.foldReports({ group: 1, groups: 16 }))).toBeGreaterThan(1);
  expect(await beatsOf(() => billing.mendPeriods())).toBeGreaterThan(1);
  await expect(usage.rollUpHours({ group: 1, groups: 16 })).resolves.toBe(0);
});
