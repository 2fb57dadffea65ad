// Sets text in one document's fonts, and collects what none of them covers.
import type { Faces } from './faces';
import { setLines } from './lines';
import type { Line } from './runs';
import { contentWidth, leading, rise, type Style, type Text } from './sheet';

/** Lines at a place within a row. */
export type Placed = { readonly texts: readonly Text[]; readonly height: number };

export class Typesetter {
  private readonly missing = new Set<string>();

  constructor(private readonly faces: Faces) {}

  /** `U+1F600` and the like, in the order in which they were met. */
  get uncovered(): readonly string[] {
    return [...this.missing];
  }

  lines(text: string, style: Style, widthMax: number): readonly Line[] {
    return setLines(text, {
      faces: this.faces[style.weight],
      widthMax: widthMax / style.size,
      uncovered: (codePoint) => this.missing.add(codePoint),
    });
  }

  /** Width of a text on one line, in points. */
  widthOf(text: string, style: Style): number {
    return this.lines(text, style, Number.POSITIVE_INFINITY).reduce(
      (width, line) => width + line.width * style.size,
      0,
    );
  }

  /** A text under `from`, at `x` and broken at `width`. */
  place(text: string, at: { style: Style; x?: number; from?: number; width?: number }): Placed {
    const { style, x = 0, from = 0, width = contentWidth - x } = at;
    const lines = this.lines(text, style, width);
    const texts = lines.map((line, index) => ({ line, style, x, down: from + index * leading(style) + rise(style) }));
    return { texts, height: lines.length * leading(style) };
  }

  /** A text on one line that ends at `right`. */
  placeRight(text: string, { style, right, from = 0 }: { style: Style; right: number; from?: number }): Placed {
    return this.place(text, { style, x: right - this.widthOf(text, style), from, width: Number.POSITIVE_INFINITY });
  }
}
