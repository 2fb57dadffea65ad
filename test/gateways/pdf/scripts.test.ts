// Names in any script, as glyphs on the page: joined and ordered as they are read, and never a box.
import path from 'node:path';
import fc from 'fast-check';
import { openFaces } from '../../../gateways/pdf/faces';
import { pdfRenderer, type Uncovered } from '../../../gateways/pdf/render';
import { invoice, usageLine } from './documents';
import { readPdf, type Shown, tagged } from './reading';

const japanese = path.resolve(
  require.resolve('@expo-google-fonts/dela-gothic-one/400Regular/DelaGothicOne_400Regular.ttf'),
);

const uncovered: Uncovered[] = [];
const onUncovered = (told: Uncovered) => uncovered.push(told);
const bundled = pdfRenderer({ onUncovered });

/** The runs of the first cell of the table's only row, in the order of reading, and all else that the file shows. */
async function nameOf(model: string, renderer = bundled) {
  uncovered.length = 0;
  const document = invoice({ usage: [{ month: '2025-01', late: false, lines: [usageLine({ model })] }] });
  const { root, shown } = await readPdf(await renderer.render(document));
  const runs = tagged(root, 'Table')[0]?.children[1]?.children[0]?.shown ?? [];
  return { runs, text: runs.map((run) => run.text).join(''), shown, uncovered: [...uncovered] };
}

const boxes = (shown: readonly Shown[]) => shown.filter(({ glyphs }) => glyphs.includes(0));

describe('a picture of each script', () => {
  test.each([
    ['Latin with marks', 'Žižek Dvořák Łódź Nguyễn Thị', ['NotoSans-Regular']],
    ['Greek', 'Ελληνικό μοντέλο', ['NotoSans-Regular']],
    ['polytonic Greek', 'ἀρχὴ ᾧ', ['NotoSans-Regular']],
    ['Cyrillic', 'Русская модель Ёлка', ['NotoSans-Regular']],
    ['Arabic', 'نموذج التعرف على الصوت', ['IBMPlexSansArabic-Regular']],
    ['Persian with its joiner', 'می‌خواهم', ['IBMPlexSansArabic-Regular']],
    ['Arabic with vowel marks', 'مُحَمَّد', ['IBMPlexSansArabic-Regular']],
    ['Hebrew', 'שלום עולם', ['NotoSansHebrew-Regular']],
    ['Hebrew with points', 'שָׁלוֹם', ['NotoSansHebrew-Regular']],
    ['Devanagari', 'हिन्दी क्षत्रिय', ['NotoSans-Regular']],
  ])('%s', async (_, model, fonts) => {
    const { runs, text, shown, uncovered } = await nameOf(model);
    expect([...new Set(runs.map(({ font }) => font))]).toEqual(fonts);
    expect(plain(text)).toBe(plain(model));
    expect(boxes(shown)).toEqual([]);
    expect(uncovered).toEqual([]);
  });

  test('CJK from a file that the operator names', async () => {
    const { runs, text, shown, uncovered } = await nameOf(
      '音声モデル v2',
      pdfRenderer({ fontFiles: [japanese], onUncovered }),
    );
    expect(text).toBe('音声モデル v2');
    expect(runs[0]?.font).toContain('DelaGothic');
    expect(boxes(shown)).toEqual([]);
    expect(uncovered).toEqual([]);
  });
});

// The joiner is obeyed and then hidden, so it is no text any more.
function plain(text: string): string {
  return text.normalize('NFD').replaceAll('\u200c', '').replaceAll(' ', '');
}

describe('text that runs both ways', () => {
  /** Texts from left to right, each as it is read. */
  const inSight = (runs: readonly Shown[]) => [...runs].sort((one, other) => one.x - other.x).map(({ text }) => text);

  test.each([
    ['digits and Latin inside Arabic', 'نموذج 12 (v2) صوت', [' صوت', 'v2', '12', 'نموذج ']],
    ['Arabic digits keep their order', 'نموذج ٢٠٢٥', ['٢٠٢٥', 'نموذج ']],
    ['Hebrew inside Latin', 'model שלום v2', ['model ', 'שלום', 'v2']],
    ['a number after Hebrew stands to its left', 'model שלום 2', ['model', '2', 'שלום']],
  ])('%s', async (_, model, expected) => {
    const { runs } = await nameOf(model);
    const texts = inSight(runs)
      .map((text) => text.replace(/[()]/g, '').trim())
      .filter(Boolean);
    expect(texts).toEqual(expected.map((text) => text.trim()));
  });

  test('Arabic letters are joined: the first, the middle and the last have other shapes', async () => {
    const { runs } = await nameOf('ههه ه');
    const glyphs = runs.flatMap((run) => run.glyphs);
    expect(new Set(glyphs).size).toBe(5);
  });

  test('brackets are drawn mirrored and read as they were', async () => {
    const { text } = await nameOf('שלום (עולם)');
    expect(text).toBe('שלום (עולם)');
    const { font } = openFaces([]).regular.find(({ name }) => name.startsWith('NotoSansHebrew')) ?? {};
    const drawn = font?.layout('(', ['rtlm']).glyphs.map(({ id }) => id);
    expect(drawn).toEqual([font?.glyphForCodePoint(0x29).id]);
  });
});

describe('what no font covers', () => {
  test.each([
    ['ideographs', '日本1', 'U+65E5 U+672C 1', ['U+65E5', 'U+672C']],
    ['a sequence of emoji', '👩‍👧 x', 'U+1F469 U+1F467 x', ['U+1F469', 'U+1F467']],
    ['an emoji with a skin tone', '👍🏽', 'U+1F44D U+1F3FD', ['U+1F44D', 'U+1F3FD']],
    ['a control character', 'a\u0007b', 'a U+0007 b', ['U+0007']],
    ['half a pair', 'a\ud800b', 'a U+D800 b', ['U+D800']],
    ['a mark on a letter of another script', 'ไ\u0301', 'U+0E44 ', ['U+0E44']],
  ])('%s is spelled out and told, never a box', async (_, model, expected, codePoints) => {
    const { text, shown, uncovered } = await nameOf(model);
    expect(text.normalize('NFC').replaceAll('\u0301', '')).toBe(expected);
    expect(uncovered).toEqual([{ title: 'Invoice acme-0001', codePoints }]);
    expect(boxes(shown)).toEqual([]);
  });

  test('line breaks and tabs become spaces, invisible characters vanish', async () => {
    const { text, uncovered } = await nameOf('one\r\ntwo\tthree\u200b\ufeff four\u00ad');
    expect(text).toBe('one two three four');
    expect(uncovered).toEqual([]);
  });

  test('any text at all makes a document without a box', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 40 }), async (model) => {
        const { shown } = await nameOf(model);
        expect(boxes(shown)).toEqual([]);
      }),
      { numRuns: 10, seed: 20250101 },
    );
  });
});

test.each([['/nowhere/font.ttf'], [path.resolve('package.json')]])(
  '%s is no font, and said so at the start',
  (file) => {
    expect(() => pdfRenderer({ fontFiles: [file] })).toThrow(
      `expected a static font file (.ttf, .otf, .ttc, .woff), came ${file}`,
    );
  },
);
