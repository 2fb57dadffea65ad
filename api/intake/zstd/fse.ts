// Finite state entropy: the tables by which zstd codes its lengths, offsets and weights (RFC 8878, 4.1).
import { type BackwardBits, ForwardBits, highestBit } from './bits';
import { BrokenZstd } from './broken';

/** By state: the symbol, and how to get to the next state. */
export type FseTable = {
  readonly accuracy: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly base: Uint16Array;
};

/** A state that walks through a table. */
export class FseState {
  #state: number;

  constructor(
    private readonly table: FseTable,
    bits: BackwardBits,
  ) {
    this.#state = bits.read(table.accuracy);
  }

  get symbol(): number {
    return this.table.symbols[this.#state] as number;
  }

  next(bits: BackwardBits): void {
    const { table } = this;
    this.#state = (table.base[this.#state] as number) + bits.read(table.bits[this.#state] as number);
  }
}

/** The table of one symbol. */
export function repeating(symbol: number): FseTable {
  return { accuracy: 0, symbols: Uint8Array.of(symbol), bits: new Uint8Array(1), base: new Uint16Array(1) };
}

/** A table out of how likely each symbol is: -1 for less than once. */
export function fseTable(likely: readonly number[], accuracy: number): FseTable {
  const size = 1 << accuracy;
  const [symbols, bits, base] = [new Uint8Array(size), new Uint8Array(size), new Uint16Array(size)];
  const next = likely.map((count) => (count < 0 ? 1 : count));
  let high = size;
  likely.forEach((count, symbol) => {
    if (count < 0) symbols[--high] = symbol;
  });
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  likely.forEach((count, symbol) => {
    for (let n = 0; n < count; n++) {
      symbols[at] = symbol;
      do at = (at + step) & (size - 1);
      while (at >= high);
    }
  });
  if (at !== 0) throw new BrokenZstd('a table does not come out even');
  for (let state = 0; state < size; state++) {
    const symbol = symbols[state] as number;
    const count = next[symbol] as number;
    next[symbol] = count + 1;
    const width = accuracy - highestBit(count);
    bits[state] = width;
    base[state] = (count << width) - size;
  }
  return { accuracy, symbols, bits, base };
}

/** Reads a table, and how many bytes it took. */
export function readFseTable(
  bytes: Uint8Array,
  { accuracyMax, symbolsMax }: { readonly accuracyMax: number; readonly symbolsMax: number },
): { readonly table: FseTable; readonly length: number } {
  const bits = new ForwardBits(bytes);
  const accuracy = bits.read(4) + 5;
  if (accuracy > accuracyMax) throw new BrokenZstd('a table is larger than any');
  const likely: number[] = [];
  for (let left = 1 << accuracy; left > 0; ) {
    const count = readCount(bits, left);
    left -= Math.abs(count);
    likely.push(count);
    if (count === 0) likely.push(...readZeros(bits));
    if (left < 0 || likely.length > symbolsMax) throw new BrokenZstd('a table holds more than it may');
  }
  return { table: fseTable(likely, accuracy), length: bits.length };
}

// How many more zeros follow one: two bits at a time, while they say three.
function readZeros(bits: ForwardBits): readonly number[] {
  let zeros = 0;
  for (let more = 3; more === 3; zeros += more) more = bits.read(2);
  return Array<number>(zeros).fill(0);
}

// As few bits as what is left may need, and one less for small numbers.
function readCount(bits: ForwardBits, left: number): number {
  const width = highestBit(left + 1) + 1;
  const low = (1 << (width - 1)) - 1;
  const threshold = (1 << width) - 1 - (left + 1);
  const value = bits.read(width);
  if ((value & low) < threshold) {
    bits.unread();
    return (value & low) - 1;
  }
  return (value > low ? value - threshold : value) - 1;
}
