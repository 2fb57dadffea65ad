// Refunds of invoices: begun by an admin, and how each stands.
import type { FastifyInstance } from 'fastify';
import { refundInvoice } from '../../commands/refund-invoice';
import type { Answer } from '../../contract/operations';
import { RefundsQuery, readRefundEntry, refundsAPage } from '../../contract/refunds';
import { readSnapshot } from '../../db/connection/snapshot';
import { listRefunds, readPartsOfAll, readRefundParts, type StoredRefund } from '../../db/payments/refunds';
import { adminsOnly, authorOf, everyRole } from '../access';
import type { Api } from '../api';
import { invoiceOfPath } from '../invoices';
import { describe } from '../openapi';
import { pageOf, readQuery } from '../parameters';
import { refundShape } from '../refunds';

const postSchema = describe({
  id: 'refundInvoice',
  tag: 'Payments',
  summary: 'Refund money of an invoice',
  description: `Once under its key: the same content again refunds nothing more, other content is refused (conflict). What came by
Stripe goes back first, the newest payment first; what came by bank transfer only with the reference of the transfer that paid
it out. A credit note comes with it, unless credit notes left it to be refunded already or the payment was too much. It goes
on after this answer: parts are pending for days where banks take days, and one that fails puts the money back. Refused
(conflict) above what is left, and while a payment that it needs is disputed.`,
});

const listSchema = describe({
  id: 'listRefunds',
  tag: 'Payments',
  summary: 'List the refunds of an invoice in their order, with what became of each part',
});

export function refundRoutes(app: FastifyInstance, api: Api): void {
  app.post(
    '/v1/invoices/:invoice/refunds',
    { config: { access: { roles: adminsOnly, of: 'nobody' } }, schema: postSchema },
    async (request, reply): Promise<Answer<'refundInvoice'>> => {
      const { id: invoice, workspace } = await invoiceOfPath(request, api.db);
      const refunding = { workspace, invoice, ...readRefundEntry(request.body) };
      const author = await authorOf(request, api);
      const { settings } = api;
      const { refund, isNew } = await api.db.transaction((trx) => refundInvoice(trx, { refunding, author, settings }));
      reply.code(isNew ? 201 : 200);
      return refundShape(refund, await readRefundParts(api.db, refund));
    },
  );

  app.get(
    '/v1/invoices/:invoice/refunds',
    { config: { access: { roles: everyRole, of: 'handler' } }, schema: listSchema },
    async (request): Promise<Answer<'listRefunds'>> => {
      const { id: invoice, workspace } = await invoiceOfPath(request, api.db);
      const { cursor, limit = refundsAPage } = readQuery(request, RefundsQuery);
      const [after] = cursor ?? [null];
      const [refunds, parts] = await readSnapshot(api.db, async (trx) => {
        const listed = await listRefunds(trx, { workspace, invoice, after, limit: limit + 1 });
        const keys = listed.map(({ key }) => key);
        return [listed, await readPartsOfAll(trx, { workspace, keys })] as const;
      });
      const partsOf = (refund: StoredRefund) => parts.filter(({ key }) => key === refund.key);
      const show = (refund: StoredRefund) => refundShape(refund, partsOf(refund));
      return pageOf(refunds, limit, { show, cursor: ({ key }) => [key] });
    },
  );
}
