// The browser's address bar, as something to watch and to go on from.
import { useSyncExternalStore } from 'react';
import { type Place, parsePlace } from './place';
import { root } from './root';

const watchers = new Set<() => void>();
let href = '';
let place: Place | undefined;

/** The place that the address bar names; the same object as long as it names the same. */
function current(): Place | undefined {
  const now = location.pathname + location.search;
  if (now !== href) {
    href = now;
    place = location.pathname.startsWith(root)
      ? parsePlace(location.pathname.slice(root.length), location.search)
      : undefined;
  }
  return place;
}

/** Goes to an address of the page. `replace`: without a step to go back to, as for each letter of a search. */
export function go(to: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  const href = root + to;
  if (href === location.pathname + location.search) return;
  if (replace) history.replaceState(null, '', href);
  else history.pushState(null, '', href);
  for (const watcher of watchers) watcher();
}

export function useCurrentPlace(): Place | undefined {
  return useSyncExternalStore(watch, current);
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  window.addEventListener('popstate', watcher);
  return () => {
    watchers.delete(watcher);
    window.removeEventListener('popstate', watcher);
  };
}
