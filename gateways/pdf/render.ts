// From a document's facts to the bytes of its PDF: the one entry to this folder.
import { type Content, contentOf } from './content';
import type { BillingDocument } from './document';
import { Drawing } from './drawing';
import { type Faces, openFaces } from './faces';
import { footOf, layOut } from './layout';
import { paceOf } from './pace';
import { paginate } from './paging';
import { sheet } from './sheet';
import { Typesetter } from './typesetter';

/** Characters of a document that no font covers, as they stand on it: `U+1F600`. */
export type Uncovered = { readonly title: string; readonly codePoints: readonly string[] };

export type PdfRenderer = {
  /**
   * The document as PDF 1.7, tagged to PDF/UA-1. The same facts give the same bytes, whenever and wherever. Throws
   * `internal` where the lines do not add up.
   */
  render(document: BillingDocument): Promise<Uint8Array>;
};

// Long enough to be cheap, short enough that a request beside it does not wait noticeably.
const sliceMs = 20;

/**
 * Opens the fonts, which takes some ten milliseconds and is done once a process, and renders with them. `fontFiles` are
 * further fonts, asked before installed CJK packages (see `openFaces`); `onUncovered` is told, once a document, what
 * was spelled out because no font has it.
 */
export function pdfRenderer(options: {
  readonly fontFiles?: readonly string[];
  readonly onUncovered?: (uncovered: Uncovered) => void;
}): PdfRenderer {
  const faces = openFaces(options.fontFiles ?? []);
  return {
    async render(document) {
      const content = contentOf(document);
      const set = new Typesetter(faces);
      const bytes = await drawn({ content, createdAtMs: document.issuedAtMs, set, faces });
      const { uncovered } = set;
      if (uncovered.length > 0) options.onUncovered?.({ title: content.title, codePoints: uncovered });
      return bytes;
    },
  };
}

async function drawn(of: {
  content: Content;
  createdAtMs: number;
  set: Typesetter;
  faces: Faces;
}): Promise<Uint8Array> {
  const { content, createdAtMs, set, faces } = of;
  const pace = paceOf(sliceMs);
  const sections = await layOut(content, set, pace);
  const foot = footOf(content, set);
  const footTop = sheet.height - sheet.bottom - foot.height;
  const pages = paginate(sections, footTop - sheet.top);
  const drawing = new Drawing({ title: content.title, createdAtMs, faces });
  for (const [index, page] of pages.entries()) {
    await pace();
    drawing.page(page);
    drawing.foot(foot.own.texts, { top: footTop, content: index === 0 });
    drawing.foot(foot.texts({ number: index + 1, of: pages.length }), { top: footTop, content: false });
  }
  return drawing.finish();
}
