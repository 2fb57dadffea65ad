// The sequences of a block: so many literals, then so much of what was unfolded before (RFC 8878, 3.1.1.3.2 and 3.1.1.4).
import { BackwardBits } from './bits';
import { BrokenZstd } from './broken';
import { FseState, type FseTable, fseTable, readFseTable, repeating } from './fse';

/** Where what was unfolded goes, and is copied from. */
export type Output = {
  append(bytes: Uint8Array): void;
  copy(offset: number, length: number): void;
};

/** What a block leaves to the next of its frame. */
export type Memory = { lengths?: FseTable; offsets?: FseTable; matches?: FseTable; recent: [number, number, number] };

const [lengthBase, lengthBits] = codes([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], {
  from: 16,
  bits: [1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
});
const [matchBase, matchBits] = codes(
  Array.from({ length: 32 }, (_, code) => code + 3),
  { from: 35, bits: [1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16] },
);

// Codes that are their value, then codes with bits behind them, each from where the one before ends.
function codes(
  plain: readonly number[],
  { from, bits }: { readonly from: number; readonly bits: readonly number[] },
): readonly [readonly number[], readonly number[]] {
  const bases = [...plain];
  let base = from;
  for (const count of bits) {
    bases.push(base);
    base += 2 ** count;
  }
  return [bases, [...plain.map(() => 0), ...bits]];
}

const kinds = {
  lengths: {
    accuracyMax: 9,
    symbolsMax: 36,
    usual: fseTable(
      [
        ...[4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1],
        ...[-1, -1, -1, -1],
      ],
      6,
    ),
  },
  offsets: {
    accuracyMax: 8,
    // With a window of 8 MiB none is longer.
    symbolsMax: 32,
    usual: fseTable([1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1], 5),
  },
  matches: {
    accuracyMax: 9,
    symbolsMax: 53,
    usual: fseTable([1, 4, 3, 2, 2, 2, 2, 2, 2, ...Array<number>(37).fill(1), ...Array<number>(7).fill(-1)], 6),
  },
} as const;

/** Unfolds a block whose literals were read. */
export function unfoldSequences(block: Uint8Array, literals: Uint8Array, to: { output: Output; memory: Memory }): void {
  const { count, length } = readCountOf(block);
  if (count === 0) {
    if (block.length !== length) throw new BrokenZstd('a block goes on past its end');
    to.output.append(literals);
    return;
  }
  const modes = block[length] ?? 0;
  let rest = block.subarray(length + 1);
  const tables = (['lengths', 'offsets', 'matches'] as const).map((kind, at) => {
    const read = readTable(rest, { kind, mode: (modes >> (6 - 2 * at)) & 3, memory: to.memory });
    rest = rest.subarray(read.length);
    to.memory[kind] = read.table;
    return read.table;
  });
  const [lengths, offsets, matches] = tables as [FseTable, FseTable, FseTable];
  const used = run(new BackwardBits(rest), { lengths, offsets, matches, count, literals, ...to });
  to.output.append(literals.subarray(used));
}

function readCountOf(block: Uint8Array): { readonly count: number; readonly length: number } {
  const [first, second = 0, third = 0] = block;
  if (first === undefined) throw new BrokenZstd('a block ends before its sequences');
  if (first < 128) return { count: first, length: 1 };
  if (first < 255) return { count: ((first - 128) << 8) + second, length: 2 };
  return { count: second + (third << 8) + 0x7f00, length: 3 };
}

function readTable(
  bytes: Uint8Array,
  { kind, mode, memory }: { readonly kind: keyof typeof kinds; readonly mode: number; readonly memory: Memory },
): { readonly table: FseTable; readonly length: number } {
  const known = kinds[kind];
  if (mode === 0) return { table: known.usual, length: 0 };
  if (mode === 2) return readFseTable(bytes, known);
  if (mode === 1) {
    const symbol = bytes[0] ?? 255;
    if (symbol >= known.symbolsMax) throw new BrokenZstd('a code is none');
    return { table: repeating(symbol), length: 1 };
  }
  const before = memory[kind];
  if (before === undefined) throw new BrokenZstd('a block refers to a table that is not there');
  return { table: before, length: 0 };
}

type Run = {
  readonly lengths: FseTable;
  readonly offsets: FseTable;
  readonly matches: FseTable;
  readonly count: number;
  readonly literals: Uint8Array;
  readonly output: Output;
  readonly memory: Memory;
};

// Answers how many literals were used.
function run(bits: BackwardBits, { lengths, offsets, matches, count, literals, output, memory }: Run): number {
  const [length, offset, match] = [
    new FseState(lengths, bits),
    new FseState(offsets, bits),
    new FseState(matches, bits),
  ];
  let used = 0;
  for (let left = count; left > 0; left--) {
    if (offset.symbol > 24) throw new BrokenZstd('an offset leads out of the window');
    const offsetValue = 2 ** offset.symbol + bits.read(offset.symbol);
    const copied = (matchBase[match.symbol] as number) + bits.read(matchBits[match.symbol] as number);
    const taken = (lengthBase[length.symbol] as number) + bits.read(lengthBits[length.symbol] as number);
    if (used + taken > literals.length) throw new BrokenZstd('a sequence takes more literals than there are');
    output.append(literals.subarray(used, used + taken));
    used += taken;
    output.copy(recall(memory.recent, { value: offsetValue, isBare: taken === 0 }), copied);
    if (left === 1) break;
    length.next(bits);
    match.next(bits);
    offset.next(bits);
  }
  if (bits.left !== 0) throw new BrokenZstd('the sequences of a block do not come out even');
  return used;
}

// The smallest three say an offset that was used of late again; right after another copy, one further.
function recall(recent: [number, number, number], { value, isBare }: { value: number; isBare: boolean }): number {
  const [first, second, third] = recent;
  const place = value > 3 ? 4 : value - 1 + (isBare ? 1 : 0);
  const offset = [first, second, third, first - 1, value - 3][place] as number;
  if (place === 1) [recent[0], recent[1]] = [offset, first];
  else if (place > 1) [recent[0], recent[1], recent[2]] = [offset, first, second];
  return offset;
}
