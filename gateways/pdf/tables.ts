// Listings and totals as rows: columns as wide as their content asks for, numbers under one another by the point.
import type { Column, Listing } from './content';
import type { Pace } from './pace';
import { type Cell, contentWidth, type Row, type Section, styles } from './sheet';
import type { Total } from './totals';
import type { Placed, Typesetter } from './typesetter';

const gap = 12;
const padding = 3;

/** A column with its place: for numbers, how much of it stands behind the point. */
type Track = Column & { readonly x: number; readonly width: number; readonly behind: number };

/** The title and the table of a listing, as two sections. */
export async function listingSections(listing: Listing, set: Typesetter, pace: Pace): Promise<Section[]> {
  const tracks = await tracksOf(listing, set, pace);
  const rows: Row[] = [];
  for (const cells of listing.rows) {
    await pace();
    rows.push(rowOf(tracks.map((track, at) => cellOf(track, cells[at] ?? '', set))));
  }
  const heads = tracks.map((track): Placed => headOf(track, set));
  const head = rowOf(heads, { tag: 'TH', scope: 'Column' });
  return [
    titleSection(listing.title, set),
    { table: true, above: 0, head: { ...head, rule: 'head', keepsNext: true }, rows },
  ];
}

/** A title that stays with what it is the title of. */
export function titleSection(title: string, set: Typesetter): Section {
  const { texts, height } = set.place(title, { style: styles.title });
  return { table: false, above: 16, rows: [{ height: height + 3, cells: [{ tag: 'H2', texts }], keepsNext: true }] };
}

/** Amounts with their names to the left, at the right edge, on one page. */
export function totalsSection(totals: readonly Total[], set: Typesetter): Section {
  const left = contentWidth * 0.45;
  const last = totals.length - 1;
  const rows = totals.map(({ label, amount, strong }, at): Row => {
    const style = strong ? styles.strong : styles.text;
    const width = contentWidth - left - gap - set.widthOf(amount, style);
    const name = set.place(label, { style, x: left, from: padding, width });
    const number = set.placeRight(amount, { style, right: contentWidth, from: padding });
    return {
      height: Math.max(name.height, number.height) + 2 * padding,
      cells: [
        { tag: 'TH', scope: 'Row', texts: name.texts },
        { tag: 'TD', texts: number.texts },
      ],
      rule: strong || totals[at + 1]?.strong ? 'head' : 'row',
      ruleFrom: left,
      keepsNext: at < last,
    };
  });
  return { table: true, above: 14, rows };
}

function rowOf(cells: readonly Placed[], as: Omit<Cell, 'texts'> = { tag: 'TD' }): Row {
  const height = Math.max(...cells.map((cell) => cell.height)) + 2 * padding;
  return { height, cells: cells.map(({ texts }) => ({ ...as, texts })), rule: 'row' };
}

function headOf({ head, kind, x, width }: Track, set: Typesetter): Placed {
  const style = styles.head;
  if (kind === 'number') return set.placeRight(head, { style, right: x + width, from: padding });
  return set.place(head, { style, x, width, from: padding });
}

function cellOf({ kind, x, width, behind }: Track, text: string, set: Typesetter): Placed {
  const style = styles.text;
  if (kind === 'text') return set.place(text, { style, x, width, from: padding });
  const start = x + width - behind - set.widthOf(beforePoint(text), style);
  return set.place(text, { style, x: start, width: Number.POSITIVE_INFINITY, from: padding });
}

function beforePoint(number: string): string {
  return number.split('.')[0] ?? '';
}

function fromPoint(number: string): string {
  return number.slice(beforePoint(number).length);
}

async function tracksOf({ columns, rows }: Listing, set: Typesetter, pace: Pace): Promise<Track[]> {
  const naturals: { width: number; behind: number }[] = [];
  for (const [at, { head, kind }] of columns.entries()) {
    let [before, behind] = [0, 0];
    for (const row of rows) {
      await pace();
      const text = row[at] ?? '';
      before = Math.max(before, set.widthOf(kind === 'text' ? text : beforePoint(text), styles.text));
      if (kind === 'number') behind = Math.max(behind, set.widthOf(fromPoint(text), styles.text));
    }
    // A hair more, as a sum of widths may differ in its last bit from the width of the whole.
    naturals.push({ width: Math.max(before + behind, set.widthOf(head, styles.head)) + 0.01, behind });
  }
  return placed(columns, naturals);
}

function placed(columns: readonly Column[], naturals: readonly { width: number; behind: number }[]): Track[] {
  const gaps = gap * (columns.length - 1);
  const widthsOf = (wanted: Column['kind']) =>
    naturals.flatMap(({ width }, at) => (columns[at]?.kind === wanted ? [width] : []));
  const numbers = widthsOf('number').reduce((sum, width) => sum + width, gaps);
  const shares = fairShares(widthsOf('text'), contentWidth - numbers);
  let [x, text] = [0, 0];
  return columns.map((column, at) => {
    const natural = naturals[at] ?? { width: 0, behind: 0 };
    const width = column.kind === 'text' ? (shares[text++] ?? 0) : natural.width;
    const track = { ...column, x, width, behind: natural.behind };
    x += width + gap;
    return track;
  });
}

/** The room, shared out: each gets what it asks for or an equal part of what the modest leave; what is over, the first. */
function fairShares(wanted: readonly number[], room: number): number[] {
  const shares = wanted.map(() => 0);
  let left = room;
  const modestFirst = wanted.map((_, at) => at).sort((one, other) => (wanted[one] ?? 0) - (wanted[other] ?? 0));
  modestFirst.forEach((at, served) => {
    const share = Math.min(wanted[at] ?? 0, left / (wanted.length - served));
    shares[at] = share;
    left -= share;
  });
  return shares.map((share, at) => (at === 0 ? share + left : share));
}
