// A CSV file row by row, however large. Faults are gathered, so that a file is mended in one go.

import { createReadStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { ReplayError } from '../errors';
import type { Complain } from '../ids';
import { plural } from '../wording';
import { CsvFaults } from './csv-faults';

/** A row under the columns that its reader names; the file may have others. */
export type CsvRow<Column extends string> = { readonly [column in Column]: string };

type ParsedRow<Column extends string> = {
  readonly row: CsvRow<Column>;
  readonly line: number;
  /** Of a row that has more or fewer columns than the first. */
  readonly fault: string | undefined;
};

// A quote that is never closed takes in everything behind it; no row is as long as this.
const rowBytesMax = 1024 * 1024;

/**
 * Yields what `read` makes of each row. A row that it complains of yields nothing, nor does one that is not well formed;
 * at the end the faults are thrown as one ReplayError with their lines.
 */
export async function* readCsv<Column extends string, Item>(
  file: string,
  columns: readonly Column[],
  read: (row: CsvRow<Column>, complain: Complain) => readonly Item[],
): AsyncGenerator<Item> {
  const faults = new CsvFaults(file);
  for await (const { row, line, fault } of rowsOf(file, columns, faults)) {
    let isFlawless = true;
    const complain = (message: string) => {
      isFlawless = false;
      faults.add(line, message);
    };
    if (fault !== undefined) complain(fault);
    const items = isFlawless ? read(row, complain) : [];
    if (isFlawless) yield* items;
  }
  faults.throwIfAny();
}

async function* rowsOf<Column extends string>(
  file: string,
  columns: readonly Column[],
  faults: CsvFaults,
): AsyncGenerator<ParsedRow<Column>> {
  const parser = parse({
    bom: true,
    columns: headerCheck(file, columns, faults),
    max_record_size: rowBytesMax,
    on_record: (row, { lines, error }) => {
      if (faults.isLost) return null;
      faults.parsedLine = lines;
      return { row, line: lines, fault: error === undefined ? undefined : widthFault(error) };
    },
    on_skip: (error) => {
      if (error !== undefined) faults.addUnreadable(error);
      // It would be said again of every byte to come.
      if (error?.code === 'CSV_MAX_RECORD_SIZE') throw error;
      return undefined;
    },
    // A row with another number of columns comes as a row all the same, in its turn.
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    trim: true,
  });
  // Its errors come out of the parser, which it destroys with them.
  pipeline(createReadStream(file), parser, () => undefined);
  try {
    for await (const parsed of parser) yield parsed as ParsedRow<Column>;
  } catch (error) {
    if (error instanceof CsvError) return;
    if (error instanceof ReplayError) throw error;
    throw new ReplayError(`${path.basename(file)} is not usable: ${error instanceof Error ? error.message : error}`);
  }
}

function headerCheck(file: string, columns: readonly string[], faults: CsvFaults): (header: string[]) => string[] {
  return (header) => {
    faults.parsedLine = 1;
    const missing = columns.filter((column) => !header.includes(column));
    if (missing.length === 0) return header;
    throw new ReplayError(
      `${path.basename(file)} is not usable: its first line lacks the column${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`,
    );
  };
}

function widthFault({ columns, record }: CsvError): string {
  const [expected, came] = [columns, record].map((list) => (Array.isArray(list) ? list.length : 0));
  return `expected ${plural(expected ?? 0, 'column')} as in the first line, came ${came}`;
}
