// Single usage reports in, batches out: bounded in memory, through outages, with marks that never run ahead of usage.

import type { UsageReport } from '../contract/usage';
import { Delivery } from './batching/delivery';
import { Holding, type Lot } from './batching/holding';
import { Marks } from './batching/marks';
import { type BatcherCounts, type BatcherOptions, checked } from './batching/options';
import { type Piece, parted, reportsIn } from './batching/piece';
import { UnsentError } from './batching/unsent';
import type { ProblemFault } from './problem';

export type { BatcherCounts, BatcherOptions, RefusedReport } from './batching/options';
export { UnsentError } from './batching/unsent';

/** A batcher of one source. Throws a RangeError where an option is not as it should be. */
export function createBatcher(options: BatcherOptions): Batcher {
  return new Batcher(options);
}

export class Batcher {
  readonly #onRefused: BatcherOptions['onRefused'];
  readonly #maxInFlight: number;
  readonly #maxBytes: number;
  readonly #holding: Holding;
  readonly #delivery: Delivery;
  readonly #marks: Marks;
  readonly #stopping = new AbortController();
  /** Not begun, and not settled; both in their order. */
  readonly #queued: Lot[] = [];
  readonly #unsettled: Lot[] = [];
  #inFlight = 0;
  #settledThrough = 0;
  #refused = 0;
  #flushing: { readonly through: number; readonly done: () => void; readonly failed: (why: Error) => void }[] = [];
  #closing: Promise<void> | undefined;
  #unsent: UnsentError | undefined;

  constructor({ client, source, onRefused, onRetry, ...options }: BatcherOptions) {
    const { maxInFlight = 4, ...limits } = checked(source, options);
    this.#onRefused = onRefused;
    this.#maxInFlight = maxInFlight;
    this.#maxBytes = limits.maxBytes;
    this.#holding = new Holding(limits, (lot) => this.#take(lot));
    this.#delivery = new Delivery({ client, source, signal: this.#stopping.signal, ...(onRetry && { onRetry }) });
    this.#marks = new Marks((atMs) => this.#delivery.storeMark(atMs));
  }

