// fontkit's shaping, made fit for many documents out of one process: by the direction that it is told, fast for letters
// that stand alone, and with the same glyphs whatever was set before.
import bidiFactory from 'bidi-js';
import type { Font, Glyph, GlyphPosition, GlyphRun } from 'fontkit';

/** A font to be set from; widths are in em. */
export type ShapingFont = { readonly font: Font; widthOf(text: string, direction: Direction): number };

export type Direction = 'ltr' | 'rtl';

/** What pdfkit calls a text's features tells its direction here, as pdfkit passes nothing else through. */
export const directionFeatures: { readonly [direction in Direction]: readonly string[] } = {
  ltr: ['ltrm'],
  rtl: ['rtlm'],
};

const bidi = bidiFactory();

// Letters, digits and signs that neither join nor carry marks: Latin, Greek, Cyrillic, punctuation, CJK.
const standsAlone =
  /^[\x20-\x7e\xa1-\xac\xae-\u02ff\u0370-\u0482\u048a-\u052f\u1e00-\u1fff\u2010-\u2027\u2030-\u2043\u20a0-\u20bf\u2100-\u214f\u3001-\u3029\u3041-\u3096\u30a0-\u30ff\u3400-\u9fff\uac00-\ud7a3\uff01-\uff9f]*$/;

// Names come again and again within a document and from one to the next. Emptied when full: a shaped name takes some
// kilobytes, a letter some hundred bytes.
const namesMax = 500;
const lettersMax = 5000;

/**
 * The font as pdfkit takes one that is open already, and widths by the same shaping.
 *
 * fontkit needs 0.1 to 1.5 ms to shape a word of Noto Sans; a text whose letters stand alone is looked up letter by
 * letter instead, which leaves only kerning and ligatures out. And fontkit remembers with a glyph the characters that it
 * stood for when first met, in any document: here each run gets its own, or bytes would depend on earlier documents.
 */
export function shapingFont(parsed: Font): ShapingFont {
  const getGlyph = (id: number, codePoints: number[] = []): Glyph =>
    Object.create(parsed.getGlyph(id), { codePoints: { value: codePoints } });
  const font: Font = Object.create(parsed, { getGlyph: { value: getGlyph } });
  const letter = remembered(lettersMax, (character) => ownWidth(font.glyphForCodePoint(character.codePointAt(0) ?? 0)));
  const shape = remembered(namesMax, (key) => {
    const [direction, text] = [key.slice(0, 3), key.slice(3)];
    const drawn = direction === 'rtl' ? mirrored(text) : text;
    const run = shapedRun((features) => parsed.layout.call(font, drawn, features, undefined, undefined, direction));
    return direction === 'rtl' ? Object.assign(run, { glyphs: run.glyphs.map(unmirrored) }) : run;
  });
  const layout = (text: string, features: readonly string[] = []): Run => {
    const direction = features.includes('rtlm') ? 'rtl' : 'ltr';
    if (direction === 'ltr' && standsAlone.test(text)) {
      const glyphs = Array.from(text, letter);
      return new Run(glyphs, glyphs.map(uprightPosition));
    }
    const { glyphs, positions } = shape(direction + text);
    return new Run(glyphs, positions.map(copyOf));
  };
  const { unitsPerEm } = parsed;
  return {
    font: Object.create(font, { layout: { value: layout } }),
    widthOf(text, direction) {
      if (direction === 'rtl' || !standsAlone.test(text)) return shape(direction + text).advanceWidth / unitsPerEm;
      let width = 0;
      for (const character of text) width += letter(character).advanceWidth;
      return width / unitsPerEm;
    },
  };
}

// A font may leave out a letter's anchor, saying that a mark has no place on it; fontkit reads the anchor all the same.
// Then the marks stand where they happen to, as a rare pair of characters must not stop an invoice.
function shapedRun(layout: (features?: Record<string, boolean>) => GlyphRun): GlyphRun {
  try {
    return layout();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return layout({ mark: false, mkmk: false });
  }
}

function remembered<Made>(max: number, make: (key: string) => Made): (key: string) => Made {
  const made = new Map<string, Made>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    if (made.size >= max) made.clear();
    const fresh = make(key);
    made.set(key, fresh);
    return fresh;
  };
}

/** One shaped run; pdfkit scales the positions in place, so every caller gets its own. */
class Run {
  constructor(
    readonly glyphs: readonly Glyph[],
    readonly positions: readonly GlyphPosition[],
  ) {}

  get advanceWidth(): number {
    return this.positions.reduce((width, position) => width + position.xAdvance, 0);
  }
}

// A bracket that opens to the right is drawn as one that closes to the left, and copied out as what it was.
function mirrored(text: string): string {
  return Array.from(text, (character) => bidi.getMirroredCharacter(character) ?? character).join('');
}

function unmirrored(glyph: Glyph): Glyph {
  const [codePoint] = glyph.codePoints;
  const original = codePoint === undefined ? null : bidi.getMirroredCharacter(String.fromCodePoint(codePoint));
  return original === null ? glyph : Object.create(glyph, { codePoints: { value: [original.codePointAt(0)] } });
}

// fontkit reads the width from the font's tables each time.
function ownWidth(glyph: Glyph): Glyph {
  return Object.defineProperty(glyph, 'advanceWidth', { value: glyph.advanceWidth });
}

function uprightPosition({ advanceWidth }: Glyph): GlyphPosition {
  return { xAdvance: advanceWidth, yAdvance: 0, xOffset: 0, yOffset: 0 };
}

function copyOf({ xAdvance, yAdvance, xOffset, yOffset }: GlyphPosition): GlyphPosition {
  return { xAdvance, yAdvance, xOffset, yOffset };
}
