// The pages behind links in e-mails, and the one that a customer returns to from the processor's. A link that is good opens the
// billing page, which shows its one task; looking at it changes nothing, as mail programs do that by themselves.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { findPaymentLink } from '../../commands/make-payment-link';
import { linkTasks } from '../../domain/payment-link';
import type { PagedApi } from '../api';
import { indexFile } from '../page/billing-page';
import { sendFile } from '../page/sending';
import { notBuilt } from '../pages/entering';
import { brokenNotice, nothingChanged } from '../pages/notices';
import { pageHeaders, pageOf, type Shown } from '../pages/page';
import { refusalOf } from '../payment-links';
import { comeBack } from './coming-back';

const open = { config: { access: 'open' }, schema: { hide: true } } as const;

/** A page, or an address to be sent to. */
export type Answered = Shown | { readonly to: string };

/** Registered in a context of its own: only here is a form understood, and an error a page. */
export async function paymentPageRoutes(app: FastifyInstance, api: PagedApi): Promise<void> {
  const { db, clock, settings, page } = api;
  app.removeAllContentTypeParsers();
  // Nothing is posted here; whatever comes is no body.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null, undefined));
  app.setErrorHandler((error: Error, request, reply) => {
    const notice = brokenNotice(error);
    request.log[notice.status === 500 ? 'error' : 'warn'](
      { err: error, path: request.routeOptions.url },
      'answered with a notice',
    );
    return send(reply, notice);
  });
  const { name, home } = page.platform;
  const wayBack = home === undefined ? {} : { link: { says: `Back to ${name}`, to: home } };
  const send = (reply: FastifyReply, answered: Answered) => {
    reply.headers(pageHeaders());
    if ('to' in answered) return reply.redirect(answered.to, 303);
    return reply.code(answered.status).send(pageOf({ ...wayBack, ...answered.page }, { seller: settings.seller.name }));
  };
  const sendPage = (request: FastifyRequest, reply: FastifyReply) => {
    const index = page.files?.get(indexFile);
    return index === undefined ? send(reply, notBuilt) : sendFile(request, reply, index, 'no-referrer');
  };
  for (const task of linkTasks) {
    app.get(`/${task}/:token`, open, async (request, reply) => {
      const { token = '' } = request.params as { readonly token?: string };
      const refusal = refusalOf(await findPaymentLink(db, token), { task, nowMs: await clock() });
      return refusal === undefined ? sendPage(request, reply) : send(reply, refusal);
    });
  }

  app.get('/return', open, (_request, reply) => send(reply, nothingChanged));
  app.get('/return/:session', open, async (request, reply) => {
    const { session = '' } = request.params as { readonly session?: string };
    return send(reply, await comeBack(api, session));
  });
}
