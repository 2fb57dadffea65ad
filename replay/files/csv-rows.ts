// A CSV file row by row, however large. Faults are gathered, so that a file is mended in one go.

import { createReadStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream';
import { parse } from 'csv-parse';
import { ReplayError } from '../options';

/** A row under the columns that its reader names; the file may have others. */
export type CsvRow<Column extends string> = { readonly [column in Column]: string };
export type Complain = (message: string) => void;

const faultsMax = 20;

/**
 * Yields what `read` makes of each row. A row that it complains of yields nothing; at the end (or after 20 of them) the
 * complaints are thrown as one ReplayError with their lines.
 */
export async function* readCsv<Column extends string, Item>(
  file: string,
  columns: readonly Column[],
  read: (row: CsvRow<Column>, complain: Complain) => readonly Item[],
): AsyncGenerator<Item> {
  const faults: string[] = [];
  let line = 1;
  const complain = (message: string) => faults.push(`line ${line}: ${message}`);
  for await (const { record, info } of rowsOf(file, columns)) {
    line = info.lines;
    const before = faults.length;
    const items = read(record, complain);
    if (faults.length === before) yield* items;
    if (faults.length >= faultsMax) break;
  }
  if (faults.length > 0) throw new ReplayError([`${path.basename(file)} is not usable:`, ...faults].join('\n  '));
}

async function* rowsOf<Column extends string>(file: string, columns: readonly Column[]) {
  const parser = parse({
    bom: true,
    columns: headerCheck(file, columns),
    info: true,
    skip_empty_lines: true,
    trim: true,
  });
  // Its errors come out of the parser, which it destroys with them.
  pipeline(createReadStream(file), parser, () => undefined);
  try {
    for await (const row of parser)
      yield row as { readonly record: CsvRow<Column>; readonly info: { readonly lines: number } };
  } catch (error) {
    if (error instanceof ReplayError) throw error;
    throw new ReplayError(`${path.basename(file)} is not usable: ${error instanceof Error ? error.message : error}`);
  }
}

function headerCheck(file: string, columns: readonly string[]): (header: string[]) => string[] {
  return (header) => {
    const missing = columns.filter((column) => !header.includes(column));
    if (missing.length === 0) return header;
    throw new ReplayError(
      `${path.basename(file)} is not usable: its first line lacks the column${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`,
    );
  };
}
