// What is wrong with a body that is said to be zstd.

/** Thrown where bytes are not zstd, or are of a kind that is not unfolded here. */
export class BrokenZstd extends Error {
  readonly code: string = 'ZSTD_DATA_ERROR';

  constructor(what: string) {
    super(`zstd: ${what}`);
    this.name = 'BrokenZstd';
  }
}
