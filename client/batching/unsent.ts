// What a batcher that stopped has not stored.

import type { UsageReport } from '../../contract/usage';

/**
 * The batcher has stopped, and these reports were added and are not known to be stored: keep them, and add them to the next
 * one. Some may be stored all the same, which does no harm. `cause` says why it stopped.
 */
export class UnsentError extends Error {
  readonly reports: readonly UsageReport[];

  constructor(reports: readonly UsageReport[], cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`${reports.length} reports were not sent: ${why}`, { cause });
    this.name = 'UnsentError';
    this.reports = reports;
  }
}
