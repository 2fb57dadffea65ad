// STRIPE_RATE over all processes: two workers and an API, each with connections of its own as they run, against the emulator,
// which counts what comes in any second.

import { type Charging, chargingConnections } from '../harness/charging-connections';
import { createTestDatabase, type TestDatabase } from '../harness/database';
import { openEmulator, type StripeInTest } from '../stripe/emulator';

const callsPerSecond = 20;

let database: TestDatabase;
let emulator: StripeInTest;
let processes: readonly Charging[];
beforeAll(async () => {
  [database, emulator] = await Promise.all([createTestDatabase(), openEmulator()]);
  processes = (['worker', 'worker', 'api'] as const).map((process) =>
    chargingConnections({ process, databaseUrl: database.url, emulator, callsPerSecond }),
  );
});
afterAll(async () => {
  for (const process of processes ?? []) await process.close();
  await emulator?.close();
  await database?.drop();
});

test('two hundred calls of three processes are no more than the rate in any second, and who waits before a page goes first', async () => {
  let done = 0;
  const doneBefore: number[] = [];
  const calls = processes.flatMap(({ payments }, nth) => {
    const isApi = nth === 2;
    return Array.from({ length: isApi ? 20 : 90 }, async () => {
      await payments.readIntent('pi_never');
      done++;
      if (isApi) doneBefore.push(done);
    });
  });
  await Promise.all(calls);
  const { total, maxPerSecond } = (await emulator.read('calls')) as { total: number; maxPerSecond: number };
  expect(total).toBe(200);
  // Slots are 50 ms apart: calls that a busy machine delays arrive with those after them.
  const delayed = 5;
  expect(maxPerSecond).toBeLessThanOrEqual(callsPerSecond + delayed);
  // In turns with the others once what they did not use is used up: all are through while four fifths of the others wait.
  expect(Math.max(...doneBefore)).toBeLessThanOrEqual(60);
});
