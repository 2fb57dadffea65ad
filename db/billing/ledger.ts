// Postings of the ledger: append only, each once under its key. That it sums to zero is held by a deferred trigger, too.
import type { Posting } from '../../domain/ledger';
import { formatInstant } from '../../domain/period';
import type { Trx } from '../connection/knex';
import { statement } from '../connection/statement';

const insertEntries = statement(`
  insert into ledger_entries (workspace_id, posting, account, amount_nanos, posted_at)
  select :workspace, :key, entry.account, entry."amountNanos", :at::timestamptz
  from jsonb_to_recordset(:entries::jsonb) as entry (account text, "amountNanos" int8)`);

/** Posts under a key that was not posted under yet: a second time is a unique violation and undoes the transaction. */
export async function post(
  trx: Trx,
  { workspace, posting, nowMs }: { workspace: string; posting: Posting; nowMs: number },
): Promise<void> {
  if (posting.entries.length === 0) return;
  const entries = posting.entries.map(({ account, amountNanos }) => ({ account, amountNanos: amountNanos.toString() }));
  await insertEntries(trx, { workspace, key: posting.key, entries: JSON.stringify(entries), at: formatInstant(nowMs) });
}
