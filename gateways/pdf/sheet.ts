// The paper: its measures in points, its few styles, and what is put on it. Positions count from the content's left edge.
import type { Weight } from './faces';
import type { Line } from './runs';

const mm = 72 / 25.4;

/** A4 with room to file it. */
export const sheet = { width: 595.28, height: 841.89, left: 22 * mm, top: 18 * mm, bottom: 14 * mm } as const;
export const contentWidth = sheet.width - 2 * sheet.left;

/** Dark enough on white for everyone: 16:1 and 7:1. */
const ink = '#1b1f24';
const grey = '#555b63';

export type Style = { readonly size: number; readonly weight: Weight; readonly color: string };

export const styles = {
  heading: { size: 20, weight: 'semibold', color: ink },
  summary: { size: 13, weight: 'semibold', color: ink },
  title: { size: 10.5, weight: 'semibold', color: ink },
  strong: { size: 9, weight: 'semibold', color: ink },
  text: { size: 9, weight: 'regular', color: ink },
  label: { size: 9, weight: 'regular', color: grey },
  head: { size: 8, weight: 'semibold', color: grey },
  small: { size: 8, weight: 'regular', color: grey },
} as const satisfies Record<string, Style>;

export const rules = {
  row: { width: 0.4, color: '#d9dce0' },
  head: { width: 0.8, color: '#8b9199' },
} as const;

export type Rule = keyof typeof rules;

/** A line of text; `down` is where its baseline is, from the top of its row. */
export type Text = { readonly line: Line; readonly style: Style; readonly x: number; readonly down: number };

/** What a screen reader meets as one thing. */
export type Cell = {
  readonly tag: 'P' | 'H1' | 'H2' | 'TH' | 'TD';
  readonly scope?: 'Column' | 'Row';
  readonly texts: readonly Text[];
};

/** Never torn over two pages, unless it is taller than one. */
export type Row = {
  readonly height: number;
  readonly cells: readonly Cell[];
  /** A line under it. */
  readonly rule?: Rule;
  readonly ruleFrom?: number;
  /** Not the last thing on a page: what follows comes along. */
  readonly keepsNext?: boolean;
};

/** Rows that belong together; those of a table under its head, which every further page repeats. */
export type Section = {
  readonly table: boolean;
  readonly head?: Row;
  readonly rows: readonly Row[];
  /** Space above, left out at the top of a page. */
  readonly above: number;
};

/** Height of a line of this style. */
export function leading({ size }: Style): number {
  return size * 1.42;
}

/** From the top of a line to its baseline. */
export function rise({ size }: Style): number {
  return size * 1.06;
}
