// Usage as CloudEvents 1.0: an event a report, as `data`; its source is ours.
import { type Complain, came, readList, readName } from '../../domain/body';
import { readCompleteThrough, type UsageBatch, type UsageReader, type UsageReport } from '../../domain/usage';
import { bodyList, type ItemReader, readBatch } from './batch';
import type { Heading } from './lines';

export const eventType = 'minutebook.usage';

/** The batches of a body that is one event, or a list of them: one a source. Throws `invalid_usage`. */
export async function readEvents(
  blocks: AsyncIterable<Buffer>,
  of: { readonly reader: UsageReader; readonly nowMs: number; readonly asked: Heading; readonly isBatch: boolean },
): Promise<readonly UsageBatch[]> {
  const events = new EventReader(of);
  const body = await readBatch(blocks, events, of.isBatch ? bodyList : () => -1);
  // Where the events are cut out of their list, an empty one is left.
  if (of.isBatch) events.judgeList(body);
  else events.addAll([body]);
  return events.finish(of.asked);
}

type Marked = { readonly reports: UsageReport[]; markMs: number | undefined };

class EventReader implements ItemReader {
  readonly #reader: UsageReader;
  readonly #nowMs: number;
  readonly #sources = new Map<string, Marked>();
  #bodyFault: string | undefined;

  constructor({ reader, nowMs }: { readonly reader: UsageReader; readonly nowMs: number }) {
    this.#reader = reader;
    this.#nowMs = nowMs;
  }

  get isFull(): boolean {
    return this.#reader.isFull;
  }

  addAll(items: readonly unknown[]): void {
    for (let at = 0; at < items.length && !this.isFull; at++) this.#add(items[at]);
  }

  judgeList(body: unknown): void {
    readList(body, 'body', (_, message) => {
      this.#bodyFault = message;
    });
  }

  finish({ source, completeThrough }: Heading): readonly UsageBatch[] {
    if (!this.isFull) this.#judgeHeading({ source, completeThrough });
    this.#reader.refuse();
    return [...this.#sources].map(([of, { reports, markMs }], at) => ({
      source: of,
      reports,
      ignored: at === 0 ? this.#reader.ignored : 0,
      ...(markMs === undefined ? {} : { completeThroughMs: markMs }),
    }));
  }

  #judgeHeading({ source, completeThrough }: Heading): void {
    const complain = this.#reader.complain();
    if (this.#bodyFault !== undefined) complain('body', this.#bodyFault);
    if (source !== undefined) complain('source', 'expected none in the query: each event names its source');
    const markMs = readCompleteThrough(completeThrough, this.#nowMs, complain);
    if (markMs === undefined) return;
    const [only, ...others] = this.#sources.values();
    if (only !== undefined && others.length === 0) only.markMs = Math.max(markMs, only.markMs ?? 0);
    else complain('completeThrough', `expected events of one source with it, came of ${this.#sources.size}`);
  }

  #add(event: unknown): void {
    const faults: (readonly [field: string, message: string])[] = [];
    const complain: Complain = (field, message) => faults.push([field, message]);
    const read = readEvent(event, this.#nowMs, complain);
    if (read === undefined || faults.length > 0) {
      const complainOf = this.#reader.pass();
      for (const [field, message] of faults) complainOf(field, message);
      return;
    }
    const { source, markMs } = read;
    const known = this.#sources.get(source) ?? { reports: [], markMs: undefined };
    this.#sources.set(source, known);
    if (markMs !== undefined) known.markMs = Math.max(markMs, known.markMs ?? 0);
    if (read.data === undefined) this.#reader.pass();
    else {
      const report = this.#reader.add(read.data);
      if (report !== undefined) known.reports.push(report);
    }
  }
}

type Event = { readonly source: string; readonly data: unknown; readonly markMs: number | undefined };

// Attributes beyond these are extensions, which others may need: they are read over.
function readEvent(event: unknown, nowMs: number, complain: Complain): Event | undefined {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    complain('event', `expected a CloudEvent, came ${came(event)}`);
    return undefined;
  }
  const { specversion, id, source, type, datacontenttype, data, data_base64, completethrough } = event as {
    readonly [attribute: string]: unknown;
  };
  if (specversion !== '1.0') complain('specversion', `expected "1.0", came ${came(specversion)}`);
  if (type !== eventType) complain('type', `expected "${eventType}", came ${came(type)}`);
  if (typeof id !== 'string' || id === '') complain('id', `expected a text that is not empty, came ${came(id)}`);
  const isJson = datacontenttype === undefined || /^application\/([\w.-]+\+)?json\b/i.test(String(datacontenttype));
  if (!isJson) complain('datacontenttype', `expected application/json, came ${came(datacontenttype)}`);
  if (data_base64 !== undefined) complain('data_base64', 'expected the report as JSON under data');
  const markMs = readCompleteThrough(completethrough, nowMs, (_, message) => complain('completethrough', message));
  const isMark = markMs !== undefined && data === undefined;
  if (data === undefined && !isMark) complain('data', 'expected a usage report, came nothing');
  const named = readName(source, 'source', complain);
  return named === undefined ? undefined : { source: named, data, markMs };
}
