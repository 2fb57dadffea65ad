// Who reports usage, and up to when each says that it has reported everything.
import { cursor, limit, numberPart } from './pages';
import { Instant, Name } from './scalars';
import { answer, optional, orNull, parameters, said, type Wire } from './shape';

export const Source = answer('Source', {
  source: Name,
  completeThrough: said('null where it never sent a mark', orNull(Instant)),
  meteredThrough: said('how much of that is rolled up for every workspace', orNull(Instant)),
});
export type Source = Wire<typeof Source>;

export const sourcesAPage = 100;
export const SourcesQuery = parameters({
  cursor: optional(cursor(numberPart)),
  limit: optional(limit({ usual: sourcesAPage, max: 500 })),
});
