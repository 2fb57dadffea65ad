// A place in a body that is read piece by piece, counted in bytes.

export class Place {
  constructor(
    readonly offset = 0,
    private readonly line = 1,
    private readonly lineStart = 0,
  ) {}

  /** The place after these bytes. */
  after(bytes: Buffer): Place {
    let [line, lineStart] = [this.line, this.lineStart];
    for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) {
      line++;
      lineStart = this.offset + at + 1;
    }
    return new Place(this.offset + bytes.length, line, lineStart);
  }

  toString(): string {
    return `position ${this.offset} (line ${this.line}, column ${this.offset - this.lineStart + 1})`;
  }
}
