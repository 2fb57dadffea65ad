// A visit to the billing page: how long it lasts, and what of its address may be asked for.

/** A browser's visit as it is stored; times in epoch milliseconds. */
export type PageVisit = {
  readonly workspace: string;
  /** Of the platform: where the page leads back to. */
  readonly returnUrl: string | null;
  readonly isReadOnly: boolean;
  /** When it was last used, to the minute. */
  readonly seenAtMs: number;
  /** Used or not, it ends then. */
  readonly endsAtMs: number;
  /** When its user ended it. */
  readonly endedAtMs: number | null;
};

/** Whether a visit goes on, for a clock that says `nowMs` and a patience of `idleMs` without use. */
export function isUnderWay(visit: PageVisit, { nowMs, idleMs }: { nowMs: number; idleMs: number }): boolean {
  return visit.endedAtMs === null && nowMs < visit.endsAtMs && nowMs < visit.seenAtMs + idleMs;
}

/**
 * One view of the page, with its query: what may follow the page's own address. No part of it is empty or dots alone, which
 * browsers follow upwards, also where they are written as %2e.
 */
export const viewPattern =
  '^(?!(?:[^?]*/)?(?:\\.|%2[eE]){0,2}(?:[/?]|$))(?:[A-Za-z0-9_.:~/-]|%[0-9A-Fa-f]{2}){1,300}(?:\\?(?:[A-Za-z0-9_.:~/&=-]|%[0-9A-Fa-f]{2}){1,300})?$';
const view = new RegExp(viewPattern);

/** Whether a text names a view of the page, such as `invoices?period=2025-01`: nothing that leads out of the page. */
export function isView(text: string): boolean {
  return view.test(text);
}

/** Whether a text can be the token of a link or of a visit: 256 bits as base64url. */
export function isPageToken(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text);
}
