// The connection to Postgres: a knex pool whose rows arrive in this project's own types.
import type { Writable } from 'node:stream';
import knex, { type Knex } from 'knex';
import pg from 'pg';

/** A pool or a transaction: the first parameter of everything in db/. */
export type Db = Knex;

/** A transaction, where a function must not be called outside of one. */
export type Trx = Knex.Transaction;

const oid = { int8: 20, date: 1082, timestamptz: 1184, numeric: 1700, int8Array: 1016 };

const parseTimestamp = (text: string): number => Date.parse(`${text.replace(' ', 'T')}:00`);

// node-postgres hands out int8 as a string, a date as local midnight and a timestamptz as a Date. Here int8 is a bigint
// (money), a date stays `YYYY-MM-DD`, and an instant is epoch milliseconds. The session's time zone is UTC, so that a
// timestamptz always ends in `+00`. numeric stays a string on purpose: nothing here should ever select one.
const types = {
  getTypeParser(type: number, format?: 'text' | 'binary') {
    if (type === oid.int8) return BigInt;
    if (type === oid.timestamptz) return parseTimestamp;
    if (type === oid.date || type === oid.numeric) return String;
    return pg.types.getTypeParser(type, format);
  },
};

// Lost connections: whoever asked for one gets the error, and logs it; knex would print it a second time.
const saidElsewhere = /^(Acquire connection error|Connection Error)/;

function tell(warning: string): void {
  if (!saidElsewhere.test(warning)) console.warn(warning);
}

type Answer = (error: Error | null, result: unknown) => void;
type Connection = {
  query(statement: unknown, answer: Answer): unknown;
  end(ended: () => void): void;
  readonly connection: { readonly stream: Writable };
};
type Done = (error: null, connection: Connection) => void;

// node-postgres gives up waiting for an answer and leaves the connection as it is: the statement may still run, and what
// is sent next waits behind it. knex would roll back, not wait for long, and put the connection back into the pool; once
// Postgres goes on, the next to use it would find itself in a stranger's open transaction and commit it. So it is ended
// before knex hears of the error. Postgres finds its client gone, at the latest when the statement is done, and rolls back.
function endAfterTimeout(connection: Connection): void {
  const query = connection.query.bind(connection);
  connection.query = (statement, answer) =>
    query(statement, (error, result) => {
      if (error?.message !== 'Query read timeout') return answer(error, result);
      // No orderly farewell: with a statement on its way node-postgres closes the socket at once.
      connection.end(() => answer(error, result));
    });
}

// What a transaction asks for together leaves in one write, and Postgres is woken once for it: each write costs 40 µs.
function sendTogether(connection: Connection): void {
  const { stream } = connection.connection;
  const query = connection.query.bind(connection);
  let isHeld = false;
  const release = () => {
    isHeld = false;
    stream.uncork();
  };
  connection.query = (statement, answer) => {
    if (!isHeld) {
      isHeld = true;
      stream.cork();
      process.nextTick(release);
    }
    return query(statement, answer);
  };
}

/**
 * Opens a pool on `url`. Sessions run in UTC. Statements are prepared by name (see statement.ts), so a pooler in front
 * must keep prepared statements (PgBouncer 1.21 and newer does, in transaction mode too).
 */
export function connect({
  url,
  poolMax = 10,
  name = 'minutebook',
  acquireTimeoutMs = 15_000,
  statementTimeoutMs,
}: {
  url: string;
  poolMax?: number;
  name?: string;
  /** How long a caller waits for a connection, where Postgres is away or all are in use. */
  acquireTimeoutMs?: number;
  /**
   * How long a statement may take, waiting for locks included; for ever when left out. Postgres ends it; where Postgres
   * does not answer either, its connection, and with it its transaction, is given up two seconds later.
   */
  statementTimeoutMs?: number;
}): Db {
  const afterCreate = (connection: Connection, done: Done) => {
    sendTogether(connection);
    if (statementTimeoutMs !== undefined) endAfterTimeout(connection);
    done(null, connection);
  };
  const pool = knex({
    client: 'pg',
    connection: {
      connectionString: url,
      application_name: name,
      options: sessionOptions(statementTimeoutMs),
      connectionTimeoutMillis: acquireTimeoutMs,
      // What a transaction asks for at once is sent at once; each statement has its answer or error all the same.
      pipeline: true,
      ...(statementTimeoutMs === undefined ? {} : { query_timeout: statementTimeoutMs + answerMs }),
      types,
    } as Knex.PgConnectionConfig,
    pool: { min: 0, max: poolMax, afterCreate },
    acquireConnectionTimeout: acquireTimeoutMs,
    log: { warn: tell },
  });
  beginReadingAtOnce(pool);
  return pool;
}

type Transaction = { readonly readOnly?: boolean; begin(connection: unknown): Promise<unknown> };

// What a transaction reads that only reads goes right behind its BEGIN. Where that fails, knex rejects the transaction, whatever
// its reads have answered by then. One that writes waits: its writes would stay by themselves.
function beginReadingAtOnce(pool: Db): void {
  const client = pool.client as { transaction(...given: readonly unknown[]): Transaction };
  const transaction = client.transaction.bind(client);
  client.transaction = (...given) => {
    const made = transaction(...given);
    if (made.readOnly !== true) return made;
    const begin = made.begin.bind(made);
    made.begin = async (connection) => {
      void begin(connection);
    };
    return made;
  };
}

// Of two that wait for each other, as of one that hangs, Postgres hears first.
const answerMs = 2_000;

// A transaction whose process is gone or stuck between two statements holds its locks no longer than one of them may take.
function sessionOptions(statementTimeoutMs: number | undefined): string {
  const utc = '-c timezone=UTC';
  if (statementTimeoutMs === undefined) return utc;
  return `${utc} -c statement_timeout=${statementTimeoutMs} -c idle_in_transaction_session_timeout=${statementTimeoutMs}`;
}
