// Attempts of which something should have been heard by now.
import { formatInstant } from '../../domain/period';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';
import { byLot, lotOf } from './lots';

export type OverdueAttempt = {
  readonly invoice: string;
  readonly kind: 'charge' | 'checkout';
  readonly session: string | null;
};

// Few are in flight at a time, but for debits, which take days: the index holds those alone.
const selectOverdue = statement<OverdueAttempt>(`
  select invoice_id as invoice, kind, session from payment_attempts
  where state in ('open', 'sending', 'processing') and made_at < case
    when state = 'sending' then :sending::timestamptz
    when state = 'open' then :page::timestamptz
    when kind = 'charge' and method_type = 'card' then :card::timestamptz
    else :debit::timestamptz end
  order by ${byLot('invoice_id')} limit :limit`);

/** In flight for longer than their kind takes; of more than `limit` those that the lot of this hour falls on. */
export async function listOverdueAttempts(
  db: Db,
  of: {
    readonly nowMs: number;
    readonly sendingMs: number;
    readonly cardMs: number;
    readonly debitMs: number;
    readonly pageMs: number;
    readonly limit: number;
  },
): Promise<readonly OverdueAttempt[]> {
  const before = (ms: number) => formatInstant(of.nowMs - ms);
  return selectOverdue(db, {
    sending: before(of.sendingMs),
    page: before(of.pageMs),
    card: before(of.cardMs),
    debit: before(of.debitMs),
    limit: of.limit,
    lot: lotOf(of.nowMs),
  });
}
