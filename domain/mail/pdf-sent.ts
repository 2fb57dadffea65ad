// What an e-mail says of its document's PDF.
import type { Link } from './letter';

/** Whether it is attached; where it is too large for that, where it can be had, if that is known. */
export type PdfSent = 'attached' | 'too_large' | { readonly url: string };

type Document = 'invoice' | 'credit note';

export function pdfSentence(document: Document, pdf: PdfSent): string {
  if (pdf === 'attached') return `The ${document} is attached as a PDF.`;
  const tooLarge = `The ${document}'s PDF is too large to be attached.`;
  // True of the API, where a browser alone gets nothing.
  return pdf === 'too_large' ? tooLarge : `${tooLarge} The link below leads to it, for whoever has an API key.`;
}

export function pdfLinks(document: Document, pdf: PdfSent): readonly Link[] {
  return typeof pdf === 'string' ? [] : [{ label: `Download the ${document} as a PDF`, url: pdf.url }];
}
