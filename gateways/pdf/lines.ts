// Text as it is drawn: what no font covers spelled out, broken into lines, each line cut into runs (runs.ts).
import bidiFactory from 'bidi-js';
import type { Face } from './faces';
import { ascii, type Cluster, type Line, lineOf, neutral, type Run, widthOf, withoutSpace } from './runs';

const bidi = bidiFactory();
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

const breaking = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
const invisible = /\p{Default_Ignorable_Code_Point}/u;
const ideographic = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;
const closing = /^[\p{Pe}\p{Pf}\p{Po}]/u;

/**
 * Sets a text in lines of at most `widthMax` em; one line, without runs, where it is empty. Breaks after spaces, after
 * marks such as `-` and `/`, between ideographs, and within a word that is longer than a line. A code point that no
 * face covers comes out as `U+1F600` and is told to `uncovered`.
 */
export function setLines(
  text: string,
  options: {
    readonly faces: readonly Face[];
    readonly widthMax: number;
    readonly uncovered: (codePoint: string) => void;
  },
): readonly Line[] {
  const { faces, widthMax } = options;
  const [first] = faces;
  if (first === undefined) throw new Error('expected at least one face, came none');
  if (text === '') return [{ runs: [], width: 0 }];
  if (ascii.test(text)) {
    const width = first.widthOf(text, 'ltr');
    if (width <= widthMax) return [{ runs: [{ face: first, text, direction: 'ltr', x: 0, width }], width }];
  }
  const clusters = ascii.test(text) ? asciiClusters(text, first) : clustersOf(legible(text, options), faces, first);
  // Most names fit, and shaping a name word by word costs several times the whole.
  if (widthOf(withoutSpace(clusters)) <= widthMax) return [lineOf(clusters)];
  return broken(clusters, widthMax).map((line) =>
    line.at(-1)?.text === ' ' ? spaced(lineOf(line), first) : lineOf(line),
  );
}

/** With the space that the break took the place of, so that no two words become one where text is copied or spoken. */
function spaced({ runs, width }: Line, face: Face): Line {
  const space: Run = { face, text: ' ', direction: 'ltr', x: width, width: face.widthOf(' ', 'ltr') };
  return { runs: [...runs, space], width };
}

function legible(
  text: string,
  { faces, uncovered }: { readonly faces: readonly Face[]; readonly uncovered: (codePoint: string) => void },
): string {
  let result = '';
  let apart = false;
  // A name such as U+65E5 keeps its distance from what is beside it, or nobody could tell where it ends.
  const put = (piece: string, spelled: boolean) => {
    const gap = (apart || spelled) && result !== '' && !result.endsWith(' ') && piece !== ' ';
    result += gap ? ` ${piece}` : piece;
    apart = spelled;
  };
  for (const { segment } of graphemes.segment(text.replace(breaking, ' ').normalize('NFC'))) {
    const visible = visibleOf(segment);
    if (faceOf(visible, faces) !== undefined) {
      put(segment, false);
      continue;
    }
    for (const character of visible) {
      if (faceOf([character], faces) !== undefined) {
        put(character, false);
        continue;
      }
      const name = `U+${codePointOf(character).toString(16).toUpperCase().padStart(4, '0')}`;
      uncovered(name);
      put(name, true);
    }
  }
  return result;
}

function codePointOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

function faceOf(characters: readonly string[], faces: readonly Face[]): Face | undefined {
  return faces.find((face) => characters.every((character) => face.covers(codePointOf(character))));
}

// The segmenter takes 50 µs a character of a long text.
function asciiClusters(text: string, face: Face): Cluster[] {
  return Array.from(text, (character) => ({ text: character, level: 0, face }));
}

function clustersOf(text: string, faces: readonly Face[], first: Face): Cluster[] {
  const { levels } = bidi.getEmbeddingLevels(text, 'auto');
  const clusters: Cluster[] = [];
  for (const { segment, index } of graphemes.segment(text)) {
    const level = levels[index] ?? 0;
    for (const piece of faceOf(visibleOf(segment), faces) === undefined ? segment : [segment]) {
      const visible = visibleOf(piece);
      const before = clusters.at(-1);
      // A space or a full stop stays with the words before it, or every Arabic sentence would be cut at its spaces.
      const stays = before?.level === level && neutral.test(piece) && faceOf(visible, [before.face]) !== undefined;
      clusters.push({ text: drawn(piece), level, face: (stays ? before.face : faceOf(visible, faces)) ?? first });
    }
  }
  return clusters;
}

function visibleOf(segment: string): string[] {
  return [...segment].filter((character) => !invisible.test(character));
}

/** What of a cluster reaches the font: joiners, which shaping obeys and hides, and no other invisible characters. */
function drawn(segment: string): string {
  if (ascii.test(segment)) return segment;
  return [...segment].filter((character) => !invisible.test(character) || /[\u200c\u200d]/.test(character)).join('');
}

function broken(clusters: readonly Cluster[], widthMax: number): Cluster[][] {
  const lines: Cluster[][] = [[]];
  let width = 0;
  const put = (piece: readonly Cluster[]) => {
    if (width > 0 && width + widthOf(withoutSpace(piece)) > widthMax) {
      lines.push([]);
      width = 0;
    }
    lines.at(-1)?.push(...piece);
    width += widthOf(piece);
  };
  for (const word of wordsOf(clusters)) {
    if (widthOf(withoutSpace(word)) <= widthMax) put(word);
    else for (const cluster of word) put([cluster]);
  }
  return lines;
}

function wordsOf(clusters: readonly Cluster[]): Cluster[][] {
  const words: Cluster[][] = [];
  let word: Cluster[] = [];
  clusters.forEach((cluster, at) => {
    word.push(cluster);
    if (!mayBreak(cluster.text, clusters[at + 1]?.text ?? '')) return;
    words.push(word);
    word = [];
  });
  return word.length > 0 ? [...words, word] : words;
}

function mayBreak(one: string, next: string): boolean {
  if (next === ' ') return false;
  if (one === ' ' || /^[-_/@\u2010\u2013\u2014]$/.test(one)) return true;
  if (/^[.:]$/.test(one)) return /^\p{L}/u.test(next);
  return (ideographic.test(one) || ideographic.test(next)) && !closing.test(next);
}
