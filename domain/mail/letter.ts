// What an e-mail says, before it is set as text and as HTML. Each kind of e-mail composes one of these.

import { MinutebookError } from '../errors';
import type { Seller } from '../parties';
import { htmlOf } from './letter-html';
import { textOf } from './letter-text';
import { plainLine } from './plain';

/** An e-mail as it is sent: both bodies say the same. */
export type ComposedEmail = {
  /** One line. Says what it is and names the document's number. */
  readonly subject: string;
  /** What a list of mails shows behind the subject: amount and reason within its first 90 characters. */
  readonly preheader: string;
  readonly text: string;
  readonly html: string;
};

export type Link = { readonly label: string; readonly url: string };

/** A row of figures or facts; `strong` for the one that counts. */
export type Row = { readonly label: string; readonly value: string; readonly strong?: true };

export type Letter = {
  readonly subject: string;
  readonly preheader: string;
  readonly heading: string;
  /** The figure that the e-mail is about, and what it is. */
  readonly amount: string;
  readonly amountSays: string;
  readonly paragraphs: readonly string[];
  readonly rows: readonly Row[];
  /** The one thing to do, where there is one. */
  readonly button?: Link;
  readonly links: readonly Link[];
  readonly seller: Seller;
};

// A number has up to 133 characters (its workspace's id is in it), and a credit note names two: none is ever cut.
const lineMax = 400;
// Gmail cuts at 102 kB what is longer.
const htmlBytesMax = 100_000;

/**
 * Sets a letter as text and HTML. Names and reasons in it are made plain and cut, so that nothing in them can turn,
 * forge or fill an e-mail. Throws `internal` where a link is none of ours or the HTML grew past 100 kB: both are bugs.
 */
export function composeLetter(letter: Letter): ComposedEmail {
  const plain = plainLetter(letter);
  const html = htmlOf(plain);
  const bytes = new TextEncoder().encode(html).length;
  if (bytes > htmlBytesMax) throw broken(`its HTML has ${bytes} bytes, more than ${htmlBytesMax}`);
  return { subject: plain.subject, preheader: plain.preheader, text: textOf(plain), html };
}

function plainLetter(letter: Letter): Letter {
  const { seller } = letter;
  return {
    ...letter,
    subject: plainLine(letter.subject, lineMax),
    preheader: plainLine(letter.preheader, lineMax),
    heading: plainLine(letter.heading, lineMax),
    amountSays: plainLine(letter.amountSays),
    paragraphs: letter.paragraphs.map((paragraph) => plainLine(paragraph, 1000)),
    rows: letter.rows
      .slice(0, 30)
      .map((row) => ({ ...row, label: plainLine(row.label), value: plainLine(row.value, lineMax) })),
    ...(letter.button === undefined ? {} : { button: checkedLink(letter.button) }),
    links: letter.links.slice(0, 10).map(checkedLink),
    seller: {
      name: plainLine(seller.name),
      addressLines: seller.addressLines.slice(0, 8).map((line) => plainLine(line)),
      ...(seller.email === undefined ? {} : { email: plainLine(seller.email, 254) }),
      taxIds: seller.taxIds.slice(0, 5).map((taxId) => plainLine(taxId)),
      ...(seller.footer === undefined ? {} : { footer: plainLine(seller.footer, 500) }),
    },
  };
}

function checkedLink({ label, url }: Link): Link {
  if (!/^https?:\/\/[^\s<>"'\\^`{|}]{1,2000}$/.test(url)) throw broken(`a link leads to ${JSON.stringify(url)}`);
  return { label: plainLine(label), url };
}

function broken(what: string): MinutebookError {
  return new MinutebookError({ code: 'internal', detail: `an e-mail cannot be composed: ${what}` });
}
