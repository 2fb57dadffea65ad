// The books for people and for programs.

import type { Books, CheckResult } from '../../db/books/trial-balance';
import { formatUsd, formatUsdGrouped } from '../../domain/money';
import { monthName } from '../../domain/period';
import type { BalanceLine, MonthBalance } from '../../domain/trial-balance';

/** Amounts in US dollars as text: JSON's numbers would lose digits. */
export function asJson({ months, checks }: Books): string {
  const printed = months.map(({ month, accounts, total }) => ({
    month,
    accounts: accounts.map(({ account, ...line }) => ({ account, ...amountsOf(line, formatUsd) })),
    total: amountsOf(total, formatUsd),
  }));
  return JSON.stringify({ months: printed, checks }, null, 2);
}

type Amounts = Readonly<Record<(typeof columns)[number], string>>;
const columns = ['opening', 'debits', 'credits', 'closing'] as const;

function amountsOf(line: BalanceLine, format: (nanos: bigint) => string): Amounts {
  return {
    opening: format(line.openingNanos),
    debits: format(line.debitsNanos),
    credits: format(line.creditsNanos),
    closing: format(line.closingNanos),
  };
}

export function asText({ months, checks }: Books): string {
  const tables = months.length === 0 ? ['Nothing was posted so far.'] : months.map(asTable);
  return [...tables, checks.map(asVerdict).join('\n')].join('\n\n');
}

type Row = readonly [name: string, ...amounts: string[]];

function asTable({ month, accounts, total }: MonthBalance): string {
  const rowOf = (name: string, line: BalanceLine): Row => [name, ...Object.values(amountsOf(line, formatUsdGrouped))];
  const rows = pointsAligned([...accounts.map(({ account, ...line }) => rowOf(account, line)), rowOf('total', total)]);
  const widths = [monthName(month), ...columns].map((title, at) =>
    Math.max(title.length, ...rows.map((row) => (row[at] ?? '').length)),
  );
  const printed = (row: Row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  const rule = '-'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return [
    printed([monthName(month), ...columns]),
    rule,
    ...rows.slice(0, -1).map(printed),
    rule,
    ...rows.slice(-1).map(printed),
  ].join('\n');
}

/** Amounts have two to nine decimals: those of a column are filled up with spaces, so that their points stand in line. */
function pointsAligned(rows: readonly Row[]): readonly Row[] {
  const decimals = (cell: string) => cell.length - cell.indexOf('.');
  const most = columns.map((_, at) => Math.max(...rows.map((row) => decimals(row[at + 1] ?? ''))));
  return rows.map(([name, ...amounts]) => [
    name,
    ...amounts.map((cell, at) => cell.padEnd(cell.length + (most[at] ?? 0) - decimals(cell))),
  ]);
}

function asVerdict({ name, explain, holds, faults, hasMore }: CheckResult): string {
  const verdict = `${holds ? 'ok  ' : 'FAIL'}  ${name}: ${explain}`;
  const rows = faults.map(
    (fault) =>
      `        ${Object.entries(fault)
        .map(([column, value]) => `${column} ${value}`)
        .join(', ')}`,
  );
  return [verdict, ...rows, ...(hasMore ? ['        and more'] : [])].join('\n');
}
