// A statement: SQL text with named bindings (`:workspace`), prepared once a connection, so that Postgres parses and plans
// it once. Planning is most of the cost of a small statement over a partitioned table.
import { createHash } from 'node:crypto';
import { channel } from 'node:diagnostics_channel';
import type { Db } from './knex';

/** What a binding may be: money goes in as a bigint, an instant as an RFC 3339 string, an array or JSON as text. */
export type Bindings = Readonly<Record<string, string | number | bigint | boolean | null>>;

/** Whoever subscribes to this channel before the modules are loaded is told the text of every statement that is made. */
export const madeStatements = 'minutebook:statement';
const made = channel(madeStatements);

type Connection = object;
type Query = {
  readonly sql: string;
  readonly bindings: readonly unknown[];
  readonly options: { readonly name: string };
  readonly method: 'raw';
};

/** What a pool and a transaction of knex have in common, beneath their builders. */
type KnexClient = {
  acquireConnection(): Promise<Connection>;
  releaseConnection(connection: Connection): Promise<void>;
  query(connection: Connection, query: Query): Promise<{ readonly response: { readonly rows: unknown[] } }>;
  emit(event: 'query-response', response: unknown, query: Query): void;
};

/** Makes a function that runs `text` on a pool or a transaction and answers its rows. */
export function statement<Row>(text: string): (db: Db, bindings?: Bindings) => Promise<readonly Row[]> {
  const { sql, names } = positional(text);
  if (made.hasSubscribers) made.publish({ sql, names });
  // Prepared by a hash of the text, so that two versions of the code can share a pooled connection.
  const name = createHash('sha256').update(sql).digest('hex').slice(0, 32);
  return async (db, bindings = {}) => {
    const values = names.map((key) => bound(bindings, key));
    return (await ask(db, { sql, bindings: values, options: { name }, method: 'raw' })) as Row[];
  };
}

// As knex's builder asks, without the builder, which read the text twice for each call to number its bindings, 20 µs a statement: what
// is listened for ('query', 'query-error', 'query-response') and what an error says stay the same. Asked in one turn, a statement
// goes out before what is asked by a builder or as raw text.
async function ask(db: Db, query: Query): Promise<unknown[]> {
  const client: KnexClient = db.client;
  const connection = await client.acquireConnection();
  try {
    const { response } = await client.query(connection, query);
    client.emit('query-response', response, query);
    return response.rows;
  } finally {
    void client.releaseConnection(connection);
  }
}

/** `:name` to `$1`, leaving `::casts` alone. Done once a statement and not once a call. */
function positional(text: string): { sql: string; names: readonly string[] } {
  // knex would number it as a binding.
  if (/(?<!\\)\?/.test(text))
    throw new Error(`statement: expected bindings by name and \\? for an operator, there is a ? in ${text}`);
  const names: string[] = [];
  const sql = text.replace(/(?<!:):([a-z]\w*)/gi, (_match, key: string) => `$${names.push(key)}`);
  return { sql, names };
}

function bound(bindings: Bindings, key: string): string | number | boolean | null {
  const value = bindings[key];
  if (value === undefined) throw new Error(`statement: no value for the binding :${key}`);
  return typeof value === 'bigint' ? value.toString() : value;
}

/** A Postgres array literal of numbers. Quicker than the driver's own, which escapes every element. */
export function numberArray(values: readonly (number | bigint)[]): string {
  return `{${values.join(',')}}`;
}

/** A Postgres array literal of strings. */
export function textArray(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replace(/[\\"]/g, '\\$&')}"`).join(',')}}`;
}
