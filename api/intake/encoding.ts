// Bodies that come folded (Content-Encoding): unfolded piece by piece, so that neither a bomb nor a large body is ever held.
import { pipeline, Readable, type Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { came } from '../../domain/body';
import { MinutebookError } from '../../domain/errors';

export type Encoding = 'identity' | 'gzip' | 'zstd';

// Node has zstd since 22.15; on an older one it is refused by name.
const { createZstdDecompress } = zlib as { readonly createZstdDecompress?: (options: zlib.ZlibOptions) => Transform };

/** What this process can unfold. */
export const encodings: readonly Encoding[] = createZstdDecompress === undefined ? ['gzip'] : ['gzip', 'zstd'];

/** The encoding that a header names. Throws `unsupported_media_type` for one that is not known, or several. */
export function readEncoding(header: string | undefined): Encoding {
  const named =
    (header ?? '')
      .trim()
      .toLowerCase()
      .replace(/^x-gzip$/, 'gzip') || 'identity';
  if (named === 'identity' || (encodings as readonly string[]).includes(named)) return named as Encoding;
  const known = encodings.join(' or ');
  const why =
    named === 'zstd' ? `; zstd takes a Minutebook on Node 22.15 or newer, this one runs on ${process.version}` : '';
  const detail = `expected a Content-Encoding of ${known}, or none, came ${came(header)}${why}`;
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
  const unfolder = unfolderOf(encoding);
  // Whatever ends one ends the other; what it was is thrown where it is read.
  pipeline(Readable.from(pieces, { objectMode: false }), unfolder, () => undefined);
  try {
    for await (const piece of unfolder) yield piece as Buffer;
  } catch (cause) {
    if (cause instanceof MinutebookError) throw cause;
    const { code = '' } = cause as { readonly code?: string };
    const what = /BUF_ERROR|srcSize/i.test(code) ? 'it ends too early' : 'it stops being that on the way';
    const detail = `expected a body in ${encoding}, as its Content-Encoding says; ${what}`;
    throw new MinutebookError({ code: 'invalid_request', detail, cause });
  } finally {
    unfolder.destroy();
  }
}

function unfolderOf(encoding: Exclude<Encoding, 'identity'>): Transform {
  const options = { chunkSize: unfoldedAtOnce };
  switch (encoding) {
    case 'gzip':
      return zlib.createGunzip(options);
    case 'zstd':
      if (createZstdDecompress === undefined) throw new Error('intake: zstd was taken, and cannot be unfolded here');
      return createZstdDecompress(options);
    default:
      return encoding satisfies never;
  }
}
