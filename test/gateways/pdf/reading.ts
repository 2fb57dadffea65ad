// Reads a PDF back by another library than the one that wrote it: what is drawn where, in which font, under which tag.
import {
  decodePDFRawStream,
  PDFArray,
  PDFDict,
  PDFDocument,
  PDFName,
  PDFNumber,
  type PDFObject,
  PDFRawStream,
  PDFRef,
  PDFString,
} from 'pdf-lib';

/** Text drawn by one operator sequence (BT to ET). */
export type Shown = {
  readonly page: number;
  readonly font: string;
  readonly glyphs: readonly number[];
  /** In the order of reading. */
  readonly text: string;
  readonly x: number;
  readonly y: number;
  /** X of each glyph's left edge, and the right edge of the last. */
  readonly edges: readonly number[];
  readonly size: number;
  readonly artifact: boolean;
  readonly mcid: number | undefined;
};

export type Element = {
  readonly tag: string;
  readonly scope: string | undefined;
  readonly shown: readonly Shown[];
  readonly children: readonly Element[];
};

export type Read = {
  readonly pages: number;
  readonly shown: readonly Shown[];
  readonly root: Element;
  readonly catalog: PDFDict;
  readonly metadata: string;
  readonly raw: PDFDocument;
};

type FontTable = { readonly name: string; readonly unicode: readonly string[]; readonly widths: readonly number[] };

export async function readPdf(bytes: Uint8Array): Promise<Read> {
  const raw = await PDFDocument.load(bytes, { updateMetadata: false });
  const fonts = new Map<PDFObject, FontTable>();
  const shown = raw.getPages().flatMap((page, index) => {
    const resources = page.node.Resources()?.lookup(PDFName.of('Font'), PDFDict);
    const fontOf = (name: string) => {
      const dictionary = resources?.lookup(PDFName.of(name), PDFDict);
      if (dictionary === undefined) throw new Error(`page ${index} has no font ${name}`);
      const known = fonts.get(dictionary) ?? fontTable(dictionary);
      fonts.set(dictionary, known);
      return known;
    };
    const content = page.node.Contents();
    if (!(content instanceof PDFRawStream)) throw new Error(`page ${index} has no single content stream`);
    return shownOn(streamText(content), index, fontOf);
  });
  const root = raw.catalog.lookup(PDFName.of('StructTreeRoot'), PDFDict).lookup(PDFName.of('K'), PDFArray);
  const metadata = raw.catalog.lookup(PDFName.of('Metadata'));
  if (!(metadata instanceof PDFRawStream)) throw new Error('no metadata');
  return {
    pages: raw.getPageCount(),
    shown,
    root: elementOf(root.lookup(0, PDFDict), { raw, shown }),
    catalog: raw.catalog,
    metadata: Buffer.from(metadata.contents).toString('utf8'),
    raw,
  };
}

/** All of an element's text and its children's, in the order of reading. */
export function textsOf(element: Element): string[] {
  const own = element.shown.map(({ text }) => text).join('');
  return [...(own === '' ? [] : [own]), ...element.children.flatMap(textsOf)];
}

/** The elements of a tag, wherever they are. */
export function tagged(element: Element, tag: string): Element[] {
  return [...(element.tag === tag ? [element] : []), ...element.children.flatMap((child) => tagged(child, tag))];
}

function elementOf(dictionary: PDFDict, of: { raw: PDFDocument; shown: readonly Shown[] }): Element {
  const pageRef = dictionary.get(PDFName.of('Pg'));
  const page = of.raw.getPages().findIndex(({ ref }) => ref === pageRef);
  const kids = dictionary.lookupMaybe(PDFName.of('K'), PDFArray);
  const parts = kids?.asArray() ?? [];
  const attributes = dictionary.lookupMaybe(PDFName.of('A'), PDFDict);
  return {
    tag: dictionary.lookup(PDFName.of('S'), PDFName).decodeText(),
    scope: attributes?.lookupMaybe(PDFName.of('Scope'), PDFName)?.decodeText(),
    shown: parts.flatMap((part) =>
      part instanceof PDFNumber ? of.shown.filter((each) => each.page === page && each.mcid === part.asNumber()) : [],
    ),
    children: parts.flatMap((part) =>
      part instanceof PDFRef ? [elementOf(of.raw.context.lookup(part, PDFDict), of)] : [],
    ),
  };
}

