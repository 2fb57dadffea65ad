// Every lock that a transaction of ours takes and waits for, in the order in which they are taken. Whoever takes several
// takes them downwards, so that nobody waits in a circle:
//
//   1. the price book       alone: changing prices; shared: issuing an invoice
//   2. old usage            alone: dropping months of it; shared: taking usage of long ago, correcting or voiding any
//   3. quarantine           by workspace: a batch that brings something there. Several by key
//   4. shards               alone: folding, rolling up, correcting usage; shared: issuing an invoice, judging a guard.
//                           Several ascending
//   5. workspaces' rows     alone: issuing an invoice or a credit note, correcting usage, judging a guard, collecting, payments,
//                           refunds, terms, grants, renaming
//   6. periods' rows        alone: a period that is about to wait, or is closed at last; shared: the first report of a source in a
//                           month, those of its workspace that are not closed. Several by workspace and month
//   7. sources' rows        alone: a batch that moves its mark, at its end, or is the first of its source in a month; shared: a
//                           period that is about to wait
//   8. passing a month      a mark that passes a month's end
//   9. guards' rows         a judgement, and whoever has something to say to it. Several by id
//  10. an e-mail            sending it again, and what came back of it
//  11. endpoints' rows      alone: changing one, noting what it was told, replaying to it; shared: giving events out, to all that
//                           are enabled, by id
//
// A fold may have its shard for seconds, and at a month's turn every workspace's invoice waits for one: so nobody waits for a
// shard with a workspace's row in his hands, and what has to be quick with a row, a payment or a change of terms, waits for no
// fold. Intake takes neither: of an invoice it waits for the last statements alone, and only with a first report of a month.
//
// Keys (717) are changed one at a time, by transactions that take none of these after it. Their use is noted by statements of
// their own, which skip the rows that somebody has.
//
// The making of a partition (715, in the migration) is a transaction of its own, which holds none of these. Rows that are
// claimed (outbox, quarantine, what is dirty) are skipped where somebody has them, or are locked under their shard.
import type { Trx } from './connection/knex';
import { numberArray, statement, textArray } from './connection/statement';

const priceBook = statement(`select pg_advisory_xact_lock(713, 0)`);

/** One change of prices at a time. */
export async function lockPriceBook(trx: Trx): Promise<void> {
  await priceBook(trx);
}

const oldUsageShared = statement(`select pg_advisory_xact_lock_shared(718, 0)`);

/**
 * Keeps months of usage from being dropped, beside others who do the same. Who drops (the function drop_usage_month) waits half
 * a second for it, and for the tables afterwards: so this comes before anything is read of them.
 */
export async function shareOldUsage(trx: Trx): Promise<void> {
  await oldUsageShared(trx);
}

const quarantines = statement(`
  select pg_advisory_xact_lock(716, key)
  from (
    select distinct hashtextextended(id, 0)::bit(32)::int as key from unnest(:workspaces::text[]) as listed (id) order by key
  ) as listed`);

/**
 * One batch at a time brings something of these workspaces (which need not exist) into quarantine: batches with the same
 * reports in another order would wait for each other's.
 */
export async function lockQuarantine(trx: Trx, workspaces: readonly string[]): Promise<void> {
  await quarantines(trx, { workspaces: textArray(workspaces) });
}

const shardsAlone = statement(`
  select pg_advisory_xact_lock(712, shard) from unnest(:shards::int[]) as listed (shard) order by shard`);

/**
 * Holds metering and invoices of these shards. Each is worked on by one session at a time: two folds of the same masks would
 * do the work twice and could deadlock.
 */
export async function lockShards(trx: Trx, shards: readonly number[]): Promise<void> {
  await shardsAlone(trx, { shards: numberArray(shards) });
}

const shardAloneOf = statement<{ shard: number }>(`
  select shard, pg_advisory_xact_lock(712, shard) from workspaces where id = :workspace`);

/** Holds metering of a workspace's shard. Answers the shard; undefined where there is no such workspace. */
export async function lockShardOf(trx: Trx, workspace: string): Promise<number | undefined> {
  const [row] = await shardAloneOf(trx, { workspace });
  return row?.shard;
}

const workspaceRow = statement(`select from workspaces where id = :workspace for no key update`);

