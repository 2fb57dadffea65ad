// Reports that go together as one text. Holding them one by one, 100,000 of them, cost the garbage collector more than
// making them: they are taken apart only where some of them hold up the others.

import type { UsageReport } from '../../contract/usage';

/** `text`: JSON of its reports with commas between. */
export type Piece = { readonly text: string; readonly count: number };

export function pieceOf(texts: readonly string[]): Piece {
  return { text: texts.join(','), count: texts.length };
}

export function reportsIn({ text }: Piece): readonly UsageReport[] {
  return JSON.parse(`[${text}]`) as readonly UsageReport[];
}

/** The same reports in two pieces, those at the places that are asked for and the others. */
export function parted(piece: Piece, isWanted: (at: number) => boolean): readonly [Piece, Piece] {
  const texts = reportsIn(piece).map((report) => JSON.stringify(report));
  return [pieceOf(texts.filter((_, at) => isWanted(at))), pieceOf(texts.filter((_, at) => !isWanted(at)))];
}
