// A letter as plain text: what it is about comes first, for watches, speakers and lists that show the beginning.
import type { Letter, Link, Row } from './letter';

const widthMax = 72;

/** The letter as text, in lines of at most 72 characters where words allow it. */
export function textOf(letter: Letter): string {
  const { seller } = letter;
  const blocks = [
    wrapped(letter.preheader),
    letter.heading,
    ...letter.paragraphs.map(wrapped),
    letter.button === undefined ? '' : linkText(letter.button),
    letter.rows.map(rowText).join('\n'),
    ...letter.links.map(linkText),
    // The separator by which mail programs know a signature.
    ['-- ', ...sellerLines(letter), ...(seller.footer === undefined ? [] : [wrapped(seller.footer)])].join('\n'),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

/** Who sends it, line by line. */
export function sellerLines({ seller }: Letter): readonly string[] {
  return [seller.name, ...seller.addressLines, ...seller.taxIds, ...(seller.email === undefined ? [] : [seller.email])];
}

// Columns would need a fixed width, which no phone has. A value comes last on its line, so that one that runs from right
// to left has nothing behind it to turn around.
function rowText({ label, value }: Row): string {
  return `${label}: ${value}`;
}

function linkText({ label, url }: Link): string {
  return `${label}:\n${url}`;
}

function wrapped(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > widthMax) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join('\n');
}
