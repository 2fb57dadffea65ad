// Since when usage is kept: the masks and roll-ups of the months before were dropped (retention.ts), and whatever needs them is
// refused or says so. Two months before the running one never go, so that whoever deals with these need not ask.
import { MinutebookError } from '../../domain/errors';
import { formatInstant, monthOf, monthStartMs, previousMonth } from '../../domain/period';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';
import { shareOldUsage } from '../locks';

const selectKept = statement<{ from: number | null }>(`select nullif(from_at, '-infinity') as from from usage_kept`);

/** Since when (epoch milliseconds, the start of a month) usage is kept; null where none was ever dropped. */
export async function readUsageKeptFrom(db: Db): Promise<number | null> {
  const [row] = await selectKept(db);
  return row?.from ?? null;
}

/** The same, and nothing is dropped until the end of the transaction, which holds no lock that comes later. */
export async function holdUsageKeptFrom(trx: Trx): Promise<number | null> {
  await shareOldUsage(trx);
  return readUsageKeptFrom(trx);
}

/** Whether usage of an instant may be dropped by now, or soon. */
export function isOfLongAgo(ms: number, nowMs: number): boolean {
  return ms < monthStartMs(previousMonth(monthOf(nowMs)));
}

/** That something needs usage which is gone. `what` says what was asked for, and about when; `instead` what to do. */
export function usageNotKept(
  keptFromMs: number,
  of: { readonly what: string; readonly instead: string; readonly field?: string },
) {
  const message = `${of.what}, and usage is kept since ${formatInstant(keptFromMs)}: ${of.instead}`;
  return new MinutebookError({
    code: 'usage_not_kept',
    detail: `nothing was changed: ${message}`,
    ...(of.field === undefined ? {} : { faults: [{ field: of.field, message }] }),
  });
}
