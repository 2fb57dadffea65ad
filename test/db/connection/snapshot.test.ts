import { type AddressInfo, createServer, connect as dial } from 'node:net';
import { connect } from '../../../db/connection/knex';
import { readSnapshot } from '../../../db/connection/snapshot';
import { isUnreachable } from '../../../db/connection/unreachable';
import { createTestDatabase, type TestDatabase } from '../../harness/database';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ poolMax: 1 });
});
afterAll(() => database.drop());

type Raw = { query(statement: { text: string }, ...rest: readonly unknown[]): unknown };

/** Has the pool's one connection send another statement in place of this one, for as long as the work takes. */
async function replacing<T>(text: RegExp, other: string, work: () => Promise<T>): Promise<T> {
  const connection: Raw = await database.db.client.acquireConnection();
  database.db.client.releaseConnection(connection);
  const query = connection.query;
  connection.query = (statement, ...rest) =>
    query.call(connection, text.test(statement.text) ? { ...statement, text: other } : statement, ...rest);
  try {
    return await work();
  } finally {
    connection.query = query;
  }
}

test('what is read at once is read as it stood at one instant, and nothing can be written', async () => {
  const { db } = database;
  await db.raw('create table counted (n int)');
  const count = async () => (await db.raw('select count(*)::int as n from counted')).rows[0].n;
  await db.raw('insert into counted values (1)');
  const counts = await readSnapshot(db, async (trx) => {
    const one = () => trx.raw('select count(*)::int as n, pg_current_snapshot()::text as at from counted');
    const [first, second] = await Promise.all([one(), one()]);
    return [first.rows[0], second.rows[0], (await one()).rows[0]];
  });
  expect(new Set(counts.map(({ n, at }) => `${n} ${at}`)).size).toBe(1);
  await expect(readSnapshot(db, (trx) => trx.raw('insert into counted values (2)'))).rejects.toThrow(/read-only/);
  expect(await count()).toBe(1);
});

test('a snapshot that did not begin is no answer, even where all that was read behind it is there', async () => {
  const read = () => readSnapshot(database.db, async (trx) => (await trx.raw('select 1 as one')).rows);
  await expect(replacing(/^BEGIN/, 'begin nonsense', read)).rejects.toThrow(/syntax error/);
  expect(await read()).toEqual([{ one: 1 }]);
});

test('one of several that fails fails the snapshot, and the connection goes on', async () => {
  const { db } = database;
  const failing = readSnapshot(db, (trx) =>
    Promise.all([trx.raw('select 1'), trx.raw('select 1 / 0'), trx.raw('select 2'), trx.raw('select 3 / 0')]),
  );
  await expect(failing).rejects.toThrow(/division by zero/);
  expect((await db.raw('select 4 as four')).rows).toEqual([{ four: 4 }]);
});

/** The database's address through somebody who passes on what is said to Postgres, until told to keep silent. */
async function startSilenceable() {
  const { hostname, port } = new URL(database.url);
  let isSilent = false;
  const server = createServer((client) => {
    const postgres = dial(Number(port), hostname);
    client.on('data', (chunk) => (isSilent ? undefined : postgres.write(chunk)));
    postgres.pipe(client);
    for (const [socket, other] of [[client, postgres] as const, [postgres, client] as const]) {
      socket.on('error', () => undefined);
      socket.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const url = new URL(database.url);
  url.port = String((server.address() as AddressInfo).port);
  const setSilent = (silent: boolean) => {
    isSilent = silent;
  };
  return { url: url.href, setSilent, close: () => new Promise((resolve) => server.close(resolve)) };
}

test('where Postgres falls silent all that was asked is given up, and the pool goes on with another connection', async () => {
  const silenceable = await startSilenceable();
  const db = connect({ url: silenceable.url, poolMax: 1, statementTimeoutMs: 100 });
  try {
    await db.raw('select 1');
    silenceable.setSilent(true);
    const asked = readSnapshot(db, (trx) =>
      Promise.all([trx.raw('select 1'), trx.raw('select 2'), trx.raw('select 3')]),
    );
    const error = await asked.catch((reason: unknown) => reason);
    expect(isUnreachable(error)).toBe(true);
    silenceable.setSilent(false);
    expect((await db.raw('select 4 as four')).rows).toEqual([{ four: 4 }]);
  } finally {
    await db.destroy();
    await silenceable.close();
  }
});
