// Whether money goes back as it should. Each figure reads an index of what should be nearly nothing.
import { dayMs, formatInstant, minuteMs } from '../../domain/period';
import { boundedCount } from '../connection/bounded';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

/** How long a part may be on its way: it is sent within minutes, and banks take up to ten days. */
const takesMs = { sending: 15 * minuteMs, pending: 12 * dayMs } as const;

const late = (state: keyof typeof takesMs) => `state = '${state}'
  and made_at < :now::timestamptz - interval '${takesMs[state] / 1000} seconds'`;

const selectFigures = statement<{ late: number; failed: number; waiting: number; stray: number; disputes: number }>(`
  select ${boundedCount(`from refund_parts where state in ('sending', 'pending') and (${late('sending')} or ${late('pending')})`)} as late,
    ${boundedCount(`from refund_parts where state = 'failed' and exists (
      select from invoices
        where invoices.workspace_id = refund_parts.workspace_id and invoices.id = refund_parts.invoice_id and to_refund_cents > 0)`)} as failed,
    ${boundedCount('from invoices where to_refund_cents > 0')} as waiting,
    ${boundedCount('from stray_refunds')} as stray,
    ${boundedCount(`from disputes where state = 'open'`)} as disputes`);

export type RefundFigures = {
  /** Parts on their way for longer than that should take. */
  readonly late: number;
  /** Parts that did not go back, of invoices of which something is still to. */
  readonly failed: number;
  /** Invoices of which something is to be refunded and is on no way. */
  readonly waiting: number;
  /** Refunds made at Stripe of more than our rows know to be left. */
  readonly stray: number;
  readonly openDisputes: number;
};

export async function readRefundFigures(db: Db, { nowMs }: { readonly nowMs: number }): Promise<RefundFigures> {
  const [row] = await selectFigures(db, { now: formatInstant(nowMs) });
  if (row === undefined) throw new Error('refunds: figures have no row');
  const { disputes: openDisputes, ...figures } = row;
  return { ...figures, openDisputes };
}
