// A usage batch as JSON, `{source, completeThrough?, reports: […]}`: its reports are cut out and judged block by block, so
// that a body of megabytes is neither parsed in one go nor held. What stands around them is read last.
import { MinutebookError } from '../../domain/errors';
import { type JsonRefusal, markLength, readItems, readJson, refusedAt } from '../json/parse';
import { Place } from '../json/place';
import { listStart, outerListStart, type Structure, structureOf } from '../json/structure';
import { blockBytes } from './pieces';

/** What reads the items of a body, until it has found faults enough. */
export type ItemReader = { readonly isFull: boolean; addAll(items: readonly unknown[]): void };

/** Where the list of a body begins, after its bracket; -1 where it has not come yet. */
export type FindList = (bytes: Buffer) => number;

/** The list under `reports`. */
export const reportsList: FindList = (bytes) => listStart(bytes, 'reports');

/** The list that the body itself is. */
export const bodyList: FindList = outerListStart;

/** Hands the items of a body's list to `reader`; answers the body without them. Stops where the reader is full. */
export async function readBatch(
  blocks: AsyncIterable<Buffer>,
  reader: ItemReader,
  findList: FindList = reportsList,
): Promise<unknown> {
  const cutter = new ReportCutter(reader, findList);
  for await (const block of blocks) {
    cutter.take(block);
    if (reader.isFull) return undefined;
  }
  return cutter.finish();
}

class ReportCutter {
  readonly #reader: ItemReader;
  readonly #findList: FindList;
  #state: 'start' | 'head' | 'reports' | 'tail' = 'start';
  #head: { readonly bytes: Buffer; readonly place: Place } = { bytes: Buffer.alloc(0), place: new Place() };
  /** What was not made use of yet, and where it stands. */
  #rest: Buffer = Buffer.alloc(0);
  #place = new Place();
  #isAfterComma = false;

  constructor(reader: ItemReader, findList: FindList) {
    this.#reader = reader;
    this.#findList = findList;
  }

  take(block: Buffer): void {
    this.#rest = this.#rest.length === 0 ? block : Buffer.concat([this.#rest, block]);
    if (this.#state === 'start') this.#begin();
    if (this.#state === 'head') this.#cutHead();
    if (this.#state === 'reports') this.#cutReports();
    if (this.#rest.length > blockBytes) throw this.#tooLong();
  }

  finish(): unknown {
    // Of a list that did not end, what came is judged first.
    if (this.#state === 'reports') this.#judge(this.#rest, structureOf(this.#rest), { isWhole: true });
    const { bytes, place } = this.#head;
    const around = Buffer.concat([bytes, this.#rest]);
    const read = readJson(around);
    if (!('fault' in read)) return read.value;
    if (read.fault.at < bytes.length) throw refusedAt(read, place, around);
    const inRest: JsonRefusal = { ...read, fault: { ...read.fault, at: read.fault.at - bytes.length } };
    throw refusedAt(inRest, this.#place, this.#rest, { isWhole: true });
  }

  #begin(): void {
    this.#skip(markLength(this.#rest));
    this.#head = { bytes: this.#head.bytes, place: this.#place };
    this.#state = 'head';
  }

  #cutHead(): void {
    const start = this.#findList(this.#rest);
    if (start < 0) return;
    this.#head = { bytes: this.#rest.subarray(0, start), place: this.#head.place };
    this.#skip(start);
    this.#state = 'reports';
  }

  #cutReports(): void {
    const structure = structureOf(this.#rest);
    const isEnd = structure.end >= 0;
    if (!isEnd && structure.comma < 0) return;
    const length = isEnd ? structure.end : structure.comma;
    this.#judge(this.#rest.subarray(0, length), isEnd ? structure : structure.beforeComma);
    this.#isAfterComma = !isEnd;
    this.#skip(isEnd ? length : length + 1);
    this.#state = isEnd ? 'tail' : 'reports';
  }

  #judge(bytes: Buffer, structure: Pick<Structure, 'colons' | 'deepest'>, { isWhole = false } = {}): void {
    const read = readItems(bytes, structure);
    if ('fault' in read) throw refusedAt(read, this.#place, bytes, { isWhole });
    if (read.value.length === 0 && this.#isAfterComma) {
      throw refusedAt({ fault: { at: bytes.length, kind: 'syntax' } }, this.#place, bytes, { isWhole });
    }
    this.#reader.addAll(read.value);
  }

  #skip(length: number): void {
    this.#place = this.#place.after(this.#rest.subarray(0, length));
    this.#rest = this.#rest.subarray(length);
  }

  #tooLong(): MinutebookError {
    const what = this.#state === 'reports' ? 'for one report' : 'beside the reports';
    const detail = `expected at most ${blockBytes} bytes ${what}, came more from ${this.#place} on`;
    return new MinutebookError({ code: 'invalid_request', detail });
  }
}
