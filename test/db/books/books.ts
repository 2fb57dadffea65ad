// A workspace whose months can be closed one after the other, and what its books say.

import { finalizeInvoice } from '../../../commands/finalize-invoice';
import { type Books, readBooks } from '../../../db/books/trial-balance';
import type { Db } from '../../../db/connection/knex';
import { UsageAppender } from '../../../db/intake/reports';
import type { Finalized } from '../../../domain/closing';
import { createTestDatabase } from '../../harness/database';
import { testSettings } from '../../harness/settings';
import { addPrice, addWorkspace, at, meterAll, record, report } from '../fixtures';

export const workspace = 'acme';
/** A minute costs a cent. */
export const minuteNanos = 10_000_000n;

export async function startBooks() {
  const test = await createTestDatabase();
  const appender = new UsageAppender();
  await addPrice(test.db, { type: 'gpu', nanos: minuteNanos, from: '2024-12-01T00:00:00Z' });
  const months = ['2024-12', '2025-01', '2025-02'];
  await addWorkspace(test.db, { id: workspace, startsAt: '2024-12-01T00:00:00Z', months });
  return {
    db: test.db,
    url: test.url,
    drop: test.drop,
    /** Minutes of usage from an instant on. */
    use: async (from: string, minutes: number): Promise<void> => {
      const to = new Date(at(from) + minutes * 60_000).toISOString();
      await record(test.db, appender, { reports: [report(from, to)], now: '2025-03-01T00:00:00Z' });
      await meterAll(test.db);
    },
    close: (month: string, now: string): Promise<Finalized> => {
      const settings = testSettings({ deadlineMs: 0, closeSpreadMs: 0 });
      return finalizeInvoice({ db: test.db, appender, clock: () => at(now), settings }, { workspace, month });
    },
  };
}

export type TestBooks = Awaited<ReturnType<typeof startBooks>>;

/** What each account holds, and the checks that do not. */
export async function booksOf(db: Db): Promise<{ balances: Record<string, bigint>; failing: Books['checks'] }> {
  const { months, checks } = await readBooks(db, { workspace: null, month: null });
  const balances = (months.at(-1)?.accounts ?? []).map(({ account, closingNanos }) => [account, closingNanos]);
  return { balances: Object.fromEntries(balances), failing: checks.filter(({ holds }) => !holds) };
}
