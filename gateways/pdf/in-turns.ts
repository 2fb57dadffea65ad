// A renderer for a few documents at a time, and one that keeps what it drew last.
import { createHash } from 'node:crypto';
import { turns } from '../../domain/turns';
import type { BillingDocument } from './document';
import type { PdfRenderer } from './render';

/**
 * What a copy is known by: the same facts, the same text. Of one version of the program only, as the next may draw the
 * same facts with other bytes.
 */
export function digestOf(document: BillingDocument): string {
  const facts = JSON.stringify(document, (_key, value) => (typeof value === 'bigint' ? value.toString() : value));
  return createHash('sha256').update(facts).digest('base64url');
}

/**
 * The renderer, for at most so many documents at a time; the others wait in the order that they came in. Drawing takes
 * turns with everything else in the process, 20 ms at a time: more at once would only make each of them later and hold all
 * their memory, which is up to 300 MB for 5,000 lines.
 */
export function inTurns({ render }: PdfRenderer, atOnceMax: number): PdfRenderer {
  const inTurn = turns(atOnceMax);
  return { render: (document) => inTurn(() => render(document)) };
}

/** The renderer, which draws the same facts once while it keeps them: the last ones, up to so many bytes together. */
export function keeping({ render }: PdfRenderer, bytesMax: number): PdfRenderer {
  const kept = new Map<string, Uint8Array>();
  let bytes = 0;
  const forgetOldest = () => {
    for (const [key, { length }] of kept) {
      if (bytes <= bytesMax) return;
      kept.delete(key);
      bytes -= length;
    }
  };
  return {
    async render(document) {
      const key = digestOf(document);
      const known = kept.get(key);
      if (known !== undefined) return known;
      const drawn = await render(document);
      if (!kept.has(key)) bytes += drawn.length;
      kept.set(key, drawn);
      forgetOldest();
      return drawn;
    },
  };
}
