// Invoices: the history, one of them, and what the coming one would say now.
import type { FastifyInstance } from 'fastify';
import { readComingBill } from '../../commands/coming-bill';
import { PeriodQuery } from '../../contract/dashboard';
import { InvoicesQuery, invoicesAPage, type UpcomingInvoice } from '../../contract/invoices';
import type { Answer } from '../../contract/operations';
import { readWorkspace } from '../../db/accounts/workspaces';
import { listInvoices, readLines, type StoredInvoice } from '../../db/billing/invoices-read';
import type { Trx } from '../../db/connection/knex';
import { readSnapshot } from '../../db/connection/snapshot';
import { composeInvoice } from '../../domain/invoice';
import { cents, formatCents } from '../../domain/money';
import type { Month } from '../../domain/period';
import { everyRole } from '../access';
import type { Api } from '../api';
import { invoiceOfPath, invoiceShape, linesOf } from '../invoices';
import { describe } from '../openapi';
import { pageOf, readQuery, workspaceOf } from '../parameters';
import { billShape, lineShape, partShape } from '../shapes';

const listSchema = describe({
  id: 'listInvoices',
  tag: 'Invoices',
  summary: 'List the invoices of a workspace, the newest first',
});

const getSchema = describe({
  id: 'getInvoice',
  tag: 'Invoices',
  summary: 'Read an invoice',
});

const upcomingSchema = describe({
  id: 'getUpcomingInvoice',
  tag: 'Invoices',
  summary: 'Preview the invoice of an open period',
  description: `What the invoice would say now, after those of earlier periods that are not issued yet: no credit is
promised twice. The first of them bears late usage of closed periods.`,
});

export function invoiceRoutes(app: FastifyInstance, api: Api): void {
  app.get(
    '/v1/workspaces/:workspace/invoices',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: listSchema },
    async (request): Promise<Answer<'listInvoices'>> => {
      const workspace = workspaceOf(request);
      const { cursor, limit = invoicesAPage, lines: wanted = 'all' } = readQuery(request, InvoicesQuery);
      const before = cursor === undefined ? null : Number(cursor[0]);
      const invoices = await listInvoices(api.db, { workspace, before, limit: limit + 1 });
      // Whoever has an invoice is there.
      if (invoices.length === 0) await readWorkspace(api.db, workspace);
      const ids = wanted === 'none' ? [] : invoices.slice(0, limit).map((invoice) => invoice.id);
      const lines = await readLines(api.db, { workspace, ids });
      const show = (invoice: StoredInvoice) => invoiceShape(invoice, lines.get(invoice.id) ?? []);
      return pageOf(invoices, limit, { show, cursor: ({ number }) => [number] });
    },
  );

  app.get(
    '/v1/invoices/:invoice',
    { config: { access: { roles: everyRole, of: 'handler' } }, schema: getSchema },
    async (request): Promise<Answer<'getInvoice'>> => {
      const invoice = await invoiceOfPath(request, api.db);
      return invoiceShape(invoice, await linesOf(api.db, invoice));
    },
  );

  app.get(
    '/v1/workspaces/:workspace/invoices/upcoming',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: upcomingSchema },
    async (request): Promise<Answer<'getUpcomingInvoice'>> => {
      const workspace = workspaceOf(request);
      const { period } = readQuery(request, PeriodQuery);
      const nowMs = await api.clock();
      return readSnapshot(api.db, (trx) => readUpcoming(trx, { workspace, period, nowMs }));
    },
  );
}

async function readUpcoming(
  trx: Trx,
  { workspace, ...of }: { workspace: string; period: Month | undefined; nowMs: number },
): Promise<UpcomingInvoice> {
  const coming = await readComingBill(trx, { workspace, ...of }, { withLines: true, withOverrun: true });
  const { month, bill, parts, overrun } = coming;
  const { lines } = composeInvoice({ workspace, month, bill, usageLines: parts.flatMap((part) => part.lines) });
  return {
    workspace,
    period: month,
    status: 'upcoming',
    currency: 'USD',
    lines: lines.map(lineShape),
    bill: billShape(bill),
    parts: bill.parts.map(partShape),
    writtenOff: formatCents(overrun?.amountCents ?? cents(0n)),
  };
}
