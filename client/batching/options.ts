// How a batcher is set up, and what it says of itself.

import type { UsageReport } from '../../contract/usage';
import type { Client } from '../http';
import type { ProblemFault } from '../problem';
import type { Limits } from './holding';

/** A report that was refused for good, and why. */
export type RefusedReport = { readonly report: UsageReport; readonly faults: readonly ProblemFault[] };

export type BatcherOptions = Partial<Limits> & {
  readonly client: Client;
  /** Who reports: 1 to 200 visible ASCII characters. */
  readonly source: string;
  /** At most so many reports are sent at once. Default: 5,000. */
  readonly maxReports?: number;
  /** At most so many bytes of reports are sent at once; the API takes 16 MiB. Default: 1 MiB. */
  readonly maxBytes?: number;
  /** A report waits so long for others at the most. Default: a second. */
  readonly maxWaitMs?: number;
  /** So many reports are held at the most; then `add` waits. Default: 100,000. */
  readonly maxPending?: number;
  /** And so many bytes of them. Default: 64 MiB. */
  readonly maxPendingBytes?: number;
  /** How many batches are under way at once, besides one mark. Default: 4. */
  readonly maxInFlight?: number;
  /**
   * Takes the reports that are refused for good, whose batch is sent again without them. Marks that came after them wait until
   * it is done. Where it throws, the batcher stops, as they would be lost.
   */
  readonly onRefused: (refused: readonly RefusedReport[]) => void | Promise<void>;
  /** Told of each failure that is followed by another try, which goes on for as long as it takes. */
  readonly onRetry?: (failure: Error, waitMs: number) => void;
};

/** What became of the reports so far. */
export type BatcherCounts = {
  readonly pending: number;
  readonly accepted: number;
  readonly quarantined: number;
  readonly ignored: number;
  readonly refused: number;
};

/** The limits with what is left out. Throws a RangeError where one is not as it should be. */
export function checked(source: string, options: Partial<Limits> & { readonly maxInFlight?: number }) {
  const { maxReports = 5000, maxBytes = 1024 ** 2, maxWaitMs = 1000, maxInFlight = 4 } = options;
  const { maxPending = 100_000, maxPendingBytes = Math.max(64 * 1024 ** 2, maxBytes) } = options;
  const limits = { maxReports, maxBytes, maxWaitMs, maxPending, maxPendingBytes, maxInFlight };
  if (!/^[!-~]{1,200}$/.test(source)) {
    throw new RangeError(`source: expected 1 to 200 visible ASCII characters, came ${JSON.stringify(source)}`);
  }
  for (const [name, value] of Object.entries(limits)) {
    const least = name === 'maxWaitMs' ? 0 : 1;
    if (value >= least && (Number.isInteger(value) || value === Number.POSITIVE_INFINITY)) continue;
    throw new RangeError(`${name}: expected a whole number from ${least}, came ${value}`);
  }
  if (maxPendingBytes >= maxBytes) return limits;
  throw new RangeError(`maxPendingBytes: expected at least maxBytes (${maxBytes}), came ${maxPendingBytes}`);
}
