// Huffman codes of zstd's literals (RFC 8878, 4.2).
import { BackwardBits, highestBit } from './bits';
import { BrokenZstd } from './broken';
import { FseState, readFseTable } from './fse';

/** By the next `width` bits: the symbol, and how many of them are its code. */
export type HuffmanTable = { readonly width: number; readonly symbols: Uint8Array; readonly bits: Uint8Array };

const widthMax = 11;

/** Reads a tree, and how many bytes it took. */
export function readHuffmanTable(bytes: Uint8Array): { readonly table: HuffmanTable; readonly length: number } {
  const header = bytes[0] ?? 0;
  if (header < 128) {
    const coded = bytes.subarray(1, 1 + header);
    if (coded.length < header) throw new BrokenZstd('a tree goes on past its end');
    return { table: tableOf(codedWeights(coded)), length: 1 + header };
  }
  const count = header - 127;
  const length = 1 + ((count + 1) >> 1);
  if (bytes.length < length) throw new BrokenZstd('a tree goes on past its end');
  const weights = Array.from({ length: count }, (_, n) => {
    const byte = bytes[1 + (n >> 1)] as number;
    return n % 2 === 0 ? byte >> 4 : byte & 15;
  });
  return { table: tableOf(weights), length };
}

// Two states take turns, until one finds no bits any more: then the other has one symbol left.
function codedWeights(bytes: Uint8Array): number[] {
  const { table, length } = readFseTable(bytes, { accuracyMax: 6, symbolsMax: 256 });
  const bits = new BackwardBits(bytes.subarray(length));
  let [one, other] = [new FseState(table, bits), new FseState(table, bits)];
  const weights: number[] = [];
  while (weights.length < 255) {
    weights.push(one.symbol);
    one.next(bits);
    if (bits.left < 0) {
      weights.push(other.symbol);
      return weights;
    }
    [one, other] = [other, one];
  }
  throw new BrokenZstd('a tree has more weights than there are bytes');
}

// The last weight is not written: it is what makes the sum a power of two.
function tableOf(written: readonly number[]): HuffmanTable {
  const sum = written.reduce((total, weight) => total + (weight === 0 ? 0 : 1 << (weight - 1)), 0);
  if (sum === 0 || written.some((weight) => weight > widthMax + 1)) throw new BrokenZstd('a tree is none');
  const width = highestBit(sum) + 1;
  const left = (1 << width) - sum;
  if (width > widthMax || (left & (left - 1)) !== 0 || written.length > 255) throw new BrokenZstd('a tree is none');
  const weights = [...written, highestBit(left) + 1];
  const [symbols, bits] = [new Uint8Array(1 << width), new Uint8Array(1 << width)];
  let at = 0;
  for (let weight = 1; weight <= width; weight++) {
    weights.forEach((each, symbol) => {
      if (each !== weight) return;
      const end = at + (1 << (weight - 1));
      symbols.fill(symbol, at, end);
      bits.fill(width + 1 - weight, at, end);
      at = end;
    });
  }
  return { width, symbols, bits };
}

/** Fills `into` with what a stream codes. */
export function readHuffman(stream: Uint8Array, { width, symbols, bits }: HuffmanTable, into: Uint8Array): void {
  const coded = new BackwardBits(stream);
  for (let at = 0; at < into.length; at++) {
    const next = coded.peek(width);
    into[at] = symbols[next] as number;
    coded.left -= bits[next] as number;
    if (coded.left < 0) throw new BrokenZstd('a stream ends too early');
  }
  if (coded.left !== 0) throw new BrokenZstd('a stream goes on past its end');
}
