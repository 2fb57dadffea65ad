// The lines of an invoice or a credit note as CSV: the columns are the fields of a line of the API, the amounts add up to
// the total. What is written off of an invoice is no line of it: it stands in a row and a column of its own.
import type { CreditNoteLine } from '../../contract/credit-notes';
import type { InvoiceLine } from '../../contract/invoices';
import { writtenOffLabel } from '../../domain/mail/wording';
import { type Cell, csvRow } from './csv';

type DocumentLine = InvoiceLine | CreditNoteLine;

export const lineColumns = [
  'kind',
  'description',
  'period',
  'model',
  'version',
  'instanceType',
  'replicaMinutes',
  'usdPerMinute',
  'amount',
] as const satisfies readonly (keyof DocumentLine)[];

const figures: ReadonlySet<string> = new Set(['replicaMinutes', 'usdPerMinute', 'amount']);

/** Of an invoice: of what is written off (two decimals) too. */
export function invoiceCsv(
  lines: readonly DocumentLine[],
  { writtenOff, period }: { readonly writtenOff: string; readonly period: string },
): string {
  const beside = new Map([
    ['kind', 'written_off'],
    ['description', writtenOffLabel],
    ['period', period],
  ]);
  const rowOf = (line: DocumentLine) =>
    csvRow([...lineColumns.map((column) => cellOf(column, line[column])), undefined]);
  const isNothing = writtenOff === '0.00';
  return [
    csvRow([...lineColumns, 'writtenOff'].map((text) => ({ text }))),
    ...lines.map(rowOf),
    ...(isNothing
      ? []
      : [csvRow([...lineColumns.map((column) => cellOf(column, beside.get(column))), { figure: `-${writtenOff}` }])]),
  ].join('');
}

export function linesCsv(lines: readonly DocumentLine[]): string {
  const rows = lines.map((line) => csvRow(lineColumns.map((column) => cellOf(column, line[column]))));
  return [csvRow(lineColumns.map((text) => ({ text }))), ...rows].join('');
}

function cellOf(column: string, value: string | number | undefined): Cell {
  if (value === undefined) return undefined;
  return figures.has(column) ? { figure: value } : { text: String(value) };
}
