// Usage as NDJSON: a report a line. Source and completeThrough stand in the query or in a first line of their own.
import { came, FaultList, isAbsent } from '../../domain/body';
import type { UsageBatch, UsageReader } from '../../domain/usage';
import { type JsonRefusal, markLength, readItems, readJson } from '../json/parse';
import { structureOf } from '../json/structure';
import { blockBytes } from './pieces';

export type Heading = { readonly source?: unknown; readonly completeThrough?: unknown };

/** So many reports, and those of the block that brings them, are one batch: 15 ms to read, 80 to store. */
export const linesABatch = 10_000;

/**
 * What the lines of a body bring, batch by batch, so that it may go on for ever. A mark comes with the last: it says that
 * all of them are there. Throws `invalid_usage` at the end of the batch in which a line is wrong; those before were handed
 * out. `newReader` is asked for each, with the index of its first report.
 */
export async function* readLines(
  blocks: AsyncIterable<Buffer>,
  {
    asked,
    newReader,
    batchMax = linesABatch,
  }: {
    readonly asked: Heading;
    readonly newReader: (firstIndex: number) => UsageReader | Promise<UsageReader>;
    readonly batchMax?: number;
  },
): AsyncGenerator<UsageBatch, void, void> {
  const cutter = new LineCutter(await newReader(0), asked);
  for await (const block of blocks) {
    cutter.take(block);
    if (cutter.reader.isFull) break;
    if (cutter.reader.count < batchMax) continue;
    const { completeThroughMs: _, ...batch } = cutter.batch();
    yield batch;
    cutter.reader = await newReader(cutter.reader.index);
  }
  cutter.finish();
  yield cutter.batch();
}

class LineCutter {
  reader: UsageReader;
  #heading: Heading;
  #isFirst = true;
  #rest: Buffer | undefined;

  constructor(reader: UsageReader, asked: Heading) {
    this.reader = reader;
    this.#heading = { source: asked.source, completeThrough: asked.completeThrough };
  }

  take(block: Buffer): void {
    const bytes = this.#rest === undefined ? block.subarray(markLength(block)) : Buffer.concat([this.#rest, block]);
    const end = bytes.lastIndexOf(lineEnd) + 1;
    this.#readLines(bytes.subarray(0, end));
    this.#rest = bytes.subarray(end);
    if (this.#rest.length <= blockBytes || this.reader.isFull) return;
    this.reader.addFault(`expected at most ${blockBytes} bytes on one line, came more; reading stopped there`);
    this.reader.refuse();
  }

  /** Reads a last line that does not end. */
  finish(): void {
    this.#readLines(this.#rest ?? Buffer.alloc(0));
  }

  /** What was read since the last batch. */
  batch(): UsageBatch {
    const { source, completeThrough, ...unknown } = this.#heading;
    const mark = isAbsent(completeThrough) ? {} : { completeThrough };
    return this.reader.finish({ ...unknown, source, ...mark, reports: [] });
  }

  #readLines(bytes: Buffer): void {
    if (!this.#isFirst && bytes.length > 0 && this.#readAtOnce(bytes)) return;
    for (let from = 0; from < bytes.length && !this.reader.isFull; ) {
      const found = bytes.indexOf(lineEnd, from);
      const to = found < 0 ? bytes.length : found;
      if (!isBlank(bytes, from, to)) this.#readLine(bytes.subarray(from, to));
      from = to + 1;
    }
  }

  // Whether all were objects, each on its line: then they are read as one list, in half the time. What is anything else, or at
  // fault, is read line by line, which says why. No report can go over a line's end, as lines begin and end with a bracket.
  #readAtOnce(bytes: Buffer): boolean {
    const list = Buffer.from(bytes);
    const lines = joinLines(list);
    const structure = lines === undefined ? undefined : structureOf(list);
    if (structure === undefined || structure.end >= 0) return false;
    const read = readItems(list, structure);
    if ('fault' in read || read.value.length !== lines) return false;
    this.reader.addAll(read.value);
    return true;
  }

  #readLine(bytes: Buffer): void {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    const read = readJson(bytes);
    if ('fault' in read) this.reader.addFault(sentence(read, bytes));
    else if (isFirst && isHeading(read.value)) this.#heading = united(this.#heading, read.value);
    else this.reader.add(read.value);
  }
}

const lineEnd = 0x0a;

// Puts commas in the place of line ends; answers how many lines there are, or undefined where one is not from { to }.
function joinLines(bytes: Buffer): number | undefined {
  let lines = 0;
  for (let from = 0; from < bytes.length; lines++) {
    const found = bytes.indexOf(lineEnd, from);
    const to = found < 0 ? bytes.length : found;
    const end = bytes[to - 1] === 0x0d ? to - 1 : to;
    if (bytes[from] !== 0x7b || bytes[end - 1] !== 0x7d) return undefined;
    if (found >= 0) bytes[found] = found === bytes.length - 1 ? 0x20 : 0x2c;
    from = to + 1;
  }
  return lines;
}

function isBlank(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false;
  }
  return true;
}

function isHeading(line: unknown): line is Heading {
  return typeof line === 'object' && line !== null && 'source' in line && !('workspace' in line);
}

// What the query and the first line both say must be the same.
function united(asked: Heading, stated: Heading): Heading {
  const faults = new FaultList();
  for (const name of ['source', 'completeThrough'] as const) {
    if (!isAbsent(asked[name]) && !isAbsent(stated[name]) && asked[name] !== stated[name]) {
      faults.at()(name, 'expected it once, came one in the query and another in the first line');
    }
  }
  faults.throwIfAny('invalid_usage', 'the usage is');
  const { source, completeThrough } = stated;
  return { ...stated, source: source ?? asked.source, completeThrough: completeThrough ?? asked.completeThrough };
}

function sentence({ fault }: JsonRefusal, bytes: Buffer): string {
  const column = `column ${fault.at + 1}`;
  switch (fault.kind) {
    case 'syntax':
      return `expected a JSON object on one line, came ${came(bytes.toString('utf8'))}; it stops being JSON at ${column}`;
    case 'depth':
      return `expected an object without others in it, came brackets within brackets up to ${column}`;
    case 'encoding':
      return `expected a line in UTF-8; it stops being that at ${column}`;
    case 'repeated':
      return `expected each key once; ${came(fault.key)} stands there again at ${column}`;
    default:
      return fault satisfies never;
  }
}
