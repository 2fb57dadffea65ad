// The way into the billing page: the platform asks for a link, a browser opens it once, and has a visit.

import { createHash, randomBytes } from 'node:crypto';
import type { Author } from '../db/accounts/audit';
import { beginPageVisit, findPageLink, storePageLink } from '../db/accounts/page-visits';
import { readWorkspace } from '../db/accounts/workspaces';
import type { Db } from '../db/connection/knex';
import { isPageToken } from '../domain/billing-page';
import { MinutebookError } from '../domain/errors';
import { refuseElsewhere } from '../domain/return-origins';
import type { Settings } from './connections';

export type WantedVisit = {
  readonly workspace: string;
  readonly returnUrl: string | null;
  readonly view: string | null;
  readonly isReadOnly: boolean;
  readonly author: Author;
  /** How long the link is good. */
  readonly goodForMs: number;
};

/**
 * A link into the billing page of a workspace, good once. Throws `not_found`, `page_off` where nobody could open it, and
 * `invalid_request` where it is to lead back to an origin that is not allowed.
 */
export async function makePageLink(
  db: Db,
  wanted: WantedVisit,
  { publicUrl, returnOrigins }: Pick<Settings, 'publicUrl' | 'returnOrigins'>,
): Promise<{ readonly url: string; readonly expiresAtMs: number }> {
  const { workspace, returnUrl, view, isReadOnly, author } = wanted;
  if (publicUrl === null) {
    const detail = 'whoever runs this Minutebook has to set PUBLIC_URL, where customers reach its pages';
    throw new MinutebookError({ code: 'page_off', detail });
  }
  refuseElsewhere(returnUrl, returnOrigins);
  await readWorkspace(db, workspace);
  const token = newToken();
  const expiresAtMs = author.nowMs + wanted.goodForMs;
  const by = { madeBy: author.actor, madeAtMs: author.nowMs, expiresAtMs };
  await storePageLink(db, { hash: hashOfPageToken(token), workspace, returnUrl, view, isReadOnly, ...by });
  return { url: `${publicUrl}/billing/enter/${token}`, expiresAtMs };
}

export type Entered =
  | { readonly kind: 'entered'; readonly workspace: string; readonly view: string | null; readonly session: string }
  | { readonly kind: 'used' | 'expired'; readonly workspace: string; readonly returnUrl: string | null }
  | { readonly kind: 'unknown' };

/** Ends a link and begins a visit, whose token is for the browser alone. */
export async function enterBillingPage(
  db: Db,
  { token, nowMs, lastsMs }: { readonly token: string; readonly nowMs: number; readonly lastsMs: number },
): Promise<Entered> {
  if (!isPageToken(token)) return { kind: 'unknown' };
  const [link, session] = [hashOfPageToken(token), newToken()];
  const visit = { link, session: hashOfPageToken(session), nowMs, endsAtMs: nowMs + lastsMs };
  const begun = await beginPageVisit(db, visit);
  if (begun !== undefined) return { kind: 'entered', ...begun, session };
  const spent = await findPageLink(db, link);
  if (spent === undefined) return { kind: 'unknown' };
  const { workspace, returnUrl, isUsed } = spent;
  return { kind: isUsed ? 'used' : 'expired', workspace, returnUrl };
}

/** What the token of a link or a visit is stored as. It has 256 random bits, so that a slow hash would add nothing. */
export function hashOfPageToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function newToken(): string {
  return randomBytes(32).toString('base64url');
}