  /**
   * Resolves when the report is taken into the buffer, at once where there is room: await it, so that whoever reports too much
   * is slowed down. It may be changed by its owner afterwards. Rejects once the batcher is closed or has stopped.
   */
  add(report: UsageReport): Promise<void> {
    const why = this.#refusal();
    if (why !== undefined) return Promise.reject(why);
    try {
      return this.#holding.add(textOf(report, this.#maxBytes));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Says that everything up to an instant (RFC 3339, or a Date) has been added. It is sent once all that was added before is
   * stored, or handed to `onRefused`. Resolves when this mark is stored, or a later one; rejects where it is refused, or
   * the batcher stops: await it or catch that.
   */
  completeThrough(instant: string | Date): Promise<void> {
    const why = this.#refusal();
    if (why !== undefined) return Promise.reject(why);
    const atMs = typeof instant === 'string' ? Date.parse(instant) : instant.getTime();
    if (Number.isNaN(atMs)) {
      const expected = 'expected an instant such as 2025-01-31T23:00:00Z';
      return Promise.reject(new RangeError(`completeThrough: ${expected}, came ${String(instant)}`));
    }
    return this.#marks.add({ through: this.#holding.added, atMs });
  }

  /** Sends what is held at once. Resolves when all that was added before, marks too, is stored or refused. */
  async flush(): Promise<void> {
    if (this.#unsent !== undefined) throw this.#unsent;
    const through = this.#holding.drain();
    if (through > this.#settledThrough) {
      await new Promise<void>((done, failed) => this.#flushing.push({ through, done, failed }));
    }
    await this.#marks.settled();
    if (this.#unsent !== undefined) throw this.#unsent;
  }

  /**
   * Takes no more, and resolves when all that was added is stored or refused. After `withinMs` it gives up: rejects with an
   * UnsentError that has the reports which are not known to be stored.
   */
  close({ withinMs }: { readonly withinMs?: number } = {}): Promise<void> {
    const closing = this.#closing ?? this.flush();
    this.#closing = closing;
    if (withinMs === undefined) return closing;
    const timer = setTimeout(() => this.#stop(new Error(`it was closed, and ${withinMs} ms were over`)), withinMs);
    return closing.finally(() => clearTimeout(timer));
  }

  counts(): BatcherCounts {
    return { pending: this.#holding.pending, refused: this.#refused, ...this.#delivery.counts() };
  }

  #refusal(): Error | undefined {
    if (this.#unsent !== undefined) return this.#unsent;
    return this.#closing === undefined
      ? undefined
      : new Error('expected nothing more, as the batcher is closed; came more');
  }

  #take(lot: Lot): void {
    this.#queued.push(lot);
    this.#unsettled.push(lot);
    this.#begin();
  }

  #begin(): void {
    while (this.#inFlight < this.#maxInFlight) {
      const lot = this.#queued.shift();
      if (lot === undefined) return;
      this.#inFlight++;
      this.#send(lot)
        .catch((error: unknown) => this.#stop(error))
        .finally(() => {
          this.#inFlight--;
          this.#begin();
        });
    }
  }

  async #send(lot: Lot): Promise<void> {
    // Pieces that come of splitting one are added to the set, and come at its end.
    for (const piece of lot.pieces) {
      const outcome = await this.#delivery.send(piece);
      if (this.#unsent !== undefined) return;
      switch (outcome.kind) {
        case 'stored':
          this.#done(lot, piece);
          break;
        case 'split':
          this.#replace(
            lot,
            piece,
            parted(piece, (at) => at < Math.floor(piece.count / 2)),
          );
          break;
        case 'refused':
          await this.#handBack(lot, piece, outcome.faults);
          break;
        case 'broken':
          // It holds up marks and its own place in the buffer, and nothing else.
          this.#delivery
            .sendAtLast(piece)
            .then(() => this.#done(lot, piece))
            .catch((error: unknown) => this.#stop(error));
          break;
        default:
          outcome satisfies never;
      }
    }
  }

  async #handBack(lot: Lot, piece: Piece, faults: ReadonlyMap<number, readonly ProblemFault[]>): Promise<void> {
    const [faulty, others] = parted(piece, (at) => faults.has(at));
    this.#replace(lot, piece, [faulty, others]);
    const inOrder = [...faults].sort(([one], [other]) => one - other).map(([, why]) => why);
    await this.#onRefused(reportsIn(faulty).map((report, at) => ({ report, faults: inOrder[at] ?? [] })));
    this.#refused += faulty.count;
    this.#done(lot, faulty);
  }

  #replace(lot: Lot, piece: Piece, by: readonly Piece[]): void {
    lot.pieces.delete(piece);
    for (const part of by) if (part.count > 0) lot.pieces.add(part);
  }

  #done(lot: Lot, piece: Piece): void {
    if (this.#unsent !== undefined || !lot.pieces.delete(piece)) return;
    lot.left -= piece.count;
    this.#holding.release(piece);
    for (let first = this.#unsettled[0]; first?.left === 0; first = this.#unsettled[0]) {
      this.#unsettled.shift();
      this.#settledThrough = first.through;
    }
    this.#marks.reach(this.#settledThrough);
    const settled = this.#flushing.filter(({ through }) => through <= this.#settledThrough);
    this.#flushing = this.#flushing.filter(({ through }) => through > this.#settledThrough);
    for (const { done } of settled) done();
  }

  #stop(cause: unknown): void {
    if (this.#unsent !== undefined) return;
    const pieces = [...this.#unsettled.flatMap((lot) => [...lot.pieces]), this.#holding.open()];
    // Whoever waits for room learns of it by the same error, which is made of what was taken.
    const unsent = new UnsentError(pieces.flatMap(reportsIn), cause);
    this.#unsent = unsent;
    this.#stopping.abort();
    this.#holding.end(unsent);
    this.#marks.end(unsent);
    for (const { failed } of this.#flushing.splice(0)) failed(unsent);
  }
}

function textOf(report: UsageReport, bytesMax: number): string {
  const text: string | undefined = JSON.stringify(report);
  if (text === undefined) throw new TypeError(`expected a report, came ${String(report)}`);
  if (text.length < bytesMax) return text;
  throw new RangeError(`expected a report of less than ${bytesMax} bytes (maxBytes), came ${text.length}`);
}
