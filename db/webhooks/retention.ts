// The end of life of events and of what became of them, and endpoints whose telling was lost.
import { formatInstant } from '../../domain/period';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';

// The oldest by position, which are the first ones made: looking for old ones among them never reads on into the new. One that
// is not given out yet stays.
const removeOldest = statement<{ count: number }>(`
  with old as (
    select id from (
      select id, at, spread_at from webhook_events order by position
      limit greatest(1, 50000 / greatest(1, (select count(*) from webhook_endpoints)))
    ) as oldest where at < :before::timestamptz and spread_at is not null
  ), deliveries as (
    delete from webhook_deliveries where event_id in (select id from old)
  ), events as (
    delete from webhook_events where id in (select id from old) returning 1
  )
  select count(*)::int as count from events`);

/** Forgets events of before then, with their deliveries, a few thousand at a time. */
export async function removeOldEvents(
  db: Db,
  { beforeMs, onStep }: { readonly beforeMs: number; readonly onStep: () => void },
): Promise<void> {
  for (;;) {
    const [row] = await removeOldest(db, { before: formatInstant(beforeMs) });
    onStep();
    if ((row?.count ?? 0) === 0) return;
  }
}

const removeExpired = statement(`delete from webhook_secrets where expires_at <= :at::timestamptz`);

export async function removeExpiredSecrets(db: Db, { nowMs }: { readonly nowMs: number }): Promise<void> {
  await removeExpired(db, { at: formatInstant(nowMs) });
}

const selectLost = statement<{ id: string }>(`
  select id from webhook_endpoints as endpoints
  where (paused_until is null or paused_until < :before::timestamptz) and exists (
    select from webhook_deliveries where endpoint_id = endpoints.id and state = 'pending'
      and next_attempt_at < :before::timestamptz)`);

/** Endpoints, disabled and removed ones too, at which something has been due since before then: nobody works on it. */
export async function findLostTellings(
  trx: Trx,
  { beforeMs }: { readonly beforeMs: number },
): Promise<readonly string[]> {
  return (await selectLost(trx, { before: formatInstant(beforeMs) })).map(({ id }) => id);
}
