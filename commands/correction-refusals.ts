// Why a correction is refused: with the reason, by the range that it is about.
import { readUnreported } from '../db/billing/corrections';
import { readVoidInvoices } from '../db/billing/invoices-read';
import type { Trx } from '../db/connection/knex';
import { usageNotKept } from '../db/metering/kept';
import { FaultList } from '../domain/body';
import { MinutebookError } from '../domain/errors';
import { invoiceNumber } from '../domain/ids';
import { type Month, parseInstant } from '../domain/period';
import { type CorrectionEntry, checkLife, type VoidRange } from '../domain/void-ranges';

/** Throws `invalid_request` where a range lies outside of the workspace's life, or nothing that it matches was reported. */
export async function refuseWrongRanges(
  trx: Trx,
  of: {
    readonly workspace: string;
    readonly entry: CorrectionEntry;
    readonly startsAtMs: number;
    readonly nowMs: number;
  },
): Promise<void> {
  const { workspace, entry, startsAtMs, nowMs } = of;
  const faults = new FaultList();
  const complain = faults.at();
  entry.ranges.forEach((range, at) => {
    checkLife(range, { startsAtMs, nowMs }, (field, message) => complain(`void[${at}].${field}`, message));
  });
  faults.throwIfAny('invalid_request', 'the correction is');
  for (const at of await readUnreported(trx, { workspace, ranges: entry.ranges })) {
    const range = entry.ranges[at];
    if (range === undefined) continue;
    const { from, to, ...selectors } = range;
    const what = Object.entries(selectors).map(([name, value]) => `${name} ${value}`);
    complain(
      `void[${at}]`,
      `expected minutes that were reported; of ${what.join(', ')} none was from ${from} to ${to}`,
    );
  }
  faults.throwIfAny('invalid_request', 'the correction is');
}

/** Throws `usage_not_kept` where a range begins before usage is kept: nobody knows any more what was used then. */
export function refuseDroppedRanges(ranges: readonly VoidRange[], keptFromMs: number | null): void {
  if (keptFromMs === null) return;
  ranges.forEach(({ from }, at) => {
    if ((parseInstant(from) ?? keptFromMs) >= keptFromMs) return;
    throw usageNotKept(keptFromMs, {
      what: `the correction is about ${from}`,
      instead: 'give money back by a credit note instead',
      field: `void[${at}].from`,
    });
  });
}

/** Throws `conflict`: all that the correction matches is void already. */
export async function refuseNothingVoided(
  trx: Trx,
  { workspace, months }: { readonly workspace: string; readonly months: readonly Month[] },
): Promise<never> {
  const gone = await readVoidInvoices(trx, { workspace, months });
  const numbers = gone.map(({ number }) => invoiceNumber({ workspace, number }));
  const why =
    numbers.length === 0
      ? 'by earlier corrections'
      : `by earlier corrections or with ${numbers.join(', ')}, which is void`;
  const message = `expected minutes that are not void yet; all that it matches are void already, ${why}`;
  throw new MinutebookError({
    code: 'conflict',
    detail: `nothing was changed: ${message}`,
    faults: [{ field: 'void', message }],
  });
}