function fontTable(dictionary: PDFDict): FontTable {
  const descendant = dictionary.lookup(PDFName.of('DescendantFonts'), PDFArray).lookup(0, PDFDict);
  const map = dictionary.lookup(PDFName.of('ToUnicode'));
  if (!(map instanceof PDFRawStream)) throw new Error('a font has no ToUnicode');
  const unicode: string[] = [];
  for (const [, from = '', list = ''] of streamText(map).matchAll(/<([0-9a-f]{4})> <[0-9a-f]{4}> \[(.*)\]/g)) {
    [...list.matchAll(/<([^>]*)>/g)].forEach(([, codes = ''], at) => {
      const units = codes.split(' ').filter((unit) => unit !== '');
      unicode[Number.parseInt(from, 16) + at] = units
        .map((unit) => String.fromCharCode(Number.parseInt(unit, 16)))
        .join('');
    });
  }
  const widths = descendant.lookup(PDFName.of('W'), PDFArray).lookup(1, PDFArray);
  return {
    name: dictionary
      .lookup(PDFName.of('BaseFont'), PDFName)
      .decodeText()
      .replace(/^[A-Z]{6}\+/, ''),
    unicode,
    widths: widths.asArray().map((width) => (width instanceof PDFNumber ? width.asNumber() : 0)),
  };
}

type Mark = { readonly tag: string; readonly properties: string };

function shownOn(content: string, page: number, fontOf: (name: string) => FontTable): Shown[] {
  const shown: Shown[] = [];
  const marks: Mark[] = [];
  let operands: string[] = [];
  let [font, size, x, y] = [undefined as FontTable | undefined, 0, 0, 0];
  let glyphs: number[] = [];
  let edges: number[] = [];
  const operators: { readonly [operator: string]: () => void } = {
    BDC: () => marks.push({ tag: operands[0] ?? '', properties: operands.slice(1).join(' ') }),
    BMC: () => marks.push({ tag: operands[0] ?? '', properties: '' }),
    EMC: () => void marks.pop(),
    BT: () => {
      [glyphs, edges] = [[], []];
    },
    Tf: () => {
      [font, size] = [fontOf(String(operands[0]).slice(1)), Number(operands[1])];
    },
    Tm: () => {
      const at = Number(operands[4]);
      if (edges.length === 0) [x, y] = [at, Number(operands[5])];
      edges = [...edges.slice(0, -1), at];
    },
    TJ: () => {
      let at = edges.pop() ?? x;
      for (const operand of operands) {
        const hex = /^<([0-9a-f]*)>$/.exec(operand)?.[1];
        if (hex === undefined) at -= (Number(operand) / 1000) * size || 0;
        for (const code of hex?.match(/.{4}/g) ?? []) {
          const glyph = Number.parseInt(code, 16);
          glyphs.push(glyph);
          edges.push(at);
          at += ((font?.widths[glyph] ?? 0) / 1000) * size;
        }
      }
      edges.push(at);
    },
    ET: () => {
      if (font === undefined) throw new Error('text without a font');
      shown.push({
        page,
        font: font.name,
        glyphs,
        text: textOf(glyphs, font, marks),
        x,
        y,
        edges,
        size,
        ...markedBy(marks),
      });
    },
  };
  for (const [token] of content.matchAll(
    /\((?:\\[\s\S]|[^\\)])*\)|<<|>>|<[0-9a-f]*>|\/[^\s/<>[\]()]+|[[\]]|[^\s/<>[\]()]+/g,
  )) {
    if (/^[A-Za-z'"]/.test(token) && !/^(true|false|null)$/.test(token)) {
      operators[token]?.();
      operands = [];
    } else if (token !== '[' && token !== ']') {
      operands.push(token);
    }
  }
  return shown;
}

function textOf(glyphs: readonly number[], font: FontTable, marks: readonly Mark[]): string {
  const actual = marks.map(({ properties }) => /\/ActualText (\([\s\S]*\))/.exec(properties)?.[1]).find(Boolean);
  if (actual !== undefined) return PDFString.of(actual.slice(1, -1)).decodeText();
  const characters = glyphs.map((glyph) => font.unicode[glyph] ?? '');
  return (marks.some(({ tag }) => tag === '/ReversedChars') ? characters.reverse() : characters).join('');
}

function markedBy(marks: readonly Mark[]): { artifact: boolean; mcid: number | undefined } {
  const mcid = marks.map(({ properties }) => /\/MCID (\d+)/.exec(properties)?.[1]).find(Boolean);
  return {
    artifact: marks.some(({ tag }) => tag === '/Artifact'),
    mcid: mcid === undefined ? undefined : Number(mcid),
  };
}

function streamText(stream: PDFRawStream): string {
  return Buffer.from(decodePDFRawStream(stream).decode()).toString('latin1');
}

export { PDFBool, PDFDict, PDFName } from 'pdf-lib';
