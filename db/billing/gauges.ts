// Periods that are past their end and not closed: how many, and what they wait for.
import { decideClosing } from '../../domain/closing';
import { formatInstant } from '../../domain/period';
import { boundedCount } from '../connection/bounded';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';
import { type ClosingRow, closingColumns, closingFactsOf } from './completeness';

const countOfStatus = (status: 'open' | 'waiting') =>
  boundedCount(`from billing_periods where status = '${status}' and ends_at <= :now::timestamptz`);
const countPastEnd = statement<{ open: number; waiting: number }>(`
  select ${countOfStatus('open')} as open, ${countOfStatus('waiting')} as waiting`);

/** Periods past their end, counted up to the bound: `open` ones have not been asked to close yet. */
export async function countUnclosed(db: Db, { nowMs }: { nowMs: number }) {
  const [row] = await countPastEnd(db, { now: formatInstant(nowMs) });
  return row ?? { open: 0, waiting: 0 };
}

// 25 µs a period: at a month's end all of 10,000 would take a quarter of a second, again and again.
const lookedIntoMax = 1000;

// Those of a group are decided alike: they differ neither in what they lack nor in whether the deadline has passed.
const groupWaiting = statement<Omit<ClosingRow, 'is_closed'> & { count: number }>(`
  with decided as (
    select ${closingColumns}, greatest(period.ends_at, workspaces.created_at) as from_at
    from (select * from billing_periods where status = 'waiting' order by ends_at limit ${lookedIntoMax}) as period
    join workspaces on workspaces.id = period.workspace_id
  )
  select close_requested, complete, earlier_open, min(ends_at) as ends_at,
    min(from_at) as created_at, count(*)::int
  from decided
  group by close_requested, complete, earlier_open, from_at + :deadline_seconds * interval '1 second' <= :now::timestamptz`);

/** `nothing`: the period can be closed; its workflow has been told and has not come to it yet. */
export type WaitingFor = 'complete_usage' | 'earlier_period' | 'end' | 'nothing';

/** What the thousand periods wait for that have waited for the longest. */
export async function countAwaited(
  db: Db,
  timing: { readonly nowMs: number; readonly deadlineMs: number },
): Promise<ReadonlyMap<WaitingFor, number>> {
  const counts = new Map<WaitingFor, number>([
    ['complete_usage', 0],
    ['earlier_period', 0],
    ['nothing', 0],
  ]);
  const bindings = { now: formatInstant(timing.nowMs), deadline_seconds: timing.deadlineMs / 1000 };
  for (const group of await groupWaiting(db, bindings)) {
    const facts = closingFactsOf({ ...group, is_closed: false });
    const decision = decideClosing(facts, timing);
    const waitingFor = decision.kind === 'wait' ? decision.for : 'nothing';
    counts.set(waitingFor, (counts.get(waitingFor) ?? 0) + group.count);
  }
  return counts;
}
