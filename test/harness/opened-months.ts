// Which monthly partitions a statement opens, planned once for all values as in a process that has run for a while.
import type { Db } from '../../db/connection/knex';

export type Asked = { readonly sql: string; readonly bindings: readonly unknown[] };

const monthly = /\b(?:replica_hours|usage_hours|hour_totals|usage_days|active_days)\b/;

/** Notes what a pool is asked about the monthly tables, each statement as often as it is asked. */
export function noteMonthly(db: Db, noted: Asked[]): void {
  db.on('query', ({ sql, bindings }: Asked) => {
    if (monthly.test(sql)) noted.push({ sql, bindings });
  });
}

/** The partitions that are opened, before any row is read: `usage_hours_202501`. */
export async function openedBy(db: Db, { sql, bindings }: Asked): Promise<readonly string[]> {
  const trx = await db.transaction();
  try {
    const run = (text: string) => trx.raw(text.replaceAll('?', '\\?')) as unknown as Promise<{ rows: unknown[] }>;
    await run(`set local plan_cache_mode = force_generic_plan`);
    await run(`prepare asked as ${sql}`);
    const values = bindings.map((value) => (value === null ? 'null' : `'${String(value).replaceAll("'", "''")}'`));
    const { rows } = await run(
      `explain (format json) execute asked${values.length === 0 ? '' : `(${values.join(', ')})`}`,
    );
    await run('deallocate asked');
    return [
      ...new Set([...JSON.stringify(rows).matchAll(/"Relation Name":"(\w+_\d{6})"/g)].map(([, name = '']) => name)),
    ];
  } finally {
    await trx.rollback();
  }
}
