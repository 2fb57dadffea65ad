// What an e-mail of the guard says beside the judgement: how the workspace pays, and what is past due.
import { type Cents, cents } from '../../domain/money';
import { formatInstant } from '../../domain/period';
import type { Collection } from '../../domain/terms';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

export type MailingFacts = {
  readonly collection: Collection;
  readonly hasMethod: boolean;
  readonly pastDueCents: Cents;
  /** The oldest of those past due. */
  readonly pastDueInvoice: string | null;
};

type MailingRow = { collection: Collection; has_method: boolean; owed_cents: bigint | null; invoice: string | null };

const selectFacts = statement<MailingRow>(`
  select coalesce((select terms ->> 'collection' from terms_at(:workspace, :at::timestamptz)), 'charge') as collection,
    exists (select from payment_methods where workspace_id = :workspace and state = 'active') as has_method,
    owed.cents as owed_cents, owed.invoice
  from (
    select sum(remaining_cents)::int8 as cents, (array_agg(id order by number))[1] as invoice
    from invoices where workspace_id = :workspace and remaining_cents > 0 and status = 'past_due'
  ) as owed`);

export async function readMailingFacts(
  db: Db,
  { workspace, nowMs }: { readonly workspace: string; readonly nowMs: number },
): Promise<MailingFacts> {
  const [row] = await selectFacts(db, { workspace, at: formatInstant(nowMs) });
  return {
    collection: row?.collection ?? 'charge',
    hasMethod: row?.has_method ?? false,
    pastDueCents: cents(row?.owed_cents ?? 0n),
    pastDueInvoice: row?.invoice ?? null,
  };
}
