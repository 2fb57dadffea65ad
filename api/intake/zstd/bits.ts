// Bits of zstd: its tables are written forwards, its streams to be read from their end.
import { BrokenZstd } from './broken';

/** Whole numbers of at most 16 bits, the lowest bit first. */
export class ForwardBits {
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  read(count: number): number {
    let value = 0;
    for (let bit = 0; bit < count; bit++, this.#at++) {
      const byte = this.bytes[this.#at >> 3];
      if (byte === undefined) throw new BrokenZstd('a table goes on past its end');
      value |= ((byte >> (this.#at & 7)) & 1) << bit;
    }
    return value;
  }

  /** Takes a bit back. */
  unread(): void {
    this.#at--;
  }

  /** How many bytes were begun. */
  get length(): number {
    return (this.#at + 7) >> 3;
  }
}

/** A stream from its end, which its highest bit that is set marks. */
export class BackwardBits {
  /** How many bits are left; below nothing where more were read than there are, which are zero. */
  left: number;

  constructor(private readonly bytes: Uint8Array) {
    const last = bytes[bytes.length - 1] ?? 0;
    if (last === 0) throw new BrokenZstd('a stream has no end');
    this.left = (bytes.length - 1) * 8 + (31 - Math.clz32(last));
  }

  /** At most 24 bits. */
  read(count: number): number {
    this.left -= count;
    return this.at(this.left, count);
  }

  /** The next bits, which stay. */
  peek(count: number): number {
    return this.at(this.left - count, count);
  }

  private at(from: number, count: number): number {
    if (from < 0) return from + count <= 0 ? 0 : (this.at(0, from + count) << -from) & ((1 << count) - 1);
    const { bytes } = this;
    const at = from >> 3;
    const four =
      (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    return (four >>> (from & 7)) & ((1 << count) - 1);
  }
}

/** The place of the highest bit that is set. */
export function highestBit(value: number): number {
  return 31 - Math.clz32(value);
}
