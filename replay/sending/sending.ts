// Sends reports in batches, a few requests at a time: the API parses one while Postgres commits another.

import type { Client } from '../../client/http';
import type { UsageReport } from '../../domain/usage';
import type { ReplayOptions } from '../options';
import type { Survey } from '../survey';
import { countHeartbeats, heartbeats, reportJson } from './heartbeats';
import { seededRandom, shuffled, shuffledWithin } from './shuffle';

type Chunks = Iterable<readonly string[]> | AsyncIterable<readonly string[]>;
type Order = Pick<ReplayOptions, 'everyMs' | 'seed' | 'batch'>;

const inFlightMax = 3;
const shuffleWindow = 100_000;

/** How many reports will be sent, and all of them as text, in chunks of a batch, in the order asked for. */
export type SendingPlan = { readonly count: number; readonly chunks: () => Chunks };

export function planSending(
  { reports, kept }: Survey,
  reread: () => AsyncIterable<UsageReport>,
  { everyMs, seed, batch }: Order,
): SendingPlan {
  const random = seed === undefined ? undefined : seededRandom(seed);
  if (everyMs !== undefined) {
    const beats = () => heartbeats(kept, everyMs);
    const order = random === undefined ? beats : () => shuffledWithin(beats(), shuffleWindow, random);
    return { count: countHeartbeats(kept, everyMs), chunks: () => chunked(order(), batch) };
  }
  if (random === undefined) return { count: reports, chunks: () => chunkedAsRead(reread(), batch) };
  return { count: reports, chunks: () => chunked(shuffled(kept, random).map(reportJson), batch) };
}

/** Whether the order needs all reports in memory. */
export function needsAll({ everyMs, seed }: Order): boolean {
  return everyMs !== undefined || seed !== undefined;
}

function* chunked(reports: Iterable<string>, size: number): Generator<readonly string[]> {
  let chunk: string[] = [];
  for (const report of reports) {
    if (chunk.push(report) < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

async function* chunkedAsRead(reports: AsyncIterable<UsageReport>, size: number): AsyncGenerator<readonly string[]> {
  let chunk: string[] = [];
  for await (const report of reports) {
    if (chunk.push(reportJson(report)) < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** Sends everything; answers how many reports went into quarantine. Rejects with the first refusal. */
export async function sendChunks(
  client: Client,
  source: string,
  chunks: Chunks,
  onSent: (reports: number) => void,
): Promise<number> {
  const inFlight = new Set<Promise<void>>();
  let quarantined = 0;
  for await (const chunk of chunks) {
    if (inFlight.size >= inFlightMax) await Promise.race(inFlight);
    const sending = client.recordUsage(`{"source":"${source}","reports":[${chunk.join(',')}]}`).then((receipt) => {
      quarantined += receipt.quarantined;
      inFlight.delete(sending);
      onSent(chunk.length);
    });
    // Awaited above or below; until then a refusal must not count as unhandled.
    sending.catch(() => undefined);
    inFlight.add(sending);
  }
  await Promise.all(inFlight);
  return quarantined;
}
