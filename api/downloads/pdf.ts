// A document's PDF as it is answered: known by its facts to those who have it already.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { BillingDocument } from '../../gateways/pdf/document';
import { digestOf } from '../../gateways/pdf/in-turns';
import type { PdfRenderer } from '../../gateways/pdf/render';
import { tagged } from '../etag';
import { attach } from './attachment';

/** Answers the document as PDF, or that the caller has it already. */
export async function sendPdf(
  { request, reply, renderer }: { request: FastifyRequest; reply: FastifyReply; renderer: PdfRenderer },
  { document, of }: { readonly document: BillingDocument; readonly of: 'invoice' | 'credit-note' },
): Promise<FastifyReply> {
  // Before it is drawn. A weak tag, as a new version of the program may draw the same facts with other bytes.
  if (tagged(request, reply, `W/"${digestOf(document)}"`)) return reply.code(304).send();
  const pdf = Buffer.from(await renderer.render(document));
  attach(reply, { of, number: document.number, mediaType: 'application/pdf', ending: '.pdf' });
  return reply.send(pdf);
}
