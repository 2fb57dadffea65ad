// Postings of the ledger: append only, each once under its key. That it sums to zero is held by a deferred trigger, too.
import type { Posting } from '../../domain/ledger';
import { formatInstant } from '../../domain/period';
import type { Trx } from '../connection/knex';
import { statement } from '../connection/statement';

/** SQL: inserts the entries that `:postings` lists (see postingRows), for statements that write what they follow as well. */
export const insertEntries = `
  insert into ledger_entries (workspace_id, posting, account, amount_nanos, grant_key, posted_at)
  select :workspace, entry.posting, entry.account, entry."amountNanos", entry."grantKey", :at::timestamptz
  from jsonb_to_recordset(:postings::jsonb)
    as entry (posting text, account text, "amountNanos" int8, "grantKey" text)`;

const insertPostings = statement(insertEntries);

/** What `:postings` is bound to. */
export function postingRows(postings: readonly Posting[]): string {
  const rows = postings.flatMap(({ key, grantKey = null, entries }) =>
    entries.map(({ account, amountNanos }) => ({ posting: key, account, amountNanos: `${amountNanos}`, grantKey })),
  );
  return JSON.stringify(rows);
}

type Posted = { readonly workspace: string; readonly nowMs: number };

/** Posts under keys that were not posted under yet: a second time is a unique violation and undoes the transaction. */
export async function postAll(
  trx: Trx,
  { workspace, postings, nowMs }: Posted & { readonly postings: readonly Posting[] },
): Promise<void> {
  if (postings.every(({ entries }) => entries.length === 0)) return;
  await insertPostings(trx, { workspace, postings: postingRows(postings), at: formatInstant(nowMs) });
}

/** Posts one posting: as postAll. */
export function post(trx: Trx, { posting, ...rest }: Posted & { readonly posting: Posting }): Promise<void> {
  return postAll(trx, { ...rest, postings: [posting] });
}
