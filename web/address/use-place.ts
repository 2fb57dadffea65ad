// The place that one is at, for whatever is drawn beneath it.
import { createContext, useContext, useMemo } from 'react';
import { questionsOf } from '../data/questions';
import { go } from './history';
import { hrefOf, type Place, type Query, type View } from './place';

export const PlaceContext = createContext<Place | undefined>(undefined);

export function usePlace(): Place {
  const place = useContext(PlaceContext);
  if (place === undefined) throw new Error('usePlace: nothing has named the place');
  return place;
}

/** The questions about the workspace that one is at. */
export function useQuestions() {
  const { workspace } = usePlace();
  return useMemo(() => questionsOf(workspace), [workspace]);
}

/** Addresses of other places of the same workspace. */
export function useHref(): (
  view: View,
  more?: { readonly rest?: readonly string[]; readonly query?: Query },
) => string {
  const { workspace } = usePlace();
  return (view, more = {}) => hrefOf({ workspace, view, ...more });
}

/** Changes some of what is asked of this view; undefined leaves it out. */
export function useAsk(): (change: Query, how?: { readonly replace?: boolean }) => void {
  const place = usePlace();
  return (change, how) => go(hrefWith(place, change), how);
}

/** The same place, asked something else. */
export function hrefWith(place: Place, change: Query): string {
  return hrefOf({ ...place, query: { ...place.query, ...change } });
}
