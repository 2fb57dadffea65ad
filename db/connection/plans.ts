// Postgres weighs a prepared statement's one plan against plans made anew for each execution, and counts for the one plan every
// partition that there is, although only those are opened that the values ask for. With a year of months it makes each plan
// anew: three statements of a tick did, 1.5 ms each a shard, and a tick of a small fleet cost half as much again.
import type { Trx } from './knex';
import { statement } from './statement';

const keep = statement(`select set_config('plan_cache_mode', 'force_generic_plan', true)`);

/**
 * Has the statements of the rest of a transaction planned once a connection: such as are planned the same whatever their values
 * are. One that leaves out a condition where a value is null is not of them.
 */
export async function keepPlans(trx: Trx): Promise<void> {
  await keep(trx);
}