/** Holds a workspace alone: its invoices, their numbers, its grants and terms. */
export async function lockWorkspaceRow(trx: Trx, workspace: string): Promise<void> {
  await workspaceRow(trx, { workspace });
}

// Several locks in one round trip, each asked for with what the one before it answers: no plan takes them in another order.
const locksOfBill = (workspace: string) => `
  with metered as materialized (
    select id, pg_advisory_xact_lock_shared(712, shard) from workspaces where id = ${workspace}
  )
  select from workspaces where id = (select id from metered) for no key update`;

const forBill = statement(locksOfBill(':workspace::text'));

/** Keeps metering of a workspace's shard out, beside others who do, and holds its row. Answers false where there is none. */
export async function holdForBill(trx: Trx, workspace: string): Promise<boolean> {
  return (await forBill(trx, { workspace })).length > 0;
}

const forInvoice = statement(locksOfBill('(select :workspace::text from pg_advisory_xact_lock_shared(713, 0))'));

/** The same, and before that keeps prices from changing, beside others who do. */
export async function holdForInvoice(trx: Trx, workspace: string): Promise<boolean> {
  return (await forInvoice(trx, { workspace })).length > 0;
}

const periodRow = statement(`
  select from billing_periods where workspace_id = :workspace and month = :month for no key update`);

/** Holds a period that is about to wait: a source that comes either is seen by reading again, or sees the period waiting. */
export async function lockPeriod(trx: Trx, { workspace, month }: { workspace: string; month: string }): Promise<void> {
  await periodRow(trx, { workspace, month });
}

const unclosedPeriods = statement(`
  select from billing_periods where workspace_id = any(:workspaces::text[]) and not is_closed
  order by workspace_id, month for share`);

/** Keeps periods of these workspaces from waiting, beside others who do the same. */
export async function shareUnclosedPeriods(trx: Trx, workspaces: readonly string[]): Promise<void> {
  await unclosedPeriods(trx, { workspaces: textArray(workspaces) });
}

const sourcesOf = statement(`
  select source_id from sources
  where source_id in (select source_id from source_periods where workspace_id = :workspace)
  order by source_id for share`);

/**
 * Holds the marks of the workspace's sources still. A mark that moves after this sees the period waiting and wakes it; one
 * that moved before is seen by reading again.
 */
export async function shareMarks(trx: Trx, workspace: string): Promise<void> {
  await sourcesOf(trx, { workspace });
}

const sourceRow = statement(`select source_id from sources where source_id = :source_id for no key update`);

/**
 * Holds a source's mark alone: it moves either before this, and is read, or after this has committed, and sees what did.
 */
export async function lockSource(trx: Trx, sourceId: number): Promise<void> {
  await sourceRow(trx, { source_id: sourceId });
}

const passing = statement(`select pg_advisory_xact_lock(714, 0)`);

/**
 * One mark at a time that passes a month's end. Two sources that pass the same end at once would each miss that the other
 * has, and nobody would wake the period: whoever comes second sees the first one's mark. A source waits here once a month.
 */
export async function lockPassing(trx: Trx): Promise<void> {
  await passing(trx);
}

const guardRow = statement(`select workspace_id from guards where workspace_id = :workspace for no key update`);

/**
 * Holds the guard of a workspace alone: what is said to it is either judged by, or said after the judgement. The caller holds
 * the workspace's row.
 */
export async function lockGuard(trx: Trx, workspace: string): Promise<void> {
  await guardRow(trx, { workspace });
}

const emailRow = statement(`
  select key from emails where workspace_id = :workspace and key = :key for no key update`);

/** Holds an e-mail alone: each further sending of it has a number of its own. */
export async function lockEmail(trx: Trx, of: { readonly workspace: string; readonly key: string }): Promise<void> {
  await emailRow(trx, of);
}

const endpointRow = statement(`select id from webhook_endpoints where id = :id for no key update`);

/** Holds an endpoint alone: what it is told is noted, or it is changed, and not both at once. */
export async function lockEndpoint(trx: Trx, id: string): Promise<void> {
  await endpointRow(trx, { id });
}

const apiKeys = statement(`select pg_advisory_xact_lock(717, 0)`);

/** One change of API keys at a time: of two admins' keys that are revoked at once, one stays. */
export async function lockApiKeys(trx: Trx): Promise<void> {
  await apiKeys(trx);
}
