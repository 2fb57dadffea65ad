// Billing periods: where they stand.
import { Type } from '@sinclair/typebox';
import { ClosedBecause } from './invoices';
import { Instant, Month, words } from './scalars';
import { answer, optional, said, type Wire } from './shape';

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
});
export type Period = Wire<typeof Period>;
