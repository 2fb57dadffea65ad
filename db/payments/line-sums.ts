// The sums of an invoice's lines by kind, in their cents, and what was written off of them, as its e-mail names them.
import { ofDocument } from '../billing/document-key';
import type { Trx } from '../connection/knex';
import { statement } from '../connection/statement';

export type LineSums = {
  readonly usageCents: string;
  readonly discountCents: string;
  readonly creditsAppliedCents: string;
  /** What was written off at its issue, where anything was. */
  readonly writtenOffCents?: string;
};

const selectSums = statement<Omit<LineSums, 'writtenOffCents'> & { readonly writtenOffCents: string | null }>(`
  select coalesce(sum(amount_cents) filter (where kind = 'usage'), 0)::text as "usageCents",
    coalesce(-sum(amount_cents) filter (where kind in ('volume_discount', 'program_discount')), 0)::text as "discountCents",
    coalesce(-sum(amount_cents) filter (where kind = 'credit'), 0)::text as "creditsAppliedCents",
    (select nullif(amount_cents, 0)::text from overrun_write_offs
      where workspace_id = :workspace and invoice_id = :invoice) as "writtenOffCents"
  from invoice_lines where workspace_id = :workspace and invoice_id = :invoice`);

export async function readLineSums(trx: Trx, invoice: string): Promise<LineSums> {
  const [sums] = await selectSums(trx, { invoice, ...ofDocument(invoice) });
  if (sums === undefined) throw new Error(`invoice ${invoice}: a sum has no row`);
  const { writtenOffCents, ...lines } = sums;
  return writtenOffCents === null ? lines : { ...lines, writtenOffCents };
}
