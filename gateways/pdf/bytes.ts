// Bytes that come in crumbs: pdfkit writes some eighty at a time, and a quarter of a million small arrays kept to the
// end weigh ten times what they hold.

const blockBytes = 65_536;

export class Bytes {
  private readonly full: Buffer[] = [];
  private block = Buffer.allocUnsafe(blockBytes);
  private used = 0;

  add(chunk: Uint8Array): void {
    if (this.used + chunk.length > this.block.length) {
      this.full.push(this.block.subarray(0, this.used));
      this.block = Buffer.allocUnsafe(Math.max(blockBytes, chunk.length));
      this.used = 0;
    }
    this.block.set(chunk, this.used);
    this.used += chunk.length;
  }

  all(): Uint8Array {
    return Buffer.concat([...this.full, this.block.subarray(0, this.used)]);
  }
}
