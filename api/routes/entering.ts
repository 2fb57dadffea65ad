// The billing page for browsers: the link that opens it, its files, and the end of a visit.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Entered, enterBillingPage } from '../../commands/visit-billing-page';
import { endPageVisit } from '../../db/accounts/page-visits';
import { isPageToken } from '../../domain/billing-page';
import { MinutebookError } from '../../domain/errors';
import { dayMs } from '../../domain/period';
import { leadsBack } from '../../domain/return-origins';
import type { PagedApi } from '../api';
import { indexFile } from '../page/billing-page';
import { assertSameOrigin } from '../page/same-origin';
import { sendFile } from '../page/sending';
import { cookieHeader, headersOfTooMany, type Visits } from '../page/visits';
import { closed, expired, foreign, notBuilt, notOpened, signedOut, unknown, used } from '../pages/entering';
import { brokenNotice } from '../pages/notices';
import { pageHeaders, pageOf, type Shown } from '../pages/page';

const open = { config: { access: 'open' }, schema: { hide: true } } as const;
// Answered from memory, and a page is several of them.
const file = { config: { access: 'open', rateLimit: 'none' }, schema: { hide: true } } as const;

/** Registered in a context of its own: only here is a form understood, and an error a page. */
export async function enterRoutes(app: FastifyInstance, api: PagedApi & { readonly visits: Visits }): Promise<void> {
  const { db, clock, settings, page, visits } = api;
  const isSecure = settings.publicUrl?.startsWith('https:') ?? false;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null, undefined));
  app.setErrorHandler((error: Error, request, reply) => {
    const isForeign = error instanceof MinutebookError && error.code === 'forbidden';
    const notice = isForeign ? foreign : brokenNotice(error);
    const level = notice.status >= 500 ? 'error' : 'info';
    request.log[level]({ err: error, path: request.routeOptions.url }, 'answered with a notice');
    return show(reply, notice);
  });
  const show = (reply: FastifyReply, { status, page: shown }: Shown) =>
    reply
      .headers(pageHeaders())
      .code(status)
      .send(pageOf(shown, { seller: page.platform.name }));
  // An origin may have been taken off the list since.
  const backTo = (returnUrl: string | null) =>
    returnUrl !== null && leadsBack(returnUrl, settings.returnOrigins)
      ? { says: `Back to ${page.platform.name}`, to: returnUrl }
      : undefined;
  const pageAt = (workspace: string, view: string | null) =>
    `${settings.publicUrl}/billing/${workspace}${view === null ? '' : `/${view}`}`;

  app.get('/billing/enter/:token', open, async (request, reply) => {
    if (!isOpenedByHand(request)) return show(reply, notOpened);
    const { token } = request.params as { readonly token: string };
    // A workspace may be called so, too, and `token` be a view of its page.
    if (!isPageToken(token) && (await visits.find(request, 'enter'))?.isUnderWay) return sendIndex(request, reply);
    const entered = await enterBillingPage(db, { token, nowMs: await clock(), lastsMs: page.visitMs });
    if (entered.kind !== 'entered') return refuse(request, reply, entered);
    const { workspace, view, session } = entered;
    return reply
      .headers(pageHeaders())
      .header('set-cookie', [
        cookieHeader(workspace, { token: session, maxAgeMs: page.visitMs + rememberedMs, isSecure }),
        ...headersOfTooMany(request, workspace, isSecure),
      ])
      .redirect(pageAt(workspace, view), 303);
  });

  // Somebody who opens his link again, by going back, is led to the visit that it began.
  const refuse = async (request: FastifyRequest, reply: FastifyReply, spent: Exclude<Entered, { kind: 'entered' }>) => {
    if (spent.kind === 'unknown') return show(reply, unknown);
    const { workspace, returnUrl, kind } = spent;
    if (kind === 'used' && (await visits.find(request, workspace))?.isUnderWay) {
      return reply.headers(pageHeaders()).redirect(pageAt(workspace, null), 303);
    }
    return show(reply, (kind === 'used' ? used : expired)(backTo(returnUrl)));
  };

  const answerPage = async (request: FastifyRequest, reply: FastifyReply) => {
    const { workspace, '*': rest } = request.params as { readonly workspace: string; readonly '*'?: string };
    const name = rest === undefined ? workspace : `${workspace}/${rest}`;
    const file = name === indexFile ? undefined : page.files?.get(name);
    if (file !== undefined) return sendFile(request, reply, file);
    if (/^assets\/.*\.(js|css|woff2|svg|png|map)$/.test(name)) return show(reply, unknown);
    const visit = await visits.find(request, workspace);
    if (!visit?.isUnderWay) return show(reply, closed(backTo(visit?.returnUrl ?? null)));
    return sendIndex(request, reply);
  };
  const sendIndex = (request: FastifyRequest, reply: FastifyReply) => {
    const index = page.files?.get(indexFile);
    return index === undefined ? show(reply, notBuilt) : sendFile(request, reply, index);
  };
  app.get('/billing/:workspace', file, answerPage);
  app.get('/billing/:workspace/*', file, answerPage);

  app.post('/billing/:workspace/sign-out', open, async (request, reply) => {
    assertSameOrigin(request, settings.publicUrl);
    const { workspace } = request.params as { readonly workspace: string };
    const visit = await visits.find(request, workspace);
    if (visit !== undefined) await endPageVisit(db, { hash: visit.hash, nowMs: await clock() });
    // What the browser has kept of the answers goes, too.
    reply.header('set-cookie', cookieHeader(workspace, { isSecure })).header('clear-site-data', '"cache"');
    return show(reply, signedOut(backTo(visit?.returnUrl ?? null)));
  });
}

// Who comes back after his visit is over is still known, and told so with the way back.
const rememberedMs = dayMs;

// Programs that look at links ahead of their readers, and pages that load one as a picture, must not use it up.
function isOpenedByHand({ method, headers }: FastifyRequest): boolean {
  const ahead = headers['sec-purpose'] ?? headers['purpose'] ?? headers['x-purpose'] ?? headers['x-moz'];
  const dest = headers['sec-fetch-dest'];
  return method === 'GET' && ahead === undefined && (dest === undefined || dest === 'document');
}
