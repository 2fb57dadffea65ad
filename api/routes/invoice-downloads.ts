// An invoice to keep: as a PDF, and its lines and its hours as CSV.
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { readInvoiceDocument } from '../../commands/read-invoice-document';
import type { StoredInvoice } from '../../db/billing/invoices-read';
import { invoiceNumber } from '../../domain/ids';
import { formatCents } from '../../domain/money';
import { everyRole } from '../access';
import type { Api } from '../api';
import { attach } from '../downloads/attachment';
import { csvMediaType } from '../downloads/csv';
import { invoiceCsv } from '../downloads/document-lines';
import { sendPdf } from '../downloads/pdf';
import { hourColumns, usageCsv } from '../downloads/usage-hours';
import { tagged, tagOf } from '../etag';
import { invoiceOfPath, linesOf } from '../invoices';
import { describe } from '../openapi';
import { lineShape } from '../shapes';

const linesSchema = describe({
  id: 'getInvoiceCsv',
  tag: 'Invoices',
  summary: 'Download the lines of an invoice as CSV',
  description: `A column for each field of a line; the amounts add up to the total. What is written off, if anything, is the last
row, with its amount in a column of its own.`,
});

const usageSchema = describe({
  id: 'getInvoiceUsageCsv',
  tag: 'Invoices',
  summary: 'Download every hour that an invoice billed as CSV',
  description: `By model, version and instance type: hour, model, version, instanceType, replicaMinutes, usdPerMinute,
listAmount. The list amounts add up to the invoice's; hours of an earlier month were reported late. A download that breaks
off is not whole.`,
});

const pdfSchema = describe({
  id: 'getInvoicePdf',
  tag: 'Invoices',
  summary: 'Download an invoice as PDF',
  description: `Made of what was stored at its issue, tagged for screen readers. The ETag follows from the facts: with
If-None-Match it is answered 304 while they are the same.`,
});

export function invoiceDownloadRoutes(app: FastifyInstance, api: Api): void {
  app.get(
    '/v1/invoices/:invoice/pdf',
    { config: { access: { roles: everyRole, of: 'handler' } }, schema: pdfSchema },
    async (request, reply) => {
      const invoice = await invoiceOfPath(request, api.db);
      const document = await readInvoiceDocument(api.db, invoice);
      return sendPdf({ request, reply, renderer: api.pdf }, { document, of: 'invoice' });
    },
  );

  app.get(
    '/v1/invoices/:invoice/csv',
    { config: { access: { roles: everyRole, of: 'handler' } }, schema: linesSchema },
    async (request, reply) => {
      const invoice = await invoiceOfPath(request, api.db);
      const lines = await linesOf(api.db, invoice);
      attach(reply, { ...fileOf(invoice), mediaType: csvMediaType, ending: '.csv' });
      const writtenOff = formatCents(invoice.writtenOffCents);
      return reply.send(invoiceCsv(lines.map(lineShape), { writtenOff, period: invoice.month }));
    },
  );

  app.get(
    '/v1/invoices/:invoice/usage.csv',
    { config: { access: { roles: everyRole, of: 'handler' } }, schema: usageSchema },
    async (request, reply) => {
      const invoice = await invoiceOfPath(request, api.db);
      // The hours that an invoice billed never change, so none is read to tell.
      if (tagged(request, reply, tagOf(`${invoice.id}\n${hourColumns}`))) return reply.code(304).send();
      attach(reply, { ...fileOf(invoice), mediaType: csvMediaType, ending: '-usage.csv' });
      return reply.send(Readable.from(usageCsv(api.db, invoice), { objectMode: false }));
    },
  );
}

function fileOf({ workspace, number }: StoredInvoice) {
  return { of: 'invoice' as const, number: invoiceNumber({ workspace, number }) };
}
