// What of the database plans are read with, and the plans.

import type { Db } from '../../../db/connection/knex';
import { type Placement, placements } from '../../../db/placement';
import { type PlanNode, type Reading, readPlan, type Touch } from './plan';

export type Catalog = Omit<Reading, 'parameters'>;

/** The column by which a table lies with its workspace; undefined where it does not. */
export function columnOf(table: string): string | undefined {
  const placed: Placement | undefined = placements[table];
  return placed?.lies === 'with its workspace' ? placed.column : undefined;
}

/** Makes a partition of each partitioned table: of one without any a plan says nothing, of several more than is read here. */
export async function readCatalog(db: Db): Promise<Catalog> {
  await db.raw(`select ensure_usage_reports_day('2031-01-01'), ensure_usage_month('2031-01-01')`);
  const columns = await db.raw(`
    select relname as table, attname as column, attnum - 1 as at from pg_attribute join pg_class on pg_class.oid = attrelid
    where relnamespace = 'public'::regnamespace and attname in ('workspace_id', 'id')`);
  const distributed = new Map<string, { column: string; at: number }>();
  for (const { table, column, at } of columns.rows)
    if (columnOf(table) === column) distributed.set(table, { column, at });
  const partitions = await db.raw(`
    select relname as whole, array_agg(inhrelid::regclass::text) as parts
    from pg_class left join pg_inherits on inhparent = pg_class.oid
    where relkind = 'p' and relnamespace = 'public'::regnamespace group by relname`);
  const one = partitions.rows.map(({ whole, parts }: { whole: string; parts: readonly (string | null)[] }) => {
    const [part, ...more] = parts;
    if (part == null || more.length > 0) throw new Error(`${whole} has not one partition: make one in catalog.ts`);
    return [part, whole] as const;
  });
  return { distributed, partitions: new Map(one) };
}

/** What a statement touches, by the plan that is made of it whatever its parameters are. */
export async function touchOf(
  db: Db,
  { sql, parameters }: { readonly sql: string; readonly parameters: readonly string[] },
  catalog: Catalog,
): Promise<Touch> {
  const { rows } = await db.raw(
    `explain (generic_plan, verbose, costs off, format json) ${sql.replaceAll('?', '\\?')}`,
  );
  const plan: PlanNode = rows[0]['QUERY PLAN'][0].Plan;
  return readPlan(plan, { ...catalog, parameters });
}

/** The groups of a touch, for a message. */
export function told({ groups }: Touch): string {
  return [...groups].map(([by, tables]) => `${[...tables].join(', ')} by ${by}`).join('; ');
}
