// The browser's visit: a cookie a workspace, so that two workspaces in two tabs do not disturb each other.
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { hashOfPageToken } from '../../commands/visit-billing-page';
import { findPageVisit, seePageVisit } from '../../db/accounts/page-visits';
import type { Db } from '../../db/connection/knex';
import { isPageToken, isUnderWay, type PageVisit } from '../../domain/billing-page';

/** What a browser came with, and whether the visit still goes on. */
export type FoundVisit = PageVisit & { readonly hash: string; readonly isUnderWay: boolean };

/** Finds visits; told of one workspace, that one's. */
export type Visits = {
  /** Undefined where the browser has none of this workspace. */
  find(request: FastifyRequest, workspace: string): Promise<FoundVisit | undefined>;
  /** Any of the browser's, for requests that are about no workspace of its own. */
  findAny(request: FastifyRequest): Promise<FoundVisit | undefined>;
};

/** Sent by the page with what it asks for by itself: that alone keeps no visit alive. */
export const backgroundHeader = 'minutebook-background';

// Not at each request; and well within the patience, where that is a minute.
const seenEveryMsMax = 60_000;

export function visitsOf(of: {
  readonly db: Db;
  readonly clock: () => number | Promise<number>;
  readonly idleMs: number;
  readonly isSecure: boolean;
}): Visits {
  const { db, clock, idleMs, isSecure } = of;
  const seenEveryMs = Math.min(seenEveryMsMax, idleMs / 10);
  const byToken = async (request: FastifyRequest, token: string | undefined): Promise<FoundVisit | undefined> => {
    if (token === undefined || !isPageToken(token)) return undefined;
    const hash = hashOfPageToken(token);
    const visit = await findPageVisit(db, hash);
    if (visit === undefined) return undefined;
    const nowMs = await clock();
    const found = { ...visit, hash, isUnderWay: isUnderWay(visit, { nowMs, idleMs }) };
    const isUse = request.headers[backgroundHeader] === undefined;
    if (found.isUnderWay && isUse && nowMs >= visit.seenAtMs + seenEveryMs) await seePageVisit(db, { hash, nowMs });
    return found;
  };
  return {
    find: async (request, workspace) => {
      const found = await byToken(request, cookiesOf(request).get(cookieName(workspace, isSecure)));
      return found?.workspace === workspace ? found : undefined;
    },
    findAny: async (request) => {
      const ours = [...cookiesOf(request)].find(([name]) => name.startsWith(prefixOf(isSecure)));
      return byToken(request, ours?.[1]);
    },
  };
}

/** The header that gives a browser its visit; without a token the one that takes it away. Scripts never see it. */
export function cookieHeader(
  workspace: string,
  {
    token,
    maxAgeMs = 0,
    isSecure,
  }: { readonly token?: string; readonly maxAgeMs?: number; readonly isSecure: boolean },
): string {
  return headerOf(cookieName(workspace, isSecure), token ?? '', { maxAgeMs, isSecure });
}

function headerOf(
  name: string,
  value: string,
  { maxAgeMs, isSecure }: { maxAgeMs: number; isSecure: boolean },
): string {
  const secure = isSecure ? '; Secure' : '';
  return `${name}=${value}; Path=/; Max-Age=${Math.floor(maxAgeMs / 1000)}; HttpOnly; SameSite=Lax${secure}`;
}

const visitsKept = 20;

/**
 * Headers that take away the oldest visits of a browser that is about to begin one more: a request may have 16 KiB of headers,
 * and whoever helps customers opens the pages of many. Browsers send what is oldest first.
 */
export function headersOfTooMany(request: FastifyRequest, workspace: string, isSecure: boolean): readonly string[] {
  const own = cookieName(workspace, isSecure);
  const others = [...cookiesOf(request).keys()].filter((name) => name.startsWith(prefixOf(isSecure)) && name !== own);
  return others.slice(0, -(visitsKept - 1)).map((name) => headerOf(name, '', { maxAgeMs: 0, isSecure }));
}

// With this prefix browsers take it from no other host of the domain, and over TLS alone.
function prefixOf(isSecure: boolean): string {
  return isSecure ? '__Host-minutebook-' : 'minutebook-';
}

function cookieName(workspace: string, isSecure: boolean): string {
  return prefixOf(isSecure) + createHash('sha256').update(workspace).digest('hex').slice(0, 16);
}

function cookiesOf({ headers }: FastifyRequest): ReadonlyMap<string, string> {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.split('='));
  return new Map(pairs.map(([name = '', value = '']) => [name.trim(), value.trim()]));
}
