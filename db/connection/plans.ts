// Postgres weighs a prepared statement's one plan against plans made anew for each execution, and counts for the one plan every
// partition that there is, although only those are opened that the values ask for. With a year of months it makes each plan
// anew: three statements of a tick did, 1.5 ms each a shard, and a tick of a small fleet cost half as much again.
import type { Trx } from './knex';
import { type Bindings, statement } from './statement';

const keep = statement(`select set_config('plan_cache_mode', 'force_generic_plan', true)`);

/**
 * Has the statements of the rest of a transaction planned once a connection: such as are planned the same whatever their values
 * are. One that leaves out a condition where a value is null is not of them.
 */
export async function keepPlans(trx: Trx): Promise<void> {
  await keep(trx);
}

const forMany = statement(`
  select set_config('minutebook.planned', current_setting('plan_cache_mode'), true),
    set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_sort', 'off', true)`);
const asBefore = statement(`
  select set_config('plan_cache_mode', current_setting('minutebook.planned'), true), set_config('enable_sort', 'on', true)`);

/**
 * Asks one statement, planned for its values, and what it adds up hashed: such as does much, and how depends on how much it is. The
 * planner, who expects little of a table until its rows were counted, would sort it: 2.8 and not 2.0 µs a replica's hour. Whatever
 * the transaction asks beside it is planned as before. Not for one that joins large tables: without sorting, the planner who knows
 * nothing of them compares each row with each.
 */
export async function plannedForMany<Row>(
  trx: Trx,
  ask: (trx: Trx, bindings: Bindings) => Promise<readonly Row[]>,
  bindings: Bindings,
): Promise<readonly Row[]> {
  const [, rows] = await Promise.all([forMany(trx), ask(trx, bindings), asBefore(trx)]);
  return rows;
}

const readInOrder = statement(`select set_config('enable_bitmapscan', 'off', true)`);

/**
 * Has the statements of the rest of a transaction read their tables in the order of an index, and so no further than they need.
 * The planner, who takes what a snapshot leaves of a backlog for little, would read and sort all of it for the first part.
 */
export async function readByIndex(trx: Trx): Promise<void> {
  await readInOrder(trx);
}

const readQueue = statement(`
  select set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true)`);

/**
 * The same, whatever Postgres knows of the tables: of one that is mostly empty, and full at once, it expects a row or two, for which it
 * looks through all that there is, again for each.
 */
export async function readByIndexAlone(trx: Trx): Promise<void> {
  await readQueue(trx);
}
