// The one task that the link of an e-mail is for, as the billing page reads it and begins it. The link's token is in the address
// and opens nothing but this: no other route knows it.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { findPaymentLink } from '../../commands/make-payment-link';
import { payByCheckout } from '../../commands/pay-by-checkout';
import { startSetup } from '../../commands/start-setup';
import type { Answer } from '../../contract/operations';
import { readPayable } from '../../db/payments/checkouts';
import type { StoredLink } from '../../db/payments/links';
import { readActiveMethod } from '../../db/payments/methods';
import { readCollecting } from '../../db/payments/reading';
import { MinutebookError } from '../../domain/errors';
import { notPayableWords } from '../../domain/paying';
import { formatInstant } from '../../domain/period';
import type { PagedApi } from '../api';
import { describe } from '../openapi';
import { answerBrowser } from '../page/answers';
import { unknownLink } from '../pages/notices';
import type { Shown } from '../pages/page';
import { charging } from '../paying';
import { linkedInvoiceShape, refusalOf } from '../payment-links';
import { methodShape } from '../payments';

const getSchema = describe({
  id: 'getPaymentLink',
  tag: 'Billing page',
  summary: 'Read what the link of an e-mail is about',
  description: 'Without a key: the token is what opens it, for sixty days (404 unknown, 410 expired or done).',
  isOpen: true,
});

const startSchema = describe({
  id: 'startLinkedTask',
  tag: 'Billing page',
  summary: 'Begin what the link of an e-mail is for',
  description: `Answers a page of Stripe's on which the customer pays the invoice, or adds a payment method. Asked for again while one is
open, it is the same page. Refused (conflict) where there is nothing to pay or a payment is under way.`,
  isOpen: true,
});

export function linkRoutes(app: FastifyInstance, api: PagedApi): void {
  app.get(
    '/v1/links/:token',
    { config: { access: 'open' }, schema: getSchema },
    async (request, reply): Promise<Answer<'getPaymentLink'>> => {
      const { link, nowMs } = await linkOf(api, request, reply);
      const shared = { expiresAt: formatInstant(link.expiresMs), platform: api.page.platform };
      if (link.task === 'pay') return { task: 'pay', ...shared, invoice: await invoiceOf(api, link, nowMs) };
      const method = await readActiveMethod(api.db, link.workspace);
      return { task: 'method', ...shared, ...(method === undefined ? {} : { method: methodShape(method) }) };
    },
  );

  app.post(
    '/v1/links/:token',
    { config: { access: 'open' }, schema: startSchema },
    async (request, reply): Promise<Answer<'startLinkedTask'>> => {
      const { link, token } = await linkOf(api, request, reply);
      const { task, workspace, hash } = link;
      const cancelUrl = `${api.settings.publicUrl}/${task}/${token}`;
      if (task === 'method') {
        return { url: (await startSetup(charging(api), { workspace, returnUrl: null, cancelUrl, link: hash })).url };
      }
      const page = await payByCheckout(charging(api), { workspace, invoice: link.invoice, cancelUrl });
      if (page.kind === 'page') return { url: page.url };
      throw new MinutebookError({ code: 'conflict', detail: notPayableWords[page.kind] });
    },
  );
}

type Found = { readonly link: StoredLink; readonly token: string; readonly nowMs: number };

async function linkOf({ db, clock }: PagedApi, request: FastifyRequest, reply: FastifyReply): Promise<Found> {
  answerBrowser(reply);
  const { token } = request.params as { readonly token: string };
  const nowMs = await clock();
  const link = await findPaymentLink(db, token);
  const refusal = refusalOf(link, { nowMs });
  if (link === undefined || refusal !== undefined) throw refused(refusal ?? unknownLink);
  return { link, token, nowMs };
}

function refused({ status, page }: Shown): MinutebookError {
  return new MinutebookError({ code: status === 404 ? 'not_found' : 'link_over', detail: page.paragraphs.join(' ') });
}

async function invoiceOf({ db }: PagedApi, link: StoredLink & { readonly task: 'pay' }, nowMs: number) {
  const payable = await readPayable(db, link);
  if (payable === undefined) throw refused(unknownLink);
  return linkedInvoiceShape(payable, { collecting: await readCollecting(db, link.invoice), nowMs });
}
