// The pages behind links in e-mails, and the one that a customer returns to from the processor's. Without script: a GET only
// shows, as mail programs look at links by themselves; the button is a POST.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { findPaymentLink } from '../../commands/make-payment-link';
import { payByCheckout } from '../../commands/pay-by-checkout';
import { startSetup } from '../../commands/start-setup';
import { readPayable } from '../../db/payments/checkouts';
import type { StoredLink } from '../../db/payments/links';
import { readActiveMethod } from '../../db/payments/methods';
import { decidePayment } from '../../domain/paying';
import type { LinkTask } from '../../domain/payment-link';
import type { Api } from '../api';
import { methodPage } from '../pages/method';
import { brokenNotice, doneLink, expiredLink, nothingChanged, unknownLink } from '../pages/notices';
import { pageHeaders, pageOf, type Shown } from '../pages/page';
import { payPage } from '../pages/pay';
import { charging } from '../paying';
import { comeBack } from './coming-back';

const open = { config: { access: 'open', idempotency: 'unread' }, schema: { hide: true } } as const;

/** A page, or an address to be sent to. */
export type Answered = Shown | { readonly to: string };

/** Registered in a context of its own: only here is a form understood, and an error a page. */
export async function paymentPageRoutes(app: FastifyInstance, api: Api): Promise<void> {
  const { db, clock, settings } = api;
  app.removeAllContentTypeParsers();
  // The button sends nothing that is not in the address.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null, undefined));
  app.setErrorHandler((error: Error, request, reply) => {
    const notice = brokenNotice(error);
    request.log[notice.status === 500 ? 'error' : 'warn'](
      { err: error, path: request.routeOptions.url },
      'answered with a notice',
    );
    return send(reply, notice);
  });
  const send = (reply: FastifyReply, answered: Answered) => {
    reply.headers(pageHeaders(settings.publicUrl));
    if ('to' in answered) return reply.redirect(answered.to, 303);
    return reply.code(answered.status).send(pageOf(answered.page, { seller: settings.seller.name }));
  };
  const linked =
    (task: LinkTask, answer: (link: StoredLink, at: At) => Promise<Answered>) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      const { token = '' } = request.params as { readonly token?: string };
      const nowMs = await clock();
      const at = { nowMs, url: `${settings.publicUrl}/${task}/${token}` };
      const link = await findPaymentLink(db, token);
      return send(reply, refusalOf(link, task, nowMs) ?? (await answer(link as StoredLink, at)));
    };

  app.get(
    '/pay/:token',
    open,
    linked('pay', (link, at) => showInvoice(api, link, { ...at, asked: false })),
  );
  app.post(
    '/pay/:token',
    open,
    linked('pay', (link, at) => pay(api, link, at)),
  );
  app.get(
    '/method/:token',
    open,
    linked('method', (link, at) => showMethod(api, link, at)),
  );
  app.post(
    '/method/:token',
    open,
    linked('method', (link, at) => changeMethod(api, link, at)),
  );
  app.get('/return', open, (_request, reply) => send(reply, nothingChanged));
  app.get('/return/:session', open, async (request, reply) => {
    const { session = '' } = request.params as { readonly session?: string };
    return send(reply, await comeBack(api, session));
  });
}

type At = { readonly nowMs: number; readonly url: string };

function refusalOf(link: StoredLink | undefined, task: LinkTask, nowMs: number): Shown | undefined {
  if (link === undefined || link.task !== task) return unknownLink;
  if (nowMs >= link.expiresMs) return expiredLink;
  return link.isDone ? doneLink : undefined;
}

async function showInvoice(
  { db }: Api,
  link: StoredLink,
  { nowMs, asked }: { readonly nowMs: number; readonly asked: boolean },
): Promise<Shown> {
  const payable = link.task === 'pay' ? await readPayable(db, link) : undefined;
  return payable === undefined ? unknownLink : payPage(payable, decidePayment(payable, nowMs), { asked, nowMs });
}

async function pay(api: Api, link: StoredLink, at: At): Promise<Answered> {
  if (link.task !== 'pay') return unknownLink;
  const { workspace, invoice } = link;
  const page = await payByCheckout(charging(api), { workspace, invoice, cancelUrl: at.url });
  return page.kind === 'page' ? { to: page.url } : showInvoice(api, link, { ...at, asked: true });
}

async function showMethod({ db }: Api, { workspace }: StoredLink, { nowMs }: At): Promise<Shown> {
  return { status: 200, page: methodPage(await readActiveMethod(db, workspace), nowMs) };
}

async function changeMethod(api: Api, { workspace, hash }: StoredLink, at: At): Promise<Answered> {
  const setup = { workspace, returnUrl: null, cancelUrl: at.url, link: hash };
  return { to: (await startSetup(charging(api), setup)).url };
}
