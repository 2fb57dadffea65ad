// What the table cannot show: months without an invoice, and why.

import { type Month, monthName } from '../../domain/period';
import type { Account, Outcome } from './invoices';

export type Facts = {
  readonly outcome: Outcome;
  /** Workspaces that are not there. */
  readonly unknown: ReadonlySet<string>;
  /** Months that have not ended. */
  readonly running: readonly Account[];
  readonly quarantined: number;
  /** Invoiced already when the replay began. */
  readonly before: readonly Account[];
};

/** Lines to print, and whether all usage of the file stands on an invoice or will at its month's end. */
export function findingsOf(facts: Facts): { readonly isWhole: boolean; readonly lines: readonly string[] } {
  const { outcome, unknown, running, quarantined, before } = facts;
  const lines: string[] = [];
  if (quarantined > 0) {
    const which = plural(quarantined, 'report');
    lines.push(`Quarantine holds ${which}, not billed until what is lacking is there; that is then done by itself.`);
  }
  for (const workspace of unknown) lines.push(`  ${workspace}: there is no such workspace`);
  if (quarantined > 0 && unknown.size === 0)
    lines.push('  lacking a price of the instance type, or beginning before the workspace does');
  if (outcome.missing.length > 0) {
    lines.push(`No invoice yet, although everything was sent: ${named(outcome.missing)}.`);
    lines.push(
      '  A month waits until every source that reported usage in it says that it is complete, for 24 h at most.',
    );
  }
  if (running.length > 0) lines.push(`Not over yet, invoiced when they are: ${named(running)}.`);
  if (before.length > 0) {
    lines.push(`Invoiced before this replay: ${named(before)}.`);
    lines.push('  The same usage again changes nothing; usage that is new goes on the next invoice, as reported late.');
  }
  return { isWhole: quarantined === 0 && outcome.missing.length === 0, lines };
}

const namedMax = 5;

function named(accounts: readonly Account[]): string {
  const months = new Map<Month, string[]>();
  for (const { workspace, month } of accounts) months.set(month, [...(months.get(month) ?? []), workspace]);
  return [...months].map(([month, workspaces]) => `${monthName(month)} of ${listed(workspaces)}`).join('; ');
}

function listed(names: readonly string[]): string {
  if (names.length <= namedMax) return names.join(', ');
  return `${names.slice(0, namedMax).join(', ')} and ${names.length - namedMax} more`;
}

export function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
