// Credit notes: those of an invoice, one of them, and the two that somebody writes for money alone: goodwill and a void.
import type { FastifyInstance } from 'fastify';
import { creditInvoice } from '../../commands/credit-invoice';
import { voidInvoice } from '../../commands/void-invoice';
import {
  type CreditNote,
  CreditNotesQuery,
  creditNotesAPage,
  readCreditNoteEntry,
  readVoidInvoiceEntry,
} from '../../contract/credit-notes';
import type { Answer } from '../../contract/operations';
import { listCreditNotes, type StoredCreditNote } from '../../db/billing/credit-notes-read';
import type { Db } from '../../db/connection/knex';
import { adminsOnly, authorOf, everyRole } from '../access';
import type { Api } from '../api';
import { creditNoteOfPath, creditNoteShapes } from '../credit-notes';
import { invoiceOfPath } from '../invoices';
import { describe } from '../openapi';
import { pageTogether, readQuery } from '../parameters';

const postSchema = describe({
  id: 'creditInvoice',
  tag: 'Credit notes',
  summary: 'Credit money of an invoice as goodwill',
  description: `Once under its key, at most what is left to credit. It lowers what is to be paid; what was paid already is to be
refunded. What was used stays as it is: usage that was billed wrongly is corrected instead.`,
});

const voidSchema = describe({
  id: 'voidInvoice',
  tag: 'Credit notes',
  summary: 'Void an unpaid invoice',
  description: `By one credit note of all that is not credited yet; the credits that it drew go back. Refused (conflict) where
anything is paid or nothing remains to be paid.`,
});

const listSchema = describe({
  id: 'listCreditNotes',
  tag: 'Credit notes',
  summary: 'List the credit notes of an invoice in their order',
});

const getSchema = describe({ id: 'getCreditNote', tag: 'Credit notes', summary: 'Read a credit note' });

export function creditNoteRoutes(app: FastifyInstance, api: Api): void {
  app.post(
    '/v1/invoices/:invoice/credit-notes',
    { config: { access: { roles: adminsOnly, of: 'nobody' } }, schema: postSchema },
    async (request, reply): Promise<Answer<'creditInvoice'>> => {
      const { id: invoice, workspace } = await invoiceOfPath(request, api.db);
      const crediting = { workspace, invoice, kind: 'goodwill', ...readCreditNoteEntry(request.body) } as const;
      const author = await authorOf(request, api);
      const { settings } = api;
      const issued = await api.db.transaction((trx) => creditInvoice(trx, { crediting, author, settings }));
      reply.code(issued.isNew ? 201 : 200);
      return onlyShape(api.db, issued.note);
    },
  );

  app.post(
    '/v1/invoices/:invoice/void',
    { config: { access: { roles: adminsOnly, of: 'nobody' } }, schema: voidSchema },
    async (request, reply): Promise<Answer<'voidInvoice'>> => {
      const { id: invoice, workspace } = await invoiceOfPath(request, api.db);
      const voiding = { workspace, invoice, ...readVoidInvoiceEntry(request.body) };
      const author = await authorOf(request, api);
      const { settings } = api;
      const issued = await api.db.transaction((trx) => voidInvoice(trx, { voiding, author, settings }));
      reply.code(issued.isNew ? 201 : 200);
      return onlyShape(api.db, issued.note);
    },
  );

  app.get(
    '/v1/invoices/:invoice/credit-notes',
    { config: { access: { roles: everyRole, of: 'handler' } }, schema: listSchema },
    async (request): Promise<Answer<'listCreditNotes'>> => {
      const { id: invoice } = await invoiceOfPath(request, api.db);
      const { cursor, limit = creditNotesAPage } = readQuery(request, CreditNotesQuery);
      const after = cursor === undefined ? 0 : Number(cursor[0]);
      const notes = await listCreditNotes(api.db, { invoice, after, limit: limit + 1 });
      return pageTogether(notes, limit, {
        show: (shown) => creditNoteShapes(api.db, shown),
        cursor: ({ number }) => [number],
      });
    },
  );

  app.get(
    '/v1/credit-notes/:note',
    { config: { access: { roles: everyRole, of: 'handler' } }, schema: getSchema },
    async (request): Promise<Answer<'getCreditNote'>> => {
      return onlyShape(api.db, await creditNoteOfPath(request, api.db));
    },
  );
}

async function onlyShape(db: Db, note: StoredCreditNote): Promise<CreditNote> {
  const [shape] = await creditNoteShapes(db, [note]);
  if (shape === undefined) throw new Error(`credit note ${note.id} was read and has no shape`);
  return shape;
}
