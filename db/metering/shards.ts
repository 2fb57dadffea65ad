// Metering works through shards of workspaces. Each is worked on by one session at a time: two folds of the same masks
// would do the work twice and could deadlock. Invoices of a shard are issued under the same lock, shared, so that no hour
// changes under an invoice being made.
import type { Trx } from '../connection/knex';
import { numberArray, statement } from '../connection/statement';

/** As the database has it: workspaces.shard is generated from the id. */
export const shardCount = 16;

export const everyShard: readonly number[] = Array.from({ length: shardCount }, (_, shard) => shard);

const lock = statement(`
  select pg_advisory_xact_lock(712, shard) from unnest(:shards::int[]) as listed (shard) order by shard`);
const share = statement(`select pg_advisory_xact_lock_shared(712, :shard::int)`);

/** Holds metering and invoices of these shards until the transaction ends; always in ascending order, so nobody deadlocks. */
export async function lockShards(trx: Trx, shards: readonly number[]): Promise<void> {
  await lock(trx, { shards: numberArray(shards) });
}

/** Keeps metering of a shard out until the transaction ends, beside others who do the same. */
export async function shareShard(trx: Trx, shard: number): Promise<void> {
  await share(trx, { shard });
}
