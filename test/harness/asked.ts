// Statements that are noted as they are asked, to be asked again in another way.
import type { Db, Trx } from '../../db/connection/knex';

export type Asked = {
  readonly sql: string;
  readonly bindings: readonly unknown[];
  /** What the transaction had said before of how its statements are planned. */
  readonly planning: readonly Omit<Asked, 'planning'>[];
};

type Query = { readonly sql: string; readonly bindings: readonly unknown[]; readonly __knexTxId?: string };

const planning = /^\s*select set_config\('(?:minutebook\.planned|plan_cache_mode|enable_)/;

/** Notes what a pool is asked about whatever `about` is found in, each statement as often as it is asked. */
export function noteAsked(db: Db, about: RegExp, noted: Asked[]): void {
  const planned = new Map<string, Omit<Asked, 'planning'>[]>();
  db.on('query', ({ sql, bindings, __knexTxId: transaction = '' }: Query) => {
    const before = planned.get(transaction) ?? [];
    if (planning.test(sql)) planned.set(transaction, [...before, { sql, bindings }]);
    else if (about.test(sql) && !/^(?:prepare|execute) asked/.test(sql))
      noted.push({ sql, bindings, planning: before });
  });
}

/** Asks again, or has it explained (`prefix`). Prepared, as plans are kept only of what is; without a knex's own, which would plan it as it is asked. */
export async function askAgain(
  trx: Trx,
  { sql, bindings }: Pick<Asked, 'sql' | 'bindings'>,
  prefix = '',
): Promise<readonly unknown[]> {
  const run = (text: string) => trx.raw(text.replaceAll('?', '\\?')) as unknown as Promise<{ rows: unknown[] }>;
  await run(`prepare asked as ${sql}`);
  const values = bindings.map((value) => (value === null ? 'null' : `'${String(value).replaceAll("'", "''")}'`));
  const { rows } = await run(`${prefix} execute asked${values.length === 0 ? '' : `(${values.join(', ')})`}`);
  await run('deallocate asked');
  return rows;
}
