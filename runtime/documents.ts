// The renderer of PDFs, with the fonts of the settings.

import { type PdfRenderer, pdfRenderer } from '../gateways/pdf/render';
import type { Config } from './config';
import type { Logger } from './logging';

/** Throws where a font of FONTS is missing or is none. */
export function createRenderer({ fontFiles }: Pick<Config, 'fontFiles'>, log: Pick<Logger, 'warn'>): PdfRenderer {
  return pdfRenderer({
    fontFiles,
    onUncovered: (uncovered) => log.warn(uncovered, 'no font has these characters: name one in FONTS'),
  });
}
