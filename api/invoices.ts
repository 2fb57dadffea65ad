// Issued invoices: found for who may read them, and as they are answered.
import type { FastifyRequest } from 'fastify';
import type { Invoice } from '../contract/invoices';
import { readInvoice, readLines, type StoredInvoice } from '../db/billing/invoices-read';
import type { Db } from '../db/connection/knex';
import { MinutebookError } from '../domain/errors';
import { invoiceNumber } from '../domain/ids';
import type { InvoiceLine as IssuedLine } from '../domain/invoice';
import { formatCents } from '../domain/money';
import { formatInstant } from '../domain/period';
import { callerOf } from './access';
import { billShape, buyerShape, lineShape, partShape } from './shapes';

/** The invoice that the path names. Throws `not_found` where there is none, or another workspace's for its key. */
export async function invoiceOfPath(request: FastifyRequest, db: Db): Promise<StoredInvoice> {
  const { invoice: id } = request.params as { readonly invoice: string };
  const invoice = /^[A-Za-z0-9_.:-]+$/.test(id) ? await readInvoice(db, id) : undefined;
  const caller = callerOf(request);
  if (invoice === undefined || (caller.role === 'workspace' && caller.workspace !== invoice.workspace)) {
    throw new MinutebookError({ code: 'not_found', detail: `there is no invoice ${id.slice(0, 300)}` });
  }
  return invoice;
}

export async function linesOf(db: Db, { workspace, id }: StoredInvoice): Promise<readonly IssuedLine[]> {
  return (await readLines(db, { workspace, ids: [id] })).get(id) ?? [];
}

export function invoiceShape(invoice: StoredInvoice, lines: readonly IssuedLine[]): Invoice {
  const { workspace, number } = invoice;
  return {
    id: invoice.id,
    number: invoiceNumber({ workspace, number }),
    workspace,
    period: invoice.month,
    status: invoice.status,
    issuedAt: formatInstant(invoice.issuedAtMs),
    dueAt: formatInstant(invoice.dueAtMs),
    collection: invoice.collection,
    seller: invoice.seller,
    buyer: buyerShape(invoice.buyer),
    currency: 'USD',
    closedBecause: invoice.closedBecause,
    lines: lines.map(lineShape),
    bill: billShape(invoice),
    parts: invoice.parts.map(partShape),
    paid: formatCents(invoice.paidCents),
    returned: formatCents(invoice.returnedCents),
    refunded: formatCents(invoice.refundedCents),
    credited: formatCents(invoice.creditedCents),
    writtenOff: formatCents(invoice.writtenOffCents),
    remaining: formatCents(invoice.remainingCents),
    toRefund: formatCents(invoice.toRefundCents),
    ...(invoice.isDisputed ? { disputed: true } : {}),
  };
}
