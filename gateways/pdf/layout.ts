// A document's content as sections of rows, from the masthead to the last note.
import type { Content } from './content';
import type { Pace } from './pace';
import { type Cell, contentWidth, leading, type Row, type Section, type Style, styles } from './sheet';
import { listingSections, titleSection, totalsSection } from './tables';
import type { Placed, Typesetter } from './typesetter';

const factsLeft = contentWidth * 0.55;

export async function layOut(content: Content, set: Typesetter, pace: Pace): Promise<Section[]> {
  const sections = [masthead(content, set), opening(content, set)];
  for (const listing of content.listings) sections.push(...(await listingSections(listing, set, pace)));
  sections.push(totalsSection(content.totals, set));
  for (const { title, text } of content.notes) {
    sections.push(titleSection(title, set), { table: false, above: 0, rows: [paragraph(text, styles.label, set)] });
  }
  return sections;
}

/** Heading and facts to the right, seller and buyer to the left. */
function masthead({ heading, facts, seller, buyer }: Content, set: Typesetter): Section {
  const title = set.place(heading, { style: styles.heading, x: factsLeft });
  const right = factCells(facts, title.height + 8, set);
  const left = partyCells({ seller, buyer }, set);
  const height = Math.max(left.height, right.height);
  const cells: Cell[] = [{ tag: 'H1', texts: title.texts }, ...right.cells, ...left.cells];
  return { table: false, above: 0, rows: [{ height, cells }] };
}

type Column = { readonly cells: readonly Cell[]; readonly height: number };

function factCells(facts: Content['facts'], from: number, set: Typesetter): Column {
  const valueLeft = factsLeft + Math.max(...facts.map(({ label }) => set.widthOf(label, styles.label))) + 12;
  let height = from;
  const cells = facts.map(({ label, value }): Cell => {
    const name = set.place(`${label} `, { style: styles.label, x: factsLeft, from: height });
    const said = set.place(value, { style: styles.text, x: valueLeft, from: height });
    height += Math.max(name.height, said.height);
    return { tag: 'P', texts: [...name.texts, ...said.texts] };
  });
  return { cells, height };
}

function partyCells({ seller, buyer }: Pick<Content, 'seller' | 'buyer'>, set: Typesetter): Column {
  const cells: Cell[] = [];
  let height = 0;
  const put = (tag: Cell['tag'], text: string, style: Style) => {
    const placed = set.place(text, { style, width: factsLeft - 20, from: height });
    height += placed.height;
    cells.push({ tag, texts: placed.texts });
  };
  const [sellerName = '', ...sellerLines] = seller;
  put('P', sellerName, styles.summary);
  for (const line of sellerLines) put('P', line, styles.label);
  height += 18;
  put('H2', 'Bill to', styles.head);
  const [buyerName = '', ...buyerLines] = buyer;
  put('P', buyerName, styles.strong);
  for (const line of buyerLines) put('P', line, styles.text);
  return { cells, height };
}

function opening({ summary, statements }: Content, set: Typesetter): Section {
  return {
    table: false,
    above: 22,
    rows: [
      paragraph(summary, styles.summary, set),
      ...statements.map((statement) => paragraph(statement, styles.text, set)),
    ],
  };
}

function paragraph(text: string, style: Style, set: Typesetter): Row {
  const { texts, height } = set.place(text, { style, width: contentWidth * 0.9 });
  return { height: height + 3, cells: [{ tag: 'P', texts }] };
}

/** The foot of every page: the seller's line, then which document it is and the page. */
export type Foot = { readonly height: number; texts(page: { number: number; of: number }): Placed['texts'] };

export function footOf({ title, seller, footer }: Content, set: Typesetter): Foot & { readonly own: Placed } {
  const own: Placed = footer === '' ? { texts: [], height: 0 } : set.place(footer, { style: styles.small, from: 8 });
  const from = own.height + 8;
  const name = `${title} · ${seller[0] ?? ''}`;
  const left = set.place(name, { style: styles.small, from, width: contentWidth - 90 });
  return {
    own,
    height: from + Math.max(left.height, leading(styles.small)),
    texts: ({ number, of }) => [
      ...left.texts,
      ...set.placeRight(`Page ${number} of ${of}`, { style: styles.small, right: contentWidth, from }).texts,
    ],
  };
}
