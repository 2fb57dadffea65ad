// Whether guards look after the credits of workspaces, and whether the platform does what it is told.
import { Count, Instant, words } from './scalars';
import { answer, optional, said, type Wire } from './shape';

export const GuardHealth = answer('GuardHealth', {
  status: words(
    ['ok', 'late', 'disobeyed'],
    'late: guards have not judged in time; disobeyed: the platform has not done for an hour what it was told',
  ),
  low: said('workspaces whose credits are nearly used up, counted up to 10001', Count),
  suspended: said('workspaces that are stopped, counted up to 10001', Count),
  unheard: said('guards that were told something ten minutes ago or more, and have not judged since', Count),
  late: said('guards that should have looked an hour ago or more', Count),
  unlisted: said('workspaces of which the platform has not said for an hour which models there are', Count),
  unconfirmed: said('models that the platform has not stopped or started for an hour after the command', Count),
  unconfirmedSince: optional(said('since when the oldest command is not confirmed', Instant)),
});
export type GuardHealth = Wire<typeof GuardHealth>;
