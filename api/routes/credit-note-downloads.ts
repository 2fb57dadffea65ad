// A credit note to keep: as a PDF, and its lines as CSV.
import type { FastifyInstance } from 'fastify';
import { readCreditNoteDocument } from '../../commands/read-credit-note-document';
import { everyRole } from '../access';
import type { Api } from '../api';
import { creditNoteOfPath, creditNoteShapes } from '../credit-notes';
import { attach } from '../downloads/attachment';
import { csvMediaType } from '../downloads/csv';
import { linesCsv } from '../downloads/document-lines';
import { sendPdf } from '../downloads/pdf';
import { describe } from '../openapi';

const pdfSchema = describe({
  id: 'getCreditNotePdf',
  tag: 'Credit notes',
  summary: 'Download a credit note as PDF',
  description: `Made of what was stored at its issue, with seller and buyer as its invoice has them. The ETag follows from
the facts: with If-None-Match it is answered 304 while they are the same.`,
});

const linesSchema = describe({
  id: 'getCreditNoteCsv',
  tag: 'Credit notes',
  summary: 'Download the lines of a credit note as CSV',
  description:
    'A column for each field of a line; what is given back is positive, and the amounts add up to the amount.',
});

export function creditNoteDownloadRoutes(app: FastifyInstance, api: Api): void {
  app.get(
    '/v1/credit-notes/:note/pdf',
    { config: { access: { roles: everyRole, of: 'handler' } }, schema: pdfSchema },
    async (request, reply) => {
      const document = await readCreditNoteDocument(api.db, await creditNoteOfPath(request, api.db));
      return sendPdf({ request, reply, renderer: api.pdf }, { document, of: 'credit-note' });
    },
  );

  app.get(
    '/v1/credit-notes/:note/csv',
    { config: { access: { roles: everyRole, of: 'handler' } }, schema: linesSchema },
    async (request, reply) => {
      const [note] = await creditNoteShapes(api.db, [await creditNoteOfPath(request, api.db)]);
      if (note === undefined) throw new Error('a credit note was read and has no shape');
      attach(reply, { of: 'credit-note', number: note.number, mediaType: csvMediaType, ending: '.csv' });
      return reply.send(linesCsv(note.lines));
    },
  );
}
