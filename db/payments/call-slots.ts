// When the payment processor may be called: slots in a row, one row of Postgres for all processes that call it. Who holds the
// row for a moment takes the next few.
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

/** `urgent`: somebody sits before a page. `steady`: the month's end, which has time. */
export type CallUrgency = 'urgent' | 'steady';

// What has time takes no slot that is further ahead than a quarter of a second: so far behind others a customer is, at the
// most, however many wait. What is urgent goes before, at every second slot in the long run, so that neither ever stands
// still for the other; in a second it may take what it did not use before.
const aheadMs = { steady: 250, urgent: 1000 } as const;
const urgentShare = 2;

// Further ahead than anybody takes: the clock went back, as after a failover to another machine.
const lostMs = 10_000;

type Row = { count: number; first_in_ms: number; again_in_ms: number };

// Time is read after the row is held, so that slots never go back. The row is touched by every call: it is unlogged, as what
// was promised within the last second is worth nothing after a crash, and has room on its page.
const takeSlots = statement<Row>(`
  with held as materialized (
    select next_at, urgent_next_at from call_slots for no key update
  ), timed as materialized (
    select held.*, clock_timestamp() as at from held
  ), free as (
    select at,
      case when next_at > at + :lost * interval '1 ms' then at else greatest(next_at, at) end as first,
      case when urgent_next_at > at + :lost * interval '1 ms' then at else greatest(urgent_next_at, at) end as urgent_first
    from timed
  ), room as (
    select *, (:ahead - extract(epoch from case when :urgent::boolean then urgent_first else first end - at) * 1000)::float8
      as left_ms
    from free
  ), taken as materialized (
    select *, greatest(0, least(:at_most::int,
      floor(left_ms / (:every::float8 * case when :urgent::boolean then :share::int else 1 end))::int + 1)) as count
    from room
  ), moved as (
    update call_slots set next_at = first + count * :every::float8 * interval '1 ms',
      urgent_next_at = case when :urgent::boolean then urgent_first + count * :every::float8 * :share::int * interval '1 ms'
        else urgent_first end
    from taken where count > 0
  )
  select count, (extract(epoch from first - at) * 1000)::float8 as first_in_ms, greatest(1, -left_ms)::float8 as again_in_ms
  from taken`);

const begin = statement(
  `insert into call_slots (next_at, urgent_next_at) values ('epoch', 'epoch') on conflict do nothing`,
);

/**
 * Takes up to so many slots, `everyMs` apart, for this process alone: the first is so many milliseconds ahead, by Postgres'
 * clock. Where there is none yet, `againInMs` is when to ask again.
 */
export async function takeCallSlots(
  db: Db,
  of: { readonly urgency: CallUrgency; readonly atMost: number; readonly everyMs: number },
): Promise<{ readonly count: number; readonly firstInMs: number; readonly againInMs: number }> {
  const { urgency, atMost, everyMs } = of;
  const asked = { urgent: urgency === 'urgent', ahead: aheadMs[urgency], share: urgentShare, lost: lostMs };
  const [row] = await takeSlots(db, { ...asked, at_most: atMost, every: everyMs });
  if (row !== undefined) return { count: row.count, firstInMs: row.first_in_ms, againInMs: row.again_in_ms };
  // After a crash an unlogged table is empty.
  await begin(db);
  return takeCallSlots(db, of);
}
