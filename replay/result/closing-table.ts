// The closing table: what each workspace's invoice says, exact, every column lined up at its right.

import type { InvoiceLine } from '../../contract/invoices';
import { type Nanos, sumNanos, zeroNanos } from '../../domain/money';
import { amount } from './amounts';
import type { Billed } from './invoices';

type Amounts = {
  readonly minutes: number;
  readonly list: Nanos;
  readonly volume: Nanos;
  readonly program: Nanos;
  readonly credits: Nanos;
  readonly due: Nanos;
};

const amountColumns = ['list', 'volume', 'program', 'credits', 'due'] as const;
const titles = ['list', 'volume disc.', 'program disc.', 'credits', 'due'];

export function closingTable(billed: readonly Billed[]): string {
  const rows = billed.map(amountsOf);
  const all = [...rows, totalOf(rows)];
  const names = [...billed.map(({ workspace }) => workspace), 'total'];
  const months = [...billed.map(({ month }) => month), ''];
  const numbers = [...billed.map(({ invoice }) => invoice?.number ?? 'none'), ''];
  return lineUp([
    leftColumn('workspace', names),
    ...(new Set(billed.map(({ month }) => month)).size > 1 ? [leftColumn('period', months)] : []),
    ['replica-minutes', ...all.map(({ minutes }) => grouped(String(minutes)))],
    ...amountColumns.map((column, at) => [titles[at] ?? '', ...decimals(all.map((row) => row[column]))]),
    leftColumn('invoice', numbers),
  ]);
}

// All of it from the invoice, minutes as well: the dashboard counts those that came after the month was closed, too.
function amountsOf({ invoice }: Billed): Amounts {
  if (invoice === undefined) return nothing;
  const { bill, lines } = invoice;
  return {
    minutes: replicaMinutesOf(lines),
    list: amount(bill.listAmount),
    volume: amount(bill.volumeDiscount),
    program: amount(bill.programDiscount),
    credits: amount(bill.creditsApplied),
    due: amount(bill.total),
  };
}

const nothing: Amounts = {
  minutes: 0,
  list: zeroNanos,
  volume: zeroNanos,
  program: zeroNanos,
  credits: zeroNanos,
  due: zeroNanos,
};

export function replicaMinutesOf(lines: readonly InvoiceLine[]): number {
  return lines.reduce((sum, { replicaMinutes }) => sum + (replicaMinutes ?? 0), 0);
}

function totalOf(rows: readonly Amounts[]): Amounts {
  const sum = (column: (typeof amountColumns)[number]) => sumNanos(rows.map((row) => row[column]));
  return {
    minutes: rows.reduce((total, { minutes }) => total + minutes, 0),
    list: sum('list'),
    volume: sum('volume'),
    program: sum('program'),
    credits: sum('credits'),
    due: sum('due'),
  };
}

/** As many decimals as the most exact amount of the column has, but at least cents. */
function decimals(amounts: readonly Nanos[]): string[] {
  const texts = amounts.map((each) => each.toString().padStart(10, '0'));
  const places = Math.max(2, ...texts.map((text) => text.slice(-9).replace(/0+$/, '').length));
  return texts.map((text) => `${grouped(text.slice(0, -9))}.${text.slice(-9).slice(0, places)}`);
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',');
}

function leftColumn(title: string, cells: readonly string[]): string[] {
  const width = Math.max(...[title, ...cells].map((cell) => cell.length));
  return [title, ...cells].map((cell) => cell.padEnd(width));
}

/** Columns of cells, title first and total last, as lines of equal width. */
function lineUp(columns: readonly (readonly string[])[]): string {
  const widths = columns.map((cells) => Math.max(...cells.map((cell) => cell.length)));
  const line = (at: number) =>
    columns.map((cells, column) => (cells[at] ?? '').padStart(widths[column] ?? 0)).join('  ');
  const [head = '', ...rest] = (columns[0] ?? []).map((_, at) => line(at));
  const rule = '─'.repeat(head.length);
  return [head, rule, ...rest.slice(0, -1), rule, ...rest.slice(-1)].map((each) => each.trimEnd()).join('\n');
}
