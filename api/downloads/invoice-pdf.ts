// An invoice's PDF: drawn when asked for, a few at a time, and known by its facts to those who have it already.
import { createHash } from 'node:crypto';
import type { InvoiceDocument } from '../../gateways/pdf/document';
import type { PdfRenderer } from '../../gateways/pdf/render';

export const pdfMediaType = 'application/pdf';

/**
 * What a copy is known by: the same facts, the same tag. A weak one, as a new version of the program may draw the same
 * facts with other bytes.
 */
export function tagOf(document: InvoiceDocument): string {
  const facts = JSON.stringify(document, (_key, value) => (typeof value === 'bigint' ? value.toString() : value));
  return `W/"${createHash('sha256').update(facts).digest('base64url')}"`;
}

/** Whether the header If-None-Match names this tag: compared weakly (RFC 9110, 13.1.2). */
export function isKnown(header: string | undefined, tag: string): boolean {
  const opaque = (each: string) => each.trim().replace(/^W\//, '');
  return header !== undefined && (header.trim() === '*' || header.split(',').map(opaque).includes(opaque(tag)));
}

// Drawing takes turns with everything else in the process, 20 ms at a time. More than a few at once would make each of them
// later and hold all their memory: 5,000 lines take up to 300 MB.
const atOnceMax = 3;

/** The renderer, for at most three documents at a time; the others wait in the order that they came in. */
export function inTurns({ render }: PdfRenderer): PdfRenderer {
  const waiting: (() => void)[] = [];
  let drawing = 0;
  return {
    async render(document) {
      if (drawing >= atOnceMax) await new Promise<void>((resolve) => waiting.push(resolve));
      else drawing += 1;
      try {
        return await render(document);
      } finally {
        // Its turn goes to the next as it is.
        const next = waiting.shift();
        if (next === undefined) drawing -= 1;
        else next();
      }
    },
  };
}
