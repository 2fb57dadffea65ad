// Rows onto pages: none is torn, a title is never the last thing on one, and a table's head comes again on the next.
import type { Row, Section } from './sheet';

/** A row at its place; `y` counts from the top of the page's content. */
export type Item = {
  readonly row: Row;
  readonly section: Section;
  readonly y: number;
  /** A table's head on a further page: furniture, not content. */
  readonly repeated: boolean;
};

export type Page = readonly Item[];

type Waiting = { readonly row: Row; readonly section: Section; readonly above: number };

/** Fills pages of `height` points. */
export function paginate(sections: readonly Section[], height: number): Page[] {
  const waiting = sections.flatMap((section) => waitingOf(section, height));
  const pages: Item[][] = [[]];
  let y = 0;
  const put = (row: Row, section: Section, repeated = false) => {
    pages.at(-1)?.push({ row, section, y, repeated });
    y += row.height;
  };
  waiting.forEach(({ row, section, above }, at) => {
    if (y > 0 && y + above + heightWithNext(waiting, at, height) > height) {
      pages.push([]);
      y = 0;
      if (section.head && row !== section.head) put(section.head, section, true);
    } else if (y > 0) {
      y += above;
    }
    put(row, section);
  });
  return pages;
}

// What is left of a page is for the title and the head that come with the row.
const tallest = 0.85;

function waitingOf(section: Section, height: number): Waiting[] {
  const rows = section.rows.flatMap((row) => split(row, height * tallest));
  return [...(section.head ? [section.head] : []), ...rows].map((row, at) => ({
    row,
    section,
    above: at === 0 ? section.above : 0,
  }));
}

/** Of this row and those that it keeps with it, as far as a page can hold them. */
function heightWithNext(waiting: readonly Waiting[], from: number, height: number): number {
  let together = 0;
  for (let at = from; at < waiting.length; at++) {
    const next = waiting[at];
    if (next === undefined) break;
    const more = together + next.row.height + (at > from ? next.above : 0);
    if (at > from && more > height) break;
    together = more;
    if (!next.row.keepsNext) break;
  }
  return together;
}

/** A row that no page can hold, cut between two of its lines; each part has all the cells, so that a table stays one. */
function split(row: Row, room: number): Row[] {
  const downs = row.cells.flatMap(({ texts }) => texts.map(({ down }) => down));
  const first = Math.min(...downs);
  const next = Math.min(...downs.filter((down) => down + first > room));
  if (row.height <= room || next === Number.POSITIVE_INFINITY || next === first) return [row];
  const up = next - first;
  const part = (holds: (down: number) => boolean, moved: number): Row['cells'] =>
    row.cells.map((cell) => ({
      ...cell,
      texts: cell.texts.filter(({ down }) => holds(down)).map((text) => ({ ...text, down: text.down - moved })),
    }));
  const { rule: _, ...unruled } = row;
  const top: Row = { ...unruled, height: up, cells: part((down) => down < next, 0) };
  const rest: Row = { ...row, height: row.height - up, cells: part((down) => down >= next, up) };
  return [top, ...split(rest, room)];
}
