// Billing periods: where they stand.
import { Type } from '@sinclair/typebox';
import { parseMonth } from '../domain/period';
import { ClosedBecause } from './invoices';
import { cursor, limit } from './pages';
import { Instant, Month, Name, words } from './scalars';
import { answer, optional, orNull, parameters, said, type Wire } from './shape';

export const WaitingFor = answer(
  'WaitingFor',
  {
    what: words(['complete_usage', 'earlier_period']),
    until: Instant,
    sources: optional(
      said(
        'whose marks have not reached the end, furthest behind first, at most 100; empty where none ever reported',
        Type.Array(Type.Object({ source: Name, completeThrough: orNull(Instant) })),
      ),
    ),
  },
  {
    description: `What a month past its end waits for. For usage it waits until then and closes all the same; for an earlier
month, it asks again by then.`,
  },
);

export const Period = answer('Period', {
  period: Month,
  status: words(['open', 'waiting', 'invoiced', 'empty'], 'empty: closed without anything to bill'),
  startsAt: Instant,
  endsAt: Instant,
  openedAt: Instant,
  closeRequestedAt: optional(said('when somebody asked to close it early', Instant)),
  closedAt: optional(Instant),
  closedBecause: optional(ClosedBecause),
  invoice: optional(Type.String({ description: 'the id of its invoice' })),
  waitingFor: optional(WaitingFor),
});
export type Period = Wire<typeof Period>;

export const periodsAPage = 500;
export const PeriodsQuery = parameters({
  cursor: optional(cursor((month) => parseMonth(month) !== undefined)),
  limit: optional(limit({ usual: periodsAPage, max: 1000 })),
});
