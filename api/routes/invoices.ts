// Invoices: the history, one of them, and what the coming one would say now.
import type { FastifyInstance } from 'fastify';
import { readUnissuedBills } from '../../commands/unissued-bills';
import { noSuchWorkspace, readWorkspace } from '../../db/accounts/workspaces';
import { listInvoices, readInvoice, readLines, type StoredInvoice } from '../../db/billing/invoices-read';
import type { Trx } from '../../db/connection/knex';
import { readSnapshot } from '../../db/connection/snapshot';
import { MinutebookError } from '../../domain/errors';
import { invoiceNumber } from '../../domain/ids';
import { composeInvoice, type InvoiceLine } from '../../domain/invoice';
import { formatCents, formatUsdShort } from '../../domain/money';
import { formatInstant, type Month, monthOf } from '../../domain/period';
import { callerOf, everyRole } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { pageOf, readMonth, readPage, readQuery, workspaceOf } from '../parameters';
import { object, ref, text } from '../schema';
import { inWorkspace, month, page } from '../schemas';
import { billShape, partShape } from '../shapes';

const listSchema = describe({
  id: 'listInvoices',
  tag: 'Invoices',
  summary: 'List the invoices of a workspace, the newest first',
  params: inWorkspace,
  query: object({}, { cursor: text(), limit: text('at most 100; 20 where left out') }),
  answers: { 200: page(ref('Invoice')) },
});

const getSchema = describe({
  id: 'getInvoice',
  tag: 'Invoices',
  summary: 'Read an invoice',
  params: object({ invoice: text() }),
  answers: { 200: ref('Invoice') },
});

const upcomingSchema = describe({
  id: 'getUpcomingInvoice',
  tag: 'Invoices',
  summary: 'Preview the invoice of an open period',
  description: `What the invoice would say now, after those of earlier periods that are not issued yet: no credit is
promised twice. The first of them bears late usage of closed periods.`,
  params: inWorkspace,
  query: object({}, { period: { ...month, description: 'left out: the running month' } }),
  answers: { 200: ref('UpcomingInvoice') },
});

export function invoiceRoutes(app: FastifyInstance, api: Api): void {
  app.get(
    '/v1/workspaces/:workspace/invoices',
    { config: { access: everyRole }, schema: listSchema },
    async (request) => {
      const { id: workspace } = await readWorkspace(api.db, workspaceOf(request));
      const { after, limit } = readQuery(request, ['cursor', 'limit'], (fields, complain) =>
        readPage(fields, complain, { cursor: ['whole'], limit: 20, limitMax: 100 }),
      );
      const before = after === undefined ? null : Number(after[0]);
      const invoices = await listInvoices(api.db, { workspace, before, limit: limit + 1 });
      const lines = await readLines(
        api.db,
        invoices.slice(0, limit).map((invoice) => invoice.id),
      );
      const show = (invoice: StoredInvoice) => invoiceShape(invoice, lines.get(invoice.id) ?? []);
      return pageOf(invoices, limit, { show, cursor: ({ number }) => [number] });
    },
  );

  app.get('/v1/invoices/:invoice', { config: { access: everyRole }, schema: getSchema }, async (request) => {
    const { invoice: id } = request.params as { readonly invoice: string };
    const invoice = /^[A-Za-z0-9_.:-]+$/.test(id) ? await readInvoice(api.db, id) : undefined;
    const caller = callerOf(request);
    if (invoice === undefined || (caller.role === 'workspace' && caller.workspace !== invoice.workspace)) {
      throw new MinutebookError({ code: 'not_found', detail: `there is no invoice ${id.slice(0, 300)}` });
    }
    return invoiceShape(invoice, (await readLines(api.db, [invoice.id])).get(invoice.id) ?? []);
  });

  app.get(
    '/v1/workspaces/:workspace/invoices/upcoming',
    { config: { access: everyRole }, schema: upcomingSchema },
    async (request) => {
      const workspace = workspaceOf(request);
      const period = readQuery(request, ['period'], (fields, complain) => readMonth(fields.period, 'period', complain));
      const nowMs = await api.clock();
      return readSnapshot(api.db, (trx) => readUpcoming(trx, { workspace, period, running: monthOf(nowMs) }));
    },
  );
}

async function readUpcoming(
  trx: Trx,
  { workspace, period, running }: { workspace: string; period: Month | undefined; running: Month },
) {
  const unissued = await readUnissuedBills(trx, { workspace, withLines: true });
  if (unissued === undefined) throw noSuchWorkspace(workspace);
  // The running month may have been closed early: then the one after it is what comes.
  const coming = unissued.bills.find(({ month }) => (period === undefined ? month >= running : month === period));
  if (coming === undefined) {
    const detail = `workspace ${workspace} has no open period${period === undefined ? '' : ` ${period}`}`;
    throw new MinutebookError({ code: 'not_found', detail });
  }
  const { month, bill, parts } = coming;
  const { lines } = composeInvoice({ workspace, month, bill, usageLines: parts.flatMap((part) => part.lines) });
  return {
    workspace,
    period: month,
    status: 'upcoming',
    currency: 'USD',
    lines: lines.map(lineShape),
    bill: billShape(bill),
    parts: bill.parts.map(partShape),
  };
}

function invoiceShape(invoice: StoredInvoice, lines: readonly InvoiceLine[]) {
  const { workspace, number } = invoice;
  return {
    id: invoice.id,
    number: invoiceNumber({ workspace, number }),
    workspace,
    period: invoice.month,
    status: invoice.status,
    issuedAt: formatInstant(invoice.issuedAtMs),
    currency: invoice.currency,
    closedBecause: invoice.closedBecause,
    lines: lines.map(lineShape),
    bill: billShape(invoice),
    parts: invoice.parts.map(partShape),
  };
}

function lineShape(line: InvoiceLine) {
  const { model, version, instanceType, replicaMinutes, priceNanos } = line;
  return {
    kind: line.kind,
    description: line.description,
    period: line.month,
    ...(model === undefined ? {} : { model }),
    ...(version === undefined ? {} : { version }),
    ...(instanceType === undefined ? {} : { instanceType }),
    ...(replicaMinutes === undefined ? {} : { replicaMinutes }),
    ...(priceNanos === undefined ? {} : { usdPerMinute: formatUsdShort(priceNanos) }),
    amount: formatCents(line.amountCents),
  };
}
