// Claiming from the outbox: a hundred rows out of a long backlog, beside the same out of a short one.
import type { Db } from '../db/connection/knex';
import { claimDeliveries } from '../db/outbox';
import { withServers } from './servers';

const claims = 50;

/** Prints the median claim of 100 rows, with 200 and with 200,000 rows waiting. */
export async function outbox(): Promise<void> {
  await withServers(async ({ db }) => {
    console.log('outbox: claiming 100 rows (asked: with 200,000 waiting at most twice that with 200)');
    const short = await claimsOutOf(db, 200);
    const long = await claimsOutOf(db, 200_000);
    console.log(
      `200 rows: ${short.toFixed(2)} ms; 200,000 rows: ${long.toFixed(2)} ms, ${(long / short).toFixed(2)} times`,
    );
  });
}

/** Milliseconds of the median claim, each undone. */
async function claimsOutOf(db: Db, rows: number): Promise<number> {
  await db.raw('truncate outbox');
  await db.raw(
    `insert into outbox (kind, workflow_type, workflow_id, arguments)
     select 'start', 'billingPeriod', billing_workflow_id('bench-' || n, '2025-01'), '{}' from generate_series(1, ?) as n`,
    [rows],
  );
  await db.raw('vacuum analyze outbox');
  const times: number[] = [];
  for (let claim = 0; claim < claims; claim++) {
    const trx = await db.transaction();
    const began = performance.now();
    const claimed = await claimDeliveries(trx, { lane: 'billing', limit: 100, leaseSeconds: 60 });
    times.push(performance.now() - began);
    await trx.rollback();
    if (claimed.length !== 100) throw new Error(`expected 100 rows, came ${claimed.length}`);
  }
  return times.sort((one, other) => one - other)[Math.floor(claims / 2)] ?? Number.NaN;
}
