// Text into lines and runs, before anything is drawn: where it breaks, how wide it is, and that every run has its glyphs.
import fc from 'fast-check';
import { openFaces } from '../../../gateways/pdf/faces';
import { setLines } from '../../../gateways/pdf/lines';
import { directionFeatures } from '../../../gateways/pdf/shaping';

const faces = openFaces([]).regular;
const [first] = faces;
const em = (text: string) => first?.widthOf(text, 'ltr') ?? Number.NaN;
const ignore = () => undefined;
const textsOf = (text: string, widthMax: number) =>
  setLines(text, { faces, widthMax, uncovered: ignore }).map(({ runs }) => runs.map((run) => run.text).join(''));

test.each([
  ['nothing is one empty line', '', 10, ['']],
  ['what fits stays on one line', 'whisper-large v3', em('whisper-large v3'), ['whisper-large v3']],
  ['between words, the space staying behind', 'one two three', em('one two') + 0.1, ['one two ', 'three']],
  ['after a hyphen', 'whisper-large', em('whisper-') + 0.1, ['whisper-', 'large']],
  ['after a slash and an underscore', 'a/b_c', em('b_') + 0.1, ['a/', 'b_', 'c']],
  ['never before a full stop or within a number', 'ab 1,234.50.', em('1,234.50.') + 0.1, ['ab ', '1,234.50.']],
  ['within a word that is longer than a line', 'aaaaaa', em('aaaa') + 0.1, ['aaaa', 'aa']],
  ['a mark stays with its letter', 'x̌x̌x̌', em('x') * 2 + 0.1, ['x̌x̌', 'x̌']],
  ['Hebrew by its words', 'שלום עולם', 3.5, ['שלום ', 'עולם']],
])('a line breaks: %s', (_, text, widthMax, expected) => {
  expect(textsOf(text, widthMax)).toEqual(expected);
});

test('runs are in the order of reading and stand where they are seen', () => {
  const [line] = setLines('נא 12 (v2)', { faces, widthMax: 100, uncovered: ignore });
  const runs = line?.runs ?? [];
  expect(runs.map(({ text }) => text.trim())).toEqual(['נא', '12', '(', 'v2', ')']);
  const inSight = [...runs].sort((one, other) => one.x - other.x);
  expect(inSight.map(({ text }) => text.trim())).toEqual([')', 'v2', '(', '12', 'נא']);
  inSight.forEach(({ x }, at) => {
    const before = inSight[at - 1];
    expect(x).toBeCloseTo(before === undefined ? 0 : before.x + before.width, 9);
  });
});

// Marks, presentation forms, joiners and direction marks of several scripts together, and anything else.
const ranges = [
  [0x20, 0x7e],
  [0xa0, 0x24f],
  [0x300, 0x36f],
  [0x370, 0x52f],
  [0x591, 0x6ff],
  [0x900, 0x97f],
  [0x1e00, 0x206f],
  [0xfb1d, 0xfdff],
  [0xfe70, 0xfeff],
  [0, 0x10ffff],
] as const;
const character = fc.oneof(
  ...ranges.map(([min, max]) => fc.integer({ min, max }).map((code) => String.fromCodePoint(code))),
);

test('any text at all is set, within the width, without a box', () => {
  fc.assert(
    fc.property(fc.string({ unit: character, maxLength: 24 }), (text) => {
      for (const { runs, width } of setLines(text, { faces, widthMax: 12, uncovered: ignore })) {
        expect(Number.isFinite(width)).toBe(true);
        for (const run of runs) {
          const { glyphs } = run.face.font.layout(run.text, [...directionFeatures[run.direction]]);
          expect(glyphs.map(({ id }) => id)).not.toContain(0);
        }
      }
    }),
    {
      numRuns: 500,
      seed: 20250101,
      examples: [['ﻰऀ'], ['ﻻ\u0301'], ['a\u202eb\u202c'], ['\u200d\u200c'], ['\u2044'], ['\ufe9d\ufbbf']],
    },
  );
});

test('a text of a hundred thousand characters is set within seconds', () => {
  const began = process.cpuUsage();
  expect(textsOf('word '.repeat(20_000), 50).length).toBeGreaterThan(1_000);
  expect(process.cpuUsage(began).user / 1000).toBeLessThan(5_000);
});
