// Where one is on the page, as its address says it: a link to it shows the same to whoever may see it.

export const views = ['usage', 'line', 'bill', 'credits', 'invoices', 'payment', 'task'] as const;
export type View = (typeof views)[number];

export type Place = {
  readonly workspace: string;
  readonly view: View;
  /** Beneath the view: an invoice's id, or which task. */
  readonly rest: readonly string[];
  readonly query: Query;
};

/** What is asked of a view: period, sorting, what is searched for and what is open. */
export type Query = { readonly [name in string]?: string };

const billingPath = '/billing';

/** Undefined where the address is none of the page's. */
export function parsePlace(pathname: string, search: string): Place | undefined {
  const [, billing, workspace, view = 'usage', ...rest] = pathname.split('/').map(decoded);
  const known = views.find((name) => name === (view === '' ? 'usage' : view));
  if (`/${billing}` !== billingPath || workspace === undefined || workspace === '' || known === undefined)
    return undefined;
  return { workspace, view: known, rest, query: Object.fromEntries(new URLSearchParams(search)) };
}

/** The token of an e-mail's link, where the address is that of one: the page then shows its one task. */
export function parseLink(pathname: string): string | undefined {
  return /^\/(?:pay|method)\/([A-Za-z0-9_-]{43})\/?$/.exec(pathname)?.[1];
}

/** The address of a place. What is left out of the query is as it is at first. */
export function hrefOf(place: {
  readonly workspace: string;
  readonly view: View;
  readonly rest?: readonly string[];
  readonly query?: Query;
}): string {
  const { workspace, view, rest = [], query = {} } = place;
  const parts = [workspace, ...(view === 'usage' ? [] : [view]), ...rest].map(encodeURIComponent);
  const asked = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return `${billingPath}/${parts.join('/')}${asked.length === 0 ? '' : `?${new URLSearchParams(asked)}`}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
