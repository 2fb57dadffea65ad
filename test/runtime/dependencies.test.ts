// What the worker is made of: an activity gets on with the answers that it gets from Postgres, and with nothing else.

import { setTimeout as sleep } from 'node:timers/promises';
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

/** For how long an activity has got nothing done once some work is over that it began after a pause. */
async function silenceAfter(work: () => Promise<unknown>): Promise<number> {
  const { progress } = dependencies;
  const environment = new MockActivityEnvironment();
  return environment.run(async () => {
    progress.note();
    await sleep(pauseMs);
    await work();
    return progress.silenceMs(environment.context);
  });
}

const pauseMs = 300;

test('each statement that was answered shows that its activity gets on, in a transaction, too', async () => {
  const { db } = dependencies;
  expect(await silenceAfter(async () => undefined)).toBeGreaterThanOrEqual(pauseMs - 1);
  expect(await silenceAfter(() => db.raw('select 1'))).toBeLessThan(pauseMs - 1);
  expect(await silenceAfter(() => db.transaction(async (trx) => [await trx.raw('select 1')]))).toBeLessThan(
    pauseMs - 1,
  );
});

test('a statement that hangs shows nothing, and what one activity gets done is none of another', async () => {
  const { db, progress } = dependencies;
  const hanging = new MockActivityEnvironment();
  const hangs = hanging.run(async () => {
    progress.note();
    await db.raw('select pg_sleep(1)');
  });
  await sleep(pauseMs);
  expect(await silenceAfter(() => db.raw('select 1'))).toBeLessThan(pauseMs - 1);
  await db.raw('select 3');
  expect(progress.silenceMs(hanging.context)).toBeGreaterThanOrEqual(2 * pauseMs - 1);
  await hangs;
  expect(progress.silenceMs(hanging.context)).toBeLessThan(pauseMs);
});

test('a real activity shows that it gets on, and tells Temporal nothing of that while it is short', async () => {
  const { progress, activities } = dependencies;
  const environment = new MockActivityEnvironment();
  let beats = 0;
  environment.on('heartbeat', () => beats++);
  await environment.run(async () => {
    progress.note();
    await sleep(pauseMs);
    await activities.usage.foldReports({ group: 1, groups: 16 });
    expect(progress.silenceMs(environment.context)).toBeLessThan(pauseMs - 1);
    await activities.billing.mendPeriods();
  });
  expect(beats).toBe(0);
  await expect(activities.usage.rollUpHours({ group: 1, groups: 16 })).resolves.toBe(0);
});
