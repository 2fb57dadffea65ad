// How a statement goes to Postgres and comes back, on a pool and in a transaction.
import { statement } from '../../../db/connection/statement';
import { createTestDatabase, type TestDatabase } from '../../harness/database';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

const echo = statement<{ said: string; nth: bigint; json: boolean }>(`
  select :said::text as said, :nth::int8 as nth, '{"a": 1}'::jsonb \\? 'a' as json`);
const fail = statement(`select 1 / :by::int`);
const one = statement<{ one: number }>('select 1 as one');

type Stream = {
  _writev(chunks: unknown, done: unknown): void;
  _write(chunk: unknown, as: unknown, done: unknown): void;
};
type Connection = { readonly connection: { readonly stream: Stream } };

it('what a transaction asks for together leaves in one write', async () => {
  await test.db.transaction(async (trx) => {
    const { stream } = ((await trx.client.acquireConnection()) as Connection).connection;
    const together = jest.spyOn(stream, '_writev');
    const alone = jest.spyOn(stream, '_write');
    const answers = await Promise.all([one(trx), echo(trx, { said: '$1 ? :said', nth: 2n }), one(trx)]);
    expect(answers).toEqual([[{ one: 1 }], [{ said: '$1 ? :said', nth: 2n, json: true }], [{ one: 1 }]]);
    expect([together.mock.calls.length, alone.mock.calls.length]).toEqual([1, 0]);
    // And what is asked for afterwards is not held back.
    expect(await one(trx)).toEqual([{ one: 1 }]);
    expect([together.mock.calls.length, alone.mock.calls.length]).toEqual([2, 0]);
    jest.restoreAllMocks();
  });
});

it('of statements sent together each has its own answer or error', async () => {
  const asked = test.db.transaction((trx) => Promise.allSettled([one(trx), fail(trx, { by: 0 }), one(trx)]));
  const [before, failed, after] = await asked;
  expect(before).toEqual({ status: 'fulfilled', value: [{ one: 1 }] });
  expect(failed).toMatchObject({ status: 'rejected', reason: { code: '22012' } });
  expect(after).toMatchObject({ status: 'rejected', reason: { code: '25P02' } });
  expect(await one(test.db)).toEqual([{ one: 1 }]);
});

it('listeners of the pool are told of what is asked and of what is answered', async () => {
  const told: unknown[] = [];
  const ask = ({ sql, bindings }: { sql: string; bindings: unknown }) => told.push({ sql, bindings });
  const answer = ({ rows }: { rows: unknown }) => told.push(rows);
  test.db.on('query', ask);
  test.db.on('query-response', answer);
  const asked = statement('select :of::int as asked');
  await test.db.transaction((trx) => asked(trx, { of: 7 }));
  test.db.removeListener('query', ask);
  test.db.removeListener('query-response', answer);
  expect(told).toContainEqual({ sql: 'select $1::int as asked', bindings: [7] });
  expect(told).toContainEqual([{ asked: 7 }]);
});

it('a connection goes back to the pool, whatever was answered', async () => {
  for (let nth = 0; nth < 30; nth++) await expect(fail(test.db, { by: 0 })).rejects.toMatchObject({ code: '22012' });
  expect(await one(test.db)).toEqual([{ one: 1 }]);
});

it('nothing is asked in a transaction that is over', async () => {
  const trx = await test.db.transaction(async (kept) => kept);
  await expect(one(trx)).rejects.toThrow(/already complete/);
});

it('a question mark that is no operator is refused as the statement is made', () => {
  expect(() => statement(`select '?' as said`)).toThrow(/there is a \? in select/);
});
