// Payments of invoices: what came in and what was tried, recording what came in elsewhere, and giving up what will not.
import type { FastifyInstance } from 'fastify';
import { payByCheckout } from '../../commands/pay-by-checkout';
import { recordPayment } from '../../commands/record-payment';
import { writeOffInvoice } from '../../commands/write-off-invoice';
import type { Answer } from '../../contract/operations';
import { readPayEntry } from '../../contract/payment-method';
import { InvoicePaymentsQuery, paymentsAPage, readPaymentEntry, readWriteOffEntry } from '../../contract/payments';
import { readInvoice, type StoredInvoice } from '../../db/billing/invoices-read';
import { readSnapshot } from '../../db/connection/snapshot';
import { listAttempts, listPayments, readCollecting } from '../../db/payments/reading';
import { MinutebookError } from '../../domain/errors';
import { notPayableWords } from '../../domain/paying';
import { refuseElsewhere } from '../../domain/return-origins';
import { adminsOnly, authorOf, everyRole } from '../access';
import type { Api } from '../api';
import { invoiceOfPath, invoiceShape, linesOf } from '../invoices';
import { describe } from '../openapi';
import { readQuery } from '../parameters';
import { charging } from '../paying';
import { invoicePaymentsShape, paymentShape } from '../payments';

const listSchema = describe({
  id: 'getInvoicePayments',
  tag: 'Payments',
  summary: 'Read the payments and attempts of an invoice, and what it waits for',
  description: 'Each in its order, so many of each on a page.',
});

const paySchema = describe({
  id: 'payInvoice',
  tag: 'Payments',
  summary: 'Begin to pay an invoice now',
  description: `Answers a page of Stripe's on which the customer pays what remains. Asked for again while one is open, it is the same
page. Refused (conflict) where there is nothing to pay or a payment is under way: the detail is for the customer to read.`,
});

const recordSchema = describe({
  id: 'recordPayment',
  tag: 'Payments',
  summary: 'Record money that was received elsewhere, such as a bank transfer',
  description: `Once under its key: the same content again changes nothing, other content is refused (conflict). It pays this
invoice, partly if it is less; what is over pays the oldest unpaid invoices, and the rest becomes a grant.`,
});

const writeOffSchema = describe({
  id: 'writeOffInvoice',
  tag: 'Payments',
  summary: 'Write off what remains of an invoice',
  description: `It is uncollectible from then on, and nothing is tried any more. A later payment reverses as much as it pays.
Refused (conflict) while a payment is under way, and where nothing remains.`,
});

export function paymentRoutes(app: FastifyInstance, api: Api): void {
  app.get(
    '/v1/invoices/:invoice/payments',
    { config: { access: { roles: everyRole, of: 'handler' } }, schema: listSchema },
    async (request): Promise<Answer<'getInvoicePayments'>> => {
      const { id: invoice, workspace } = await invoiceOfPath(request, api.db);
      const { cursor: [payment, number] = ['', '0'], limit = paymentsAPage } = readQuery(request, InvoicePaymentsQuery);
      return readSnapshot(api.db, async (trx) => {
        const of = { workspace, invoice, limit: limit + 1 };
        const [payments, attempts, collecting] = await Promise.all([
          listPayments(trx, { ...of, after: payment === '' ? null : payment }),
          listAttempts(trx, { ...of, after: Number(number) }),
          readCollecting(trx, invoice),
        ]);
        return invoicePaymentsShape({ payments, attempts, collecting, limit, after: { payment, number } });
      });
    },
  );

  app.post(
    '/v1/invoices/:invoice/pay',
    { config: { access: { roles: everyRole, of: 'handler' } }, schema: paySchema },
    async (request): Promise<Answer<'payInvoice'>> => {
      const { id: invoice, workspace } = await invoiceOfPath(request, api.db);
      const { returnUrl } = readPayEntry(request.body);
      const { publicUrl, returnOrigins } = api.settings;
      refuseElsewhere(returnUrl, returnOrigins);
      const cancelUrl = returnUrl ?? `${publicUrl}/return`;
      const page = await payByCheckout(charging(api), { workspace, invoice, cancelUrl });
      if (page.kind === 'page') return { url: page.url };
      throw new MinutebookError({ code: 'conflict', detail: notPayableWords[page.kind] });
    },
  );

  app.post(
    '/v1/invoices/:invoice/payments',
    { config: { access: { roles: adminsOnly, of: 'handler' } }, schema: recordSchema },
    async (request, reply): Promise<Answer<'recordPayment'>> => {
      const entry = readPaymentEntry(request.body);
      const invoice = await invoiceOfPath(request, api.db);
      const author = await authorOf(request, api);
      const { payment, isNew } = await api.db.transaction((trx) => recordPayment(trx, { invoice, ...entry, author }));
      reply.code(isNew ? 201 : 200);
      const shown = await listPayments(api.db, { workspace: invoice.workspace, invoice: invoice.id });
      const recorded = shown.find((each) => each.payment === payment);
      if (recorded === undefined) throw new Error(`payments: ${payment} is not there after it was recorded`);
      return paymentShape(recorded);
    },
  );

  app.post(
    '/v1/invoices/:invoice/write-off',
    { config: { access: { roles: adminsOnly, of: 'handler' } }, schema: writeOffSchema },
    async (request): Promise<Answer<'writeOffInvoice'>> => {
      const entry = readWriteOffEntry(request.body);
      const invoice = await invoiceOfPath(request, api.db);
      const author = await authorOf(request, api);
      await api.db.transaction((trx) => writeOffInvoice(trx, { invoice, ...entry, author }));
      return showAgain(api, invoice);
    },
  );
}

async function showAgain({ db }: Api, before: StoredInvoice): Promise<Answer<'writeOffInvoice'>> {
  const invoice = (await readInvoice(db, before.id)) ?? before;
  return invoiceShape(invoice, await linesOf(db, invoice));
}
