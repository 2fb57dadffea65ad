// Zstandard (RFC 8878) for a Node without it: frames, unfolded block by block as they arrive. No dictionaries, and windows of up
// to 8 MiB, which is what the RFC asks of everybody. Checksums are read over.
import { BrokenZstd } from './broken';
import type { HuffmanTable } from './huffman';
import { blockBytesMax, readLiterals } from './literals';
import { type Memory, unfoldSequences } from './sequences';
import { Window } from './window';

export const windowBytesMax = 8 * 1024 ** 2;

const magic = 0xfd2fb528;
const isSkippable = (word: number) => (word & 0xfffffff0) >>> 0 === 0x184d2a50;

/** The bytes of a body that is zstd, in pieces of up to 128 KiB. Throws BrokenZstd. */
export async function* unfoldZstd(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  const input = new Input(pieces[Symbol.asyncIterator]());
  try {
    do {
      const word = (await input.take(4)).readUInt32LE();
      if (word === magic) yield* unfoldFrame(input);
      else if (isSkippable(word)) await input.skip((await input.take(4)).readUInt32LE());
      else throw new BrokenZstd('a frame does not begin as one');
    } while (!(await input.isAtEnd()));
  } finally {
    await input.close();
  }
}

async function* unfoldFrame(input: Input): AsyncGenerator<Buffer, void, void> {
  const { window, size, hasChecksum } = await readHeader(input);
  const output = new Window(window);
  const memory: Memory = { recent: [1, 4, 8] };
  let tree: HuffmanTable | undefined;
  let unfolded = 0;
  for (let isLast = false; !isLast; ) {
    const header = (await input.take(3)).readUIntLE(0, 3);
    isLast = (header & 1) === 1;
    const [type, length] = [(header >> 1) & 3, header >> 3];
    if (length > blockBytesMax) throw new BrokenZstd('a block is longer than it may be');
    if (type === 3) throw new BrokenZstd('a block is of no kind');
    if (type === 0) output.append(await input.take(length));
    else if (type === 1) output.repeat((await input.take(1))[0] as number, length);
    else {
      const block = await input.take(length);
      const literals = readLiterals(block, tree);
      tree = literals.tree;
      unfoldSequences(block.subarray(literals.length), literals.bytes, { output, memory });
    }
    const bytes = output.take();
    unfolded += bytes.length;
    if (bytes.length > 0) yield bytes;
  }
  if (hasChecksum) await input.take(4);
  if (size !== undefined && size !== unfolded) throw new BrokenZstd('a frame is not as long as it says');
}

type Header = { readonly window: number; readonly size: number | undefined; readonly hasChecksum: boolean };

async function readHeader(input: Input): Promise<Header> {
  const flags = (await input.take(1))[0] as number;
  const isWhole = (flags & 32) !== 0;
  if ((flags & 8) !== 0) throw new BrokenZstd('a frame is of a kind to come');
  const windowByte = isWhole ? 0 : ((await input.take(1))[0] as number);
  const dictionary = await input.take([0, 1, 2, 4][flags & 3] as number);
  if (dictionary.some((byte) => byte !== 0)) throw new BrokenZstd('a dictionary is needed');
  const sizeBytes = await input.take([isWhole ? 1 : 0, 2, 4, 8][flags >> 6] as number);
  const size = sizeBytes.length === 0 ? undefined : sizeOf(sizeBytes);
  const base = 2 ** (10 + (windowByte >> 3));
  const window = isWhole ? (size ?? 0) : base + (base / 8) * (windowByte & 7);
  if (window > windowBytesMax) throw new BrokenZstd('a window is over 8 MiB');
  return { window, size, hasChecksum: (flags & 4) !== 0 };
}

function sizeOf(bytes: Buffer): number {
  if (bytes.length === 8) return Number(bytes.readBigUInt64LE());
  return bytes.readUIntLE(0, bytes.length) + (bytes.length === 2 ? 256 : 0);
}

/** So many bytes at a time of what arrives. */
class Input {
  #rest: Buffer = Buffer.alloc(0);

  constructor(private readonly pieces: AsyncIterator<Buffer>) {}

  async take(length: number): Promise<Buffer> {
    while (this.#rest.length < length) {
      if (!(await this.#more())) throw Object.assign(new BrokenZstd('it ends too early'), { code: 'ZSTD_BUF_ERROR' });
    }
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }

  async skip(length: number): Promise<void> {
    for (let left = length; left > 0; ) left -= (await this.take(Math.min(left, blockBytesMax))).length;
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#rest.length === 0) if (!(await this.#more())) return true;
    return false;
  }

  async close(): Promise<void> {
    await this.pieces.return?.();
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.pieces.next();
    if (done) return false;
    this.#rest = this.#rest.length === 0 ? value : Buffer.concat([this.#rest, value]);
    return true;
  }
}
