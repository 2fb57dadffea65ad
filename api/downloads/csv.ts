// CSV as RFC 4180 has it: a comma between cells, CRLF after each row, quotes where a cell needs them; UTF-8, no byte order
// mark.

/** A cell: a text of somebody's making, a figure of ours, or nothing. */
export type Cell = { readonly text: string } | { readonly figure: string | number } | undefined;

export const csvMediaType = 'text/csv; charset=utf-8';

export function csvRow(cells: readonly Cell[]): string {
  return `${cells.map(cellText).join(',')}\r\n`;
}

function cellText(cell: Cell): string {
  if (cell === undefined) return '';
  return 'figure' in cell ? String(cell.figure) : quoted(defused(cell.text));
}

// A spreadsheet runs what begins like this. An apostrophe before it makes it a text there; one is also put before a text
// that begins with one, so that whoever reads the file takes one apostrophe off each text that has it and has what was
// written. Figures stay as they are: a negative amount is a number and no formula.
function defused(text: string): string {
  return /^[=+\-@'\t\r\n]/.test(text) ? `'${text}` : text;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
