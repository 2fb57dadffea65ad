// The lines of an invoice or a credit note as CSV: the columns are the fields of a line of the API, the amounts add up to
// the total.
import type { CreditNoteLine } from '../../contract/credit-notes';
import type { InvoiceLine } from '../../contract/invoices';
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

export function linesCsv(lines: readonly DocumentLine[]): string {
  const rows = lines.map((line) => csvRow(lineColumns.map((column) => cellOf(column, line[column]))));
  return [csvRow(lineColumns.map((text) => ({ text }))), ...rows].join('');
}

function cellOf(column: string, value: string | number | undefined): Cell {
  if (value === undefined) return undefined;
  return figures.has(column) ? { figure: value } : { text: String(value) };
}
