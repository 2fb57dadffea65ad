// The fonts that documents are set in, opened once a process: what each covers, how wide its text is, and how pdfkit is
// handed one that is parsed already.
import { readFileSync } from 'node:fs';
import { create, type Font, type FontCollection } from 'fontkit';
import { type Direction, shapingFont } from './shaping';

export type Weight = 'regular' | 'semibold';

export type Face = {
  /** Its name within a document. */
  readonly name: string;
  /** For pdfkit. */
  readonly font: Font;
  covers(codePoint: number): boolean;
  /** Width of text of one direction, in em. */
  widthOf(text: string, direction: Direction): number;
};

/** In the order in which they are asked for a character. */
export type Faces = { readonly [weight in Weight]: readonly Face[] };

type Family = { readonly directory: string; readonly file: string };

// Noto Sans has Latin, Greek, Cyrillic and Devanagari in one file, so that marks and their letters meet in one font. Plex
// keeps the dots of Arabic letters on the letters, where Noto's Arabic takes them apart and text cannot be copied out.
const bundled: readonly Family[] = [
  { directory: 'noto-sans', file: 'NotoSans' },
  { directory: 'ibm-plex-sans-arabic', file: 'IBMPlexSansArabic' },
  { directory: 'noto-sans-hebrew', file: 'NotoSansHebrew' },
];

// Ten megabytes a weight, so only where somebody has installed them.
const optional: readonly Family[] = [
  { directory: 'noto-sans-sc', file: 'NotoSansSC' },
  { directory: 'noto-sans-tc', file: 'NotoSansTC' },
  { directory: 'noto-sans-jp', file: 'NotoSansJP' },
  { directory: 'noto-sans-kr', file: 'NotoSansKR' },
];

/**
 * Opens the bundled fonts, those in `files` (static TrueType, OpenType or WOFF; of a collection the first, or the one
 * named after `#`), and the CJK packages that are installed. Throws where a file is missing or is no font.
 */
export function openFaces(files: readonly string[]): Faces {
  const named = files.map((file, at) => openFile(file, `named-${at}`));
  const installed = optional.filter((family) => isInstalled(fileOf(family, 'regular')));
  const opened = (weight: Weight, families: readonly Family[]) =>
    families.map((family) => openFile(require.resolve(fileOf(family, weight)), `${family.file}-${weight}`));
  return {
    regular: [...opened('regular', bundled), ...named, ...opened('regular', installed)],
    semibold: [...opened('semibold', bundled), ...named, ...opened('semibold', installed)],
  };
}

function fileOf({ directory, file }: Family, weight: Weight): string {
  const style = weight === 'regular' ? '400Regular' : '600SemiBold';
  return `@expo-google-fonts/${directory}/${style}/${file}_${style}.ttf`;
}

function isInstalled(request: string): boolean {
  try {
    return require.resolve(request) !== '';
  } catch (error) {
    if (typeof error === 'object' && error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return false;
    throw error;
  }
}

function openFile(named: string, name: string): Face {
  const [file = named, member] = named.split('#');
  try {
    return faceOf(name, firstOf(create(readFileSync(file), member)));
  } catch (cause) {
    throw new Error(`expected a static font file (.ttf, .otf, .ttc, .woff), came ${named}: correct FONTS`, { cause });
  }
}

function firstOf(opened: Font | FontCollection): Font {
  if ('layout' in opened) return opened;
  const [first] = opened.fonts;
  if (first === undefined) throw new Error('the collection has no font');
  return first;
}

function faceOf(name: string, parsed: Font): Face {
  const { font, widthOf } = shapingFont(parsed);
  const covered = new Map<number, boolean>();
  return {
    name,
    font,
    covers(codePoint) {
      let known = covered.get(codePoint);
      if (known === undefined) {
        known = !isControl(codePoint) && parsed.hasGlyphForCodePoint(codePoint);
        covered.set(codePoint, known);
      }
      return known;
    },
    widthOf,
  };
}

// Some fonts have empty glyphs for NUL and carriage return.
function isControl(codePoint: number): boolean {
  return codePoint < 0x20 || (codePoint >= 0x7f && codePoint <= 0x9f);
}
