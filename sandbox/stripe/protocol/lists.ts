// Pages of a list, newest first, and the changes that an update makes to metadata.

import type Stripe from 'stripe';
import { invalid, missing } from './errors';
import type { Range } from './parameters';

type Asked = { readonly limit?: number; readonly starting_after?: string; readonly ending_before?: string };

/** One page of what is given oldest first. */
export function pageOf<T extends { readonly id: string }>(
  oldestFirst: readonly T[],
  { limit = 10, starting_after: after, ending_before: before }: Asked,
  url: string,
): Stripe.ApiList<T> {
  if (limit < 1 || limit > 100) {
    const message = `This value must be ${limit < 1 ? 'greater than or equal to 1' : 'less than or equal to 100'}.`;
    throw invalid({ code: 'parameter_invalid_integer', message, param: 'limit' });
  }
  const all = oldestFirst.toReversed();
  if (before !== undefined) {
    const end = positionOf(all, before, 'ending_before');
    const start = Math.max(0, end - limit);
    return { object: 'list', data: all.slice(start, end), has_more: start > 0, url };
  }
  const start = after === undefined ? 0 : positionOf(all, after, 'starting_after') + 1;
  return { object: 'list', data: all.slice(start, start + limit), has_more: all.length > start + limit, url };
}

function positionOf(all: readonly { readonly id: string }[], id: string, param: string): number {
  const at = all.findIndex((each) => each.id === id);
  if (at < 0) throw missing('object in this list', id, param);
  return at;
}

export function isWithin(created: number, range: Range | undefined): boolean {
  const { gt, gte, lt, lte } = range ?? {};
  return (
    (gt === undefined || created > gt) &&
    (gte === undefined || created >= gte) &&
    (lt === undefined || created < lt) &&
    (lte === undefined || created <= lte)
  );
}

/** Keys that come are set, keys that come empty are removed, the others stay. */
export function mergedMetadata(
  old: Stripe.Metadata | null,
  changes: Readonly<Record<string, string>> | undefined,
): Stripe.Metadata {
  const all = Object.entries({ ...old, ...changes });
  return Object.fromEntries(all.filter(([, value]) => value !== ''));
}
