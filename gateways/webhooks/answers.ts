// What is read of an endpoint's answer: its beginning, and when it wants to be asked again.
import type { IncomingMessage } from 'node:http';

const readBytesMax = 4096;
const excerptMax = 300;

/** The beginning of a body on one line; the rest is never read, however long it is. */
export async function excerptOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Whatever breaks it off, the status has been said.
  await read().catch(() => undefined);
  response.destroy();
  const text = Buffer.concat(chunks).subarray(0, readBytesMax).toString('utf8');
  return (
    text
      .replace(/[\p{C}\s]+/gu, ' ')
      .trim()
      .slice(0, excerptMax)
      // A character that is cut in two is none, and Postgres takes no half of one.
      .replace(/\p{Cs}$/u, '')
  );

  async function read(): Promise<void> {
    for await (const chunk of response) {
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length >= readBytesMax) return;
    }
  }
}

/** `Retry-After` in milliseconds from now on, be it seconds or a date; null where it is neither. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/.test(header)) return null;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
