// Whether what happens at Stripe reaches us.
import { Count, Instant, words } from './scalars';
import { answer, optional, said, type Wire } from './shape';

export const StripeEventsHealth = answer('StripeEventsHealth', {
  status: words(
    ['off', 'ok', 'waiting', 'late'],
    'waiting: some event has not been applied for ten minutes; late: events have not been listed for an hour; off: nothing is charged',
  ),
  waiting: said('events that are stored and not applied, counted up to 10001', Count),
  waitingSince: optional(said('since when the longest of them has been waiting', Instant)),
  foreign: said('events of the last 30 days of another account, mode or Minutebook, counted up to 10001', Count),
  listedThrough: optional(said('through when events were listed, for what no webhook brought', Instant)),
});
export type StripeEventsHealth = Wire<typeof StripeEventsHealth>;
