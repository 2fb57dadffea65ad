// What lies in quarantine, and what it lacks.
import { cursor, idPart, limit, namePart, wordPart } from './pages';
import { Count, Id, Instant, Name, words } from './scalars';
import { answer, optional, parameters, type Wire } from './shape';

export const Quarantined = answer('Quarantined', {
  workspace: Id,
  instanceType: Name,
  reason: words(['unknown_workspace', 'before_start', 'no_price', 'mended'], 'mended: about to be replayed'),
  reports: Count,
  from: Instant,
  to: Instant,
});
export type Quarantined = Wire<typeof Quarantined>;

export const countsAPage = 100;
export const QuarantineQuery = parameters({
  cursor: optional(cursor(idPart, namePart, wordPart)),
  limit: optional(limit({ usual: countsAPage, max: 500 })),
});
