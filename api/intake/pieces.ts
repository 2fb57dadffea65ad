// A body as its sender brings it, for as long as we are patient with the sender. What we do ourselves in between, such as
// storing what has come, is not counted.
import type { IncomingMessage } from 'node:http';
import { MinutebookError } from '../../domain/errors';

/**
 * What is read at a time: a usual batch of 1,000 reports is one block. To parse and judge one takes 4 ms, of lines 8 where they
 * have to be read one by one, and 20 where all of it is wrong, up to the thousandth fault. Nothing that stands in a body as one piece (a report, a line) may be
 * longer.
 */
export const blockBytes = 256 * 1024;

/** How long a sender may keep us waiting: over the whole body, or for each block of one that has no end. */
export type Patience = { readonly ms: number; readonly per: 'body' | 'block' };

/**
 * The pieces of a body. Throws `request_timeout` where the sender stalls and `invalid_request` where it goes away. Whoever
 * stops early has the rest read over, so that the sender can finish and read the answer.
 */
export async function* piecesOf(request: IncomingMessage, { ms, per }: Patience): AsyncGenerator<Buffer, void, void> {
  // Closing the stream, as its iterator does by itself, would close the connection before the answer.
  const iterator = request.iterator({ destroyOnReturn: false });
  let [leftMs, gatheredBytes] = [ms, 0];
  try {
    for (;;) {
      const askedAt = performance.now();
      const next: IteratorResult<Buffer> = await within(leftMs, iterator.next(), ms);
      if (next.done) return;
      leftMs = Math.max(0, leftMs - (performance.now() - askedAt));
      gatheredBytes += next.value.length;
      if (per === 'block' && gatheredBytes >= blockBytes) [leftMs, gatheredBytes] = [ms, 0];
      for (let from = 0; from < next.value.length; from += blockBytes) {
        yield next.value.subarray(from, from + blockBytes);
      }
    }
  } catch (cause) {
    if (cause instanceof MinutebookError) throw cause;
    const detail = 'expected a whole body; the connection ended before it was: send it again';
    throw new MinutebookError({ code: 'invalid_request', detail, cause });
  } finally {
    iterator.return?.(undefined).then(
      () => readOver(request, ms),
      () => undefined,
    );
  }
}

async function within<Value>(leftMs: number, value: Promise<Value>, ms: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(stalled(ms)), leftMs).unref();
  });
  try {
    return await Promise.race([value, late]);
  } finally {
    clearTimeout(timer);
    // Where it was late, nobody waits for it any more.
    value.catch(() => undefined);
  }
}

/** Reads over what is left of a body. A sender that goes on and on for nothing loses its connection. */
export function readOver(request: IncomingMessage, ms: number): void {
  if (request.complete || request.destroyed) return;
  const timer = setTimeout(() => request.destroy(), ms).unref();
  request.once('close', () => clearTimeout(timer));
  request.resume();
}

function stalled(ms: number): MinutebookError {
  const detail = `expected the body to go on arriving, waited ${ms / 1000} s for it (REQUEST_TIMEOUT_SECONDS): send it again`;
  return new MinutebookError({ code: 'request_timeout', detail });
}
