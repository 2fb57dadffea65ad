// A body as it arrives, in blocks: between two of them the process answers others.
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MinutebookError } from '../../domain/errors';

/**
 * What is read at a time: a usual batch of 1,000 reports is one block. To parse and judge one takes 4 ms, of lines 8, and 20
 * where all of it is wrong, up to the thousandth fault. Nothing that stands in a body as one piece (a report, a line) may be
 * longer.
 */
export const blockBytes = 256 * 1024;

/**
 * The body in blocks. Whoever stops early has the rest read over, so that the sender can finish and read the answer. Throws
 * `payload_too_large` over the limit, and `invalid_request` where the sender goes away.
 */
export async function* blocksOf(request: IncomingMessage, limitBytes: number): AsyncGenerator<Buffer, void, void> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge();
  let gathered: Buffer[] = [];
  let [gatheredBytes, receivedBytes] = [0, 0];
  try {
    for await (const piece of piecesOf(request)) {
      receivedBytes += piece.length;
      if (receivedBytes > limitBytes) throw tooLarge();
      gathered.push(piece);
      gatheredBytes += piece.length;
      if (gatheredBytes < blockBytes) continue;
      yield Buffer.concat(gathered, gatheredBytes);
      [gathered, gatheredBytes] = [[], 0];
      await nextTurn();
    }
    if (gatheredBytes > 0) yield Buffer.concat(gathered, gatheredBytes);
  } finally {
    request.resume();
  }
}

// Closing the stream, as its iterator does by itself, would close the connection before the answer.
async function* piecesOf(stream: Readable): AsyncGenerator<Buffer, void, void> {
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      for (let from = 0; from < chunk.length; from += blockBytes) yield chunk.subarray(from, from + blockBytes);
    }
  } catch (cause) {
    const detail = 'expected a whole body; the connection ended before it was: nothing was stored, send it again';
    throw new MinutebookError({ code: 'invalid_request', detail, cause });
  }
}

function tooLarge(): MinutebookError {
  const detail = 'the body is over the limit (BODY_LIMIT_BYTES); nothing was stored: send it in smaller parts';
  return new MinutebookError({ code: 'payload_too_large', detail });
}
