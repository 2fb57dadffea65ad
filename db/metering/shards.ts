// Metering works through shards of workspaces (see locks.ts for who holds one).

/** As the database has it: workspaces.shard is generated from the id. */
export const shardCount = 16;

export const everyShard: readonly number[] = Array.from({ length: shardCount }, (_, shard) => shard);
