// Bodies that come folded (Content-Encoding): unfolded piece by piece, so that neither a bomb nor a large body is ever held.
import { pipeline, Readable, type Transform } from 'node:stream';
import zlib from 'node:zlib';
import { came } from '../../domain/body';
import { MinutebookError } from '../../domain/errors';
import { unfoldZstd } from './zstd/unfold';

export type Encoding = 'identity' | 'gzip' | 'zstd';

/** What is unfolded. */
export const encodings: readonly Encoding[] = ['gzip', 'zstd'];

/** The encoding that a header names. Throws `unsupported_media_type` for one that is not known, or several. */
export function readEncoding(header: string | undefined): Encoding {
  const named =
    (header ?? '')
      .trim()
      .toLowerCase()
      .replace(/^x-gzip$/, 'gzip') || 'identity';
  if (named === 'identity' || (encodings as readonly string[]).includes(named)) return named as Encoding;
  const detail = `expected a Content-Encoding of ${encodings.join(' or ')}, or none, came ${came(header)}`;
  throw new MinutebookError({ code: 'unsupported_media_type', detail });
}

const unfoldedAtOnce = 64 * 1024;

/**
 * The pieces unfolded. Each is asked for when the one before was read, so that little is ever in memory, whatever a body
 * says. Throws `invalid_request` where it is not of its encoding, or ends too early.
 */
export async function* unfold(
  pieces: AsyncGenerator<Buffer, void, void>,
  encoding: Exclude<Encoding, 'identity'>,
): AsyncGenerator<Buffer, void, void> {
  try {
    yield* unfolders[encoding](pieces);
  } catch (cause) {
    if (cause instanceof MinutebookError) throw cause;
    const { code = '' } = cause as { readonly code?: string };
    const what = code.endsWith('_BUF_ERROR') ? 'it ends too early' : 'it stops being that on the way';
    const detail = `expected a body in ${encoding}, as its Content-Encoding says; ${what}`;
    throw new MinutebookError({ code: 'invalid_request', detail, cause });
  }
}

type Unfolder = (pieces: AsyncGenerator<Buffer, void, void>) => AsyncGenerator<Buffer, void, void>;

const unfolders: { readonly [encoding in Exclude<Encoding, 'identity'>]: Unfolder } = {
  gzip: (pieces) => through(pieces, zlib.createGunzip({ chunkSize: unfoldedAtOnce })),
  // Node has one of its own since 22.15, which other versions that we run on do not.
  zstd: unfoldZstd,
};

async function* through(pieces: AsyncGenerator<Buffer, void, void>, unfolder: Transform): AsyncGenerator<Buffer> {
  // Whatever ends one ends the other; what it was is thrown where it is read.
  pipeline(Readable.from(pieces, { objectMode: false }), unfolder, () => undefined);
  try {
    for await (const piece of unfolder) yield piece as Buffer;
  } finally {
    unfolder.destroy();
  }
}
