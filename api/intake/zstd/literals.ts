// The literals of a block: bytes that are copied as they are, most often Huffman coded (RFC 8878, 3.1.1.3.1).
import { BrokenZstd } from './broken';
import { type HuffmanTable, readHuffman, readHuffmanTable } from './huffman';

export const blockBytesMax = 128 * 1024;

export type Literals = {
  readonly bytes: Uint8Array;
  /** How much of the block they took. */
  readonly length: number;
  /** For literals of a later block that come without a tree of their own. */
  readonly tree: HuffmanTable | undefined;
};

type Head = { readonly size: number; readonly coded: number; readonly streams: 1 | 4; readonly length: number };

export function readLiterals(block: Uint8Array, before: HuffmanTable | undefined): Literals {
  const type = (block[0] ?? 0) & 3;
  const head = type < 2 ? plainHead(block) : codedHead(block);
  if (head.size > blockBytesMax) throw new BrokenZstd('literals are longer than a block');
  const end = head.length + (type === 1 ? 1 : head.coded);
  if (block.length < end) throw new BrokenZstd('literals go on past their block');
  const rest = block.subarray(head.length, end);
  if (type === 0) return { bytes: rest, length: end, tree: before };
  if (type === 1) return { bytes: new Uint8Array(head.size).fill(rest[0] as number), length: end, tree: before };
  const tree = type === 2 ? readHuffmanTable(rest) : before && { table: before, length: 0 };
  if (tree === undefined) throw new BrokenZstd('literals refer to a tree that is not there');
  const bytes = new Uint8Array(head.size);
  readStreams(rest.subarray(tree.length), { bytes, table: tree.table, streams: head.streams });
  return { bytes, length: end, tree: tree.table };
}

function plainHead(block: Uint8Array): Head {
  const [first = 0, second = 0, third = 0] = block;
  const of = (size: number, length: number): Head => ({ size, coded: size, streams: 1, length });
  switch ((first >> 2) & 3) {
    case 1:
      return of((first >> 4) | (second << 4), 2);
    case 3:
      return of((first >> 4) | (second << 4) | (third << 12), 3);
    default:
      return of(first >> 3, 1);
  }
}

function codedHead(block: Uint8Array): Head {
  const format = ((block[0] ?? 0) >> 2) & 3;
  const width = [10, 10, 14, 18][format] as number;
  const length = [3, 3, 4, 5][format] as number;
  // Up to 40 bits, of which four are the type and the format.
  let value = 0;
  for (let at = length - 1; at >= 0; at--) value = value * 256 + (block[at] ?? 0);
  const sizes = Math.floor(value / 16);
  const size = sizes % 2 ** width;
  return { size, coded: Math.floor(sizes / 2 ** width), streams: format === 0 ? 1 : 4, length };
}

function readStreams(
  coded: Uint8Array,
  { bytes, table, streams }: { readonly bytes: Uint8Array; readonly table: HuffmanTable; readonly streams: 1 | 4 },
): void {
  if (streams === 1) {
    readHuffman(coded, table, bytes);
    return;
  }
  const lengths = [0, 2, 4].map((at) => (coded[at] ?? 0) | ((coded[at + 1] ?? 0) << 8));
  const share = (bytes.length + 3) >> 2;
  let from = 6;
  for (let stream = 0; stream < 4; stream++) {
    const to = stream === 3 ? coded.length : from + (lengths[stream] as number);
    if (to > coded.length || to < from) throw new BrokenZstd('a stream goes on past its literals');
    const into = bytes.subarray(
      Math.min(stream * share, bytes.length),
      stream === 3 ? bytes.length : (stream + 1) * share,
    );
    readHuffman(coded.subarray(from, to), table, into);
    from = to;
  }
}
