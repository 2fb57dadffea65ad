// Output: tables for people, a JSON text a line for scripts.
import type { Cell, Columns, Print } from './command';

type Write = (text: string) => void;

// So many rows are measured before the first is printed; those after them keep to their widths.
const measured = 500;

export function printing(write: Write, { isJson }: { readonly isJson: boolean }): Print {
  if (isJson) {
    const line = (value: unknown) => write(`${JSON.stringify(value)}\n`);
    return {
      table: async (rows) => {
        for await (const row of rows) line(row);
      },
      one: (whole) => line(whole),
      say: () => undefined,
    };
  }
  return {
    table: (rows, columns) => printTable(write, rows, columns),
    one: (_, fields) => {
      const known = Object.entries(fields).filter(([, value]) => value !== undefined);
      const width = Math.max(...known.map(([name]) => name.length));
      for (const [name, value] of known) write(`${name.padEnd(width)}  ${textOf(value)}\n`);
    },
    say: (text) => write(`${text}\n`),
  };
}

async function printTable<Row>(
  write: Write,
  rows: AsyncIterable<Row> | Iterable<Row>,
  columns: Columns<Row>,
): Promise<void> {
  const headings = Object.keys(columns).map((name) => ({
    name: name.replace(/>$/, ''),
    isFigure: name.endsWith('>'),
  }));
  const cellsOf = (row: Row) => Object.values(columns).map((cell) => textOf(cell(row)));
  let widths: readonly number[] | undefined;
  let waiting: string[][] = [headings.map(({ name }) => name)];
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (headings[at]?.isFigure ? cell.padStart(widths?.[at] ?? 0) : cell.padEnd(widths?.[at] ?? 0)))
      .join('  ')
      .trimEnd();
  const flush = () => {
    widths ??= headings.map((_, at) => Math.max(...waiting.map((cells) => cells[at]?.length ?? 0)));
    for (const cells of waiting) write(`${line(cells)}\n`);
    waiting = [];
  };
  for await (const row of rows) {
    waiting.push(cellsOf(row));
    if (widths !== undefined || waiting.length > measured) flush();
  }
  flush();
}

// A terminal obeys control characters: names of others may hold them.
function textOf(value: Cell): string {
  if (value === undefined || value === null) return '-';
  return String(value).replace(/[\p{Cc}\p{Cf}]/gu, '\u{fffd}');
}
