// What is wrong with a CSV file: the first faults by their lines, and how many more there are.

import path from 'node:path';
import type { CsvError } from 'csv-parse';
import { ReplayError } from '../errors';
import { plural } from '../wording';

const listedMax = 20;

export class CsvFaults {
  /** The line in which the last row ended that the parser has passed on. */
  parsedLine = 0;
  /** Whether the parser has lost its way: what it takes for rows from then on are none. */
  isLost = false;
  private readonly listed: { readonly line: number; readonly message: string }[] = [];
  private count = 0;

  constructor(private readonly file: string) {}

  add(line: number, message: string): void {
    this.count++;
    if (this.listed.length < listedMax) this.listed.push({ line, message });
  }

  /** A row that the parser could not make out. */
  addUnreadable({ code, lines: seen }: CsvError): void {
    if (this.isLost) return;
    if (code === 'INVALID_OPENING_QUOTE') {
      this.add(Number(seen), 'a quote inside a field: expected quotes around the whole field, and doubled inside it');
      return;
    }
    this.isLost = true;
    const neverEnds = code === 'CSV_QUOTE_NOT_CLOSED' || code === 'CSV_MAX_RECORD_SIZE';
    const what = neverEnds
      ? 'a quoted field that never ends'
      : `a quoted field that goes on after its closing quote (in line ${seen})`;
    this.add(this.parsedLine + 1, `${what}; the lines after it were not looked at`);
  }

  throwIfAny(): void {
    if (this.count === 0) return;
    // The parser is a few rows ahead of their reader, so that its faults may come early.
    const inOrder = [...this.listed].sort((one, other) => one.line - other.line);
    const lines = inOrder.map(({ line, message }) => `line ${line}: ${message}`);
    if (this.count > lines.length) lines.push(`and ${plural(this.count - lines.length, 'fault')} more`);
    throw new ReplayError([`${path.basename(this.file)} is not usable:`, ...lines].join('\n  '));
  }
}
