import type { Db } from '../../db/connection/knex';
import { createGaugeReader } from '../../runtime/gauge-reader';
import type { GaugeGroup } from '../../runtime/gauges';
import { createTestDatabase, type TestDatabase } from '../harness/database';
import { parseExposition, sampleOf } from '../harness/exposition';
import { testSettings } from '../harness/settings';

let database: TestDatabase;
let poor: TestDatabase;
beforeAll(async () => {
  [database, poor] = await Promise.all([createTestDatabase(), createTestDatabase({ poolMax: 1 })]);
});
afterAll(() => Promise.all([database.drop(), poor.drop()]));

function reader(db: Db, groups: readonly GaugeGroup[]) {
  const failed: string[] = [];
  const settings = testSettings();
  const read = createGaugeReader({ db, clock: Date.now, settings, groups, onFailure: (name) => failed.push(name) });
  return { read, failed };
}

test('Postgres is asked once, however many scrape at the same time and however often', async () => {
  let readings = 0;
  const counted: GaugeGroup = {
    gauges: { readings: 'How often it was read' },
    read: async () => ({ readings: [{ value: ++readings }] }),
  };
  const { read } = reader(database.db, [counted]);
  const texts = await Promise.all(Array.from({ length: 50 }, read));
  texts.push(await read(), await read());
  expect(new Set(texts).size).toBe(1);
  expect(sampleOf(texts[0] ?? '', 'minutebook_readings')).toBe(1);
});

test('a gauge that cannot be read is left out and said, the others are shown', async () => {
  const broken: GaugeGroup = {
    gauges: { broken: 'Never' },
    read: async (db) => {
      await db.raw('select * from "the secret table"');
      return {};
    },
  };
  const whole: GaugeGroup = { gauges: { whole: 'Always' }, read: async () => ({ whole: [{ value: 7 }] }) };
  const { read, failed } = reader(database.db, [broken, whole]);
  const text = await read();
  expect(sampleOf(text, 'minutebook_whole')).toBe(7);
  expect(parseExposition(text).has('minutebook_broken')).toBe(false);
  expect(text).toMatch(/^# broken could not be read: 42P01$/m);
  expect(text).not.toContain('secret');
  expect(failed).toEqual(['broken']);
});

test('while every connection of the pool is in use the page says that Postgres was not read, and soon', async () => {
  const trx = await poor.db.transaction();
  const { read } = reader(poor.db, []);
  const began = Date.now();
  expect(sampleOf(await read(), 'minutebook_database_up')).toBe(0);
  expect(Date.now() - began).toBeLessThan(3000);
  await trx.rollback();
});
