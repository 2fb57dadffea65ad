// Reports that were added and are not stored yet: bounded, in their order, cut into lots that are sent as one batch each.

import { type Piece, pieceOf } from './piece';

/** What is sent together. `through`: how many reports were added up to its end. */
export type Lot = {
  /** One at first, more where some reports hold up the others. */
  readonly pieces: Set<Piece>;
  /** How many of them are neither stored nor handed back. */
  left: number;
  readonly through: number;
};

export type Limits = {
  readonly maxReports: number;
  readonly maxBytes: number;
  readonly maxWaitMs: number;
  readonly maxPending: number;
  readonly maxPendingBytes: number;
};

type Waiting = { readonly text: string; readonly accept: () => void; readonly refuse: (why: Error) => void };

const accepted = Promise.resolve();

export class Holding {
  readonly #limits: Limits;
  readonly #onLot: (lot: Lot) => void;
  #open: string[] = [];
  #openBytes = 0;
  #pending = 0;
  #pendingBytes = 0;
  #accepted = 0;
  readonly #waiting: Waiting[] = [];
  #waitingFrom = 0;
  #drainThrough = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(limits: Limits, onLot: (lot: Lot) => void) {
    this.#limits = limits;
    this.#onLot = onLot;
  }

  /** How many were added, those included that wait for room. */
  get added(): number {
    return this.#accepted + this.#waiting.length - this.#waitingFrom;
  }

  /** How many are held. */
  get pending(): number {
    return this.#pending;
  }

  /** Resolves once there is room, first come first served. */
  add(text: string): Promise<void> {
    if (!this.#isAnybodyWaiting() && this.#hasRoomFor(text)) {
      this.#accept(text);
      return accepted;
    }
    // What is held cannot grow any more: nothing is gained by waiting for company.
    this.#seal();
    return new Promise((accept, refuse) => this.#waiting.push({ text, accept, refuse }));
  }

  /** Sends what is held without waiting for more; answers how many were added by now. */
  drain(): number {
    this.#drainThrough = this.added;
    if (!this.#isAnybodyWaiting()) this.#seal();
    return this.#drainThrough;
  }

  /** Makes room where reports are done with. */
  release({ text, count }: Piece): void {
    this.#pending -= count;
    this.#pendingBytes -= sizeOf(text);
    this.#admit();
  }

  /** What was not cut into a lot yet. */
  open(): Piece {
    return pieceOf(this.#open);
  }

  /** Refuses who waits for room. */
  end(why: Error): void {
    clearTimeout(this.#timer);
    this.#open = [];
    for (const { refuse } of this.#waiting.splice(0).slice(this.#waitingFrom)) refuse(why);
    this.#waitingFrom = 0;
  }

  #isAnybodyWaiting(): boolean {
    return this.#waiting.length > this.#waitingFrom;
  }

  #hasRoomFor(text: string): boolean {
    const { maxPending, maxPendingBytes } = this.#limits;
    return this.#pending < maxPending && this.#pendingBytes + sizeOf(text) <= maxPendingBytes;
  }

  #admit(): void {
    for (let next = this.#waiting[this.#waitingFrom]; next; next = this.#waiting[this.#waitingFrom]) {
      if (!this.#hasRoomFor(next.text)) break;
      this.#waitingFrom++;
      this.#accept(next.text);
      next.accept();
    }
    // Taking from the front of a long array each time would move all the others.
    if (this.#waitingFrom > this.#waiting.length / 2) {
      this.#waiting.splice(0, this.#waitingFrom);
      this.#waitingFrom = 0;
    }
    if (this.#isAnybodyWaiting()) this.#seal();
  }

  #accept(text: string): void {
    const { maxReports, maxBytes, maxWaitMs } = this.#limits;
    if (this.#openBytes + sizeOf(text) > maxBytes) this.#seal();
    this.#open.push(text);
    this.#openBytes += sizeOf(text);
    this.#pending++;
    this.#pendingBytes += sizeOf(text);
    this.#accepted++;
    if (this.#open.length >= maxReports || this.#accepted === this.#drainThrough) this.#seal();
    else if (this.#open.length === 1) this.#timer = setTimeout(() => this.#seal(), maxWaitMs);
  }

  #seal(): void {
    clearTimeout(this.#timer);
    if (this.#open.length === 0) return;
    const texts = this.#open;
    this.#open = [];
    this.#openBytes = 0;
    this.#onLot({ pieces: new Set([pieceOf(texts)]), left: texts.length, through: this.#accepted });
  }
}

/** In bytes, with what parts it from the next, of one or of several: all that a right report is made of is ASCII. */
export function sizeOf(text: string): number {
  return text.length + 1;
}
