// What the table cannot show: months without an invoice, and why; usage that an invoice of another month bears.

import { formatInstant, type Month, monthName } from '../../domain/period';
import type { Account, BeforeStart } from '../accounts';
import { listed, plural } from '../wording';
import type { Outcome } from './invoices';
import { lateLines } from './late';

export type Facts = {
  readonly outcome: Outcome;
  /** Workspaces that are not there. */
  readonly unknown: readonly string[];
  readonly beforeStart: readonly BeforeStart[];
  /** Months that have not ended. */
  readonly running: readonly Account[];
  readonly quarantined: number;
  /** Invoiced already when the replay began. */
  readonly before: readonly Account[];
};

/** Lines to print, and whether all usage of the file stands on an invoice or will at its month's end. */
export function findingsOf(facts: Facts): { readonly isWhole: boolean; readonly lines: readonly string[] } {
  const { outcome, quarantined } = facts;
  const lines = [...lateLines(outcome.billed), ...quarantineLines(facts), ...waitingLines(facts)];
  return { isWhole: quarantined === 0 && outcome.missing.length === 0, lines };
}

function quarantineLines({ quarantined, unknown, beforeStart }: Facts): string[] {
  if (quarantined === 0) return [];
  const isExplained = unknown.length + beforeStart.length > 0;
  return [
    `Quarantine holds ${plural(quarantined, 'report')}, not billed until what is lacking is there; that is then done by itself.`,
    ...unknown.map((workspace) => `  ${workspace}: there is no such workspace`),
    ...beforeStart.map(({ workspace, startsAtMs, reports }) => {
      const which = `${plural(reports, 'report')} of the file ${reports === 1 ? 'begins' : 'begin'}`;
      return `  ${workspace}: ${which} before it does (${formatInstant(startsAtMs)}); their months are not waited for`;
    }),
    isExplained ? '  any other lacks a price of its instance type' : '  lacking a price of the instance type',
  ];
}

function waitingLines({ outcome, running, before }: Facts): string[] {
  const lines: string[] = [];
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
  return lines;
}

function named(accounts: readonly Account[]): string {
  const months = new Map<Month, string[]>();
  for (const { workspace, month } of accounts) months.set(month, [...(months.get(month) ?? []), workspace]);
  return [...months].map(([month, workspaces]) => `${monthName(month)} of ${listed(workspaces)}`).join('; ');
}
