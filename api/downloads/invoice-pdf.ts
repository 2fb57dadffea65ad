// A document's PDF as it is answered: known by its facts to those who have it already.
import type { BillingDocument } from '../../gateways/pdf/document';
import { digestOf } from '../../gateways/pdf/in-turns';

export const pdfMediaType = 'application/pdf';

/**
 * What a copy is known by: the same facts, the same tag. A weak one, as a new version of the program may draw the same
 * facts with other bytes.
 */
export function tagOf(document: BillingDocument): string {
  return `W/"${digestOf(document)}"`;
}

/** Whether the header If-None-Match names this tag: compared weakly (RFC 9110, 13.1.2). */
export function isKnown(header: string | undefined, tag: string): boolean {
  const opaque = (each: string) => each.trim().replace(/^W\//, '');
  return header !== undefined && (header.trim() === '*' || header.split(',').map(opaque).includes(opaque(tag)));
}
