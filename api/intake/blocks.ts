// A body in blocks: between any two of them, of whichever bodies, the process answers others.
import type { IncomingMessage } from 'node:http';
import { MinutebookError } from '../../domain/errors';
import { type Encoding, unfold } from './encoding';
import { slice } from './pacing';
import { blockBytes, type Patience, piecesOf, readOver } from './pieces';

/** The most that is read of a body, and the setting that says so. */
export type Limit = { readonly bytes: number; readonly setting: string };

export type Arrival = {
  readonly encoding: Encoding;
  /** Of what was unfolded; without one it may go on for ever. */
  readonly limit: Limit | undefined;
  readonly patience: Patience;
};

/** The body in blocks. Throws `payload_too_large` over the limit, and what `piecesOf` and `unfold` do. */
export async function* blocksOf(
  request: IncomingMessage,
  { encoding, limit, patience }: Arrival,
): AsyncGenerator<Buffer, void, void> {
  const limitBytes = limit?.bytes ?? Number.POSITIVE_INFINITY;
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
    readOver(request, patience.ms);
    throw tooLarge(limit, encoding);
  }
  const pieces = piecesOf(request, patience);
  const bytes = encoding === 'identity' ? pieces : unfold(pieces, encoding);
  let gathered: Buffer[] = [];
  let [gatheredBytes, receivedBytes] = [0, 0];
  for await (const piece of bytes) {
    receivedBytes += piece.length;
    if (receivedBytes > limitBytes) throw tooLarge(limit, encoding);
    gathered.push(piece);
    gatheredBytes += piece.length;
    if (gatheredBytes < blockBytes) continue;
    await slice();
    yield Buffer.concat(gathered, gatheredBytes);
    [gathered, gatheredBytes] = [[], 0];
  }
  if (gatheredBytes === 0) return;
  await slice();
  yield Buffer.concat(gathered, gatheredBytes);
}

function tooLarge(limit: Limit | undefined, encoding: Encoding): MinutebookError {
  const what = encoding === 'identity' ? 'the body is over' : 'the body unfolds to more than';
  const detail = `${what} the limit of ${limit?.bytes} bytes (${limit?.setting}): send it in smaller parts`;
  return new MinutebookError({ code: 'payload_too_large', detail });
}
