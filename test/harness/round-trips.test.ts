import { Client } from 'pg';
import { connect, type Db } from '../../db/connection/knex';
import { createTestDatabase, type TestDatabase } from './database';
import { type CountedServer, countRoundTrips } from './round-trips';

let database: TestDatabase;
let server: CountedServer;
let db: Db;
beforeAll(async () => {
  database = await createTestDatabase();
  server = await countRoundTrips(database.url);
  db = connect({ url: server.url, poolMax: 1 });
  await db.raw('select 1');
});
afterAll(async () => {
  await db.destroy();
  await server.close();
  await database.drop();
});

test('a statement is a round trip however much it asks and answers, and a transaction two more', async () => {
  const long = 'x'.repeat(1_000_000);
  expect(await server.count(() => db.raw('select 1'))).toBe(1);
  expect(await server.count(() => db.raw('select ?::text', [long]))).toBe(1);
  expect(
    await server.count(() =>
      db.transaction(async (trx) => {
        await trx.raw('select 1');
        await trx.raw('select ?::int', [2]);
      }),
    ),
  ).toBe(4);
});

test('statements that are sent without waiting for each other are one, whether they are long or fail', async () => {
  const client = new Client({ connectionString: server.url, pipeline: true });
  await client.connect();
  try {
    const long = 'x'.repeat(300_000);
    const ask = async () => {
      await Promise.allSettled([
        client.query('begin'),
        ...[1, 2, 3].map((number) => client.query('select pg_sleep(0.005), $1::text, $2::int', [long, number])),
        client.query('select 1 / 0'),
        client.query('rollback'),
      ]);
    };
    expect(await server.count(ask)).toBe(1);
  } finally {
    await client.end();
  }
});
