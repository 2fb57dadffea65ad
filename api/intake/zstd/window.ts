// What was unfolded of a frame: as much of it as later blocks may refer to, and what is to be handed out.
import { BrokenZstd } from './broken';
import { blockBytesMax } from './literals';
import type { Output } from './sequences';

export class Window implements Output {
  #bytes = Buffer.allocUnsafe(4 * blockBytesMax);
  /** Where the next byte goes, and where the block began. */
  #end = 0;
  #begun = 0;

  constructor(private readonly size: number) {}

  append(bytes: Uint8Array): void {
    this.#expect(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  repeat(byte: number, length: number): void {
    this.#expect(length);
    this.#bytes.fill(byte, this.#end, this.#end + length);
    this.#end += length;
  }

  /** Copies from so far back; what it copies may be what it has just written. */
  copy(offset: number, length: number): void {
    if (offset < 1 || offset > Math.min(this.size, this.#end)) throw new BrokenZstd('an offset leads before the start');
    this.#expect(length);
    const from = this.#end - offset;
    if (offset >= length) this.#bytes.copyWithin(this.#end, from, from + length);
    else for (let at = 0; at < length; at++) this.#bytes[this.#end + at] = this.#bytes[from + at] as number;
    this.#end += length;
  }

  /** The block that ends here, as bytes of its own. */
  take(): Buffer {
    const block = Buffer.from(this.#bytes.subarray(this.#begun, this.#end));
    this.#forget();
    this.#begun = this.#end;
    return block;
  }

  #expect(length: number): void {
    if (this.#end - this.#begun + length > blockBytesMax) throw new BrokenZstd('a block unfolds to more than it may');
  }

  // Room for one more block: by forgetting what nobody may refer to any more, else by twice as much.
  #forget(): void {
    if (this.#end + blockBytesMax <= this.#bytes.length) return;
    const kept = Math.min(this.size, this.#end);
    if (kept + 2 * blockBytesMax <= this.#bytes.length) this.#bytes.copyWithin(0, this.#end - kept, this.#end);
    else {
      const larger = Buffer.allocUnsafe(this.#bytes.length * 2);
      larger.set(this.#bytes.subarray(this.#end - kept, this.#end));
      this.#bytes = larger;
    }
    this.#end = kept;
  }
}
