// Credit notes: those of an invoice, and one of them.
import type { FastifyInstance } from 'fastify';
import { CreditNotesQuery, creditNotesAPage } from '../../contract/credit-notes';
import type { Answer } from '../../contract/operations';
import { encodeCursor } from '../../contract/pages';
import { listCreditNotes } from '../../db/billing/credit-notes-read';
import { everyRole } from '../access';
import type { Api } from '../api';
import { creditNoteOfPath, creditNoteShapes } from '../credit-notes';
import { invoiceOfPath } from '../invoices';
import { describe } from '../openapi';
import { readQuery } from '../parameters';

const listSchema = describe({
  id: 'listCreditNotes',
  tag: 'Credit notes',
  summary: 'List the credit notes of an invoice in their order',
});

const getSchema = describe({ id: 'getCreditNote', tag: 'Credit notes', summary: 'Read a credit note' });

export function creditNoteRoutes(app: FastifyInstance, api: Api): void {
  app.get(
    '/v1/invoices/:invoice/credit-notes',
    { config: { access: { roles: everyRole, of: 'handler' } }, schema: listSchema },
    async (request): Promise<Answer<'listCreditNotes'>> => {
      const { id: invoice } = await invoiceOfPath(request, api.db);
      const { cursor, limit = creditNotesAPage } = readQuery(request, CreditNotesQuery);
      const after = cursor === undefined ? 0 : Number(cursor[0]);
      const notes = await listCreditNotes(api.db, { invoice, after, limit: limit + 1 });
      const shown = notes.slice(0, limit);
      const last = shown.at(-1);
      const next = notes.length > limit && last !== undefined ? { next: encodeCursor([last.number]) } : {};
      return { items: await creditNoteShapes(api.db, shown), ...next };
    },
  );

  app.get(
    '/v1/credit-notes/:note',
    { config: { access: { roles: everyRole, of: 'handler' } }, schema: getSchema },
    async (request): Promise<Answer<'getCreditNote'>> => {
      const note = await creditNoteOfPath(request, api.db);
      const [shape] = await creditNoteShapes(api.db, [note]);
      if (shape === undefined) throw new Error(`credit note ${note.id} was read and has no shape`);
      return shape;
    },
  );
}
