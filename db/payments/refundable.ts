// What of an invoice can go back, in one statement; the caller holds the workspace's row.

import type { InvoiceStatus } from '../../domain/invoice';
import { type Cents, cents } from '../../domain/money';
import type { RefundableInvoice } from '../../domain/refunds';
import { ofDocument } from '../billing/document-key';
import type { Trx } from '../connection/knex';
import { statement } from '../connection/statement';

type PaymentJson = {
  readonly payment: string;
  readonly source: 'stripe' | 'elsewhere';
  readonly receivedAtMs: number;
  readonly left: string;
  readonly overpaid: string;
  readonly isDisputed: boolean;
  readonly hasFailed: boolean;
};

type Row = {
  workspace_id: string;
  number: number;
  status: InvoiceStatus;
  kept_cents: bigint;
  to_refund_cents: bigint;
  payments: PaymentJson[];
};

// What a failed refund has credited is not credited again, also where it only lowers what remains to be paid. A payment
// that was meant for the invoice is among its payments though all of it was too much.
const selectRefundable = statement<Row>(`
  with own as (
    select payments.*, coalesce(allocated.amount_cents, 0) as allocated_cents
    from invoices
    join payments on payments.workspace_id = invoices.workspace_id
    left join payment_allocations as allocated on allocated.workspace_id = payments.workspace_id
      and allocated.payment = payments.payment and allocated.invoice_id = invoices.id
    where invoices.workspace_id = :workspace and invoices.id = :invoice and (allocated.invoice_id is not null or payments.invoice_id = invoices.id)
  )
  select workspace_id, number, status, paid_cents - returned_cents - refunded_cents as kept_cents,
    greatest(to_refund_cents,
      (select coalesce(sum(amount_cents), 0) from credit_notes as note
        where note.workspace_id = invoices.workspace_id and note.invoice_id = invoices.id and kind = 'refund')
      - (select coalesce(sum(parts.amount_cents), 0) from refund_parts as parts join refunds using (workspace_id, key)
        where parts.workspace_id = invoices.workspace_id and parts.invoice_id = invoices.id
          and parts.state <> 'failed' and because in ('asked', 'at_stripe'))
    )::int8 as to_refund_cents,
    (select coalesce(jsonb_agg(jsonb_build_object('payment', own.payment, 'source', own.source,
        'receivedAtMs', extract(epoch from own.received_at) * 1000,
        'left', (own.allocated_cents
          - coalesce((select sum(amount_cents) from payment_returns as returned
              where returned.workspace_id = own.workspace_id and returned.payment = own.payment
                and returned.invoice_id = invoices.id and returned.state = 'withdrawn'), 0)
          - coalesce((select sum(parts.amount_cents) from refund_parts as parts
              join refunds using (workspace_id, key)
              where parts.workspace_id = own.workspace_id and parts.payment = own.payment
                and parts.invoice_id = invoices.id and parts.state <> 'failed' and refunds.because <> 'overpayment'), 0))::text,
        'overpaid', coalesce((select remaining_nanos / 10000000 from credit_grants
            where credit_grants.workspace_id = own.workspace_id and key = 'overpayment:' || own.payment
              and ended_at is null and own.granted_cents > 0), 0)::text,
        'isDisputed', exists (select from disputes where disputes.workspace_id = own.workspace_id
          and disputes.payment = own.payment and disputes.state = 'open' and disputes.kind <> 'inquiry'),
        'hasFailed', exists (select from refund_parts as parts where parts.workspace_id = own.workspace_id
          and parts.payment = own.payment and parts.state = 'failed'))), '[]') from own) as payments
  from invoices where workspace_id = :workspace and id = :invoice`);

export type Refundable = RefundableInvoice & {
  readonly workspace: string;
  readonly number: number;
  readonly status: InvoiceStatus;
};

/** Undefined where there is no such invoice. */
export async function readRefundable(trx: Trx, invoice: string): Promise<Refundable | undefined> {
  const [row] = await selectRefundable(trx, { invoice, ...ofDocument(invoice) });
  if (row === undefined) return undefined;
  return {
    id: invoice,
    workspace: row.workspace_id,
    number: row.number,
    status: row.status,
    keptCents: cents(row.kept_cents),
    toRefundCents: cents(row.to_refund_cents),
    payments: row.payments.map(({ left, overpaid, ...payment }) => ({
      ...payment,
      leftCents: notNegative(left),
      overpaidCents: cents(BigInt(overpaid)),
    })),
  };
}

// More may have come back than was paid: refunded, and disputed as well.
function notNegative(text: string): Cents {
  const amount = BigInt(text);
  return cents(amount < 0n ? 0n : amount);
}

const selectInvoices = statement<{ invoice_id: string }>(`
  select invoices.id as invoice_id
  from (
    select invoice_id from payments where workspace_id = :workspace and payment = :payment
    union select invoice_id from payment_allocations where workspace_id = :workspace and payment = :payment
  ) as named join invoices on invoices.workspace_id = :workspace and invoices.id = named.invoice_id
  order by invoices.number desc`);

/** The invoices that a payment was meant for or paid, the newest first. */
export async function invoicesOfPayment(
  trx: Trx,
  of: { readonly workspace: string; readonly payment: string },
): Promise<readonly string[]> {
  return (await selectInvoices(trx, of)).map(({ invoice_id }) => invoice_id);
}
