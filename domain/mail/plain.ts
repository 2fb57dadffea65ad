// Text of somebody else's making (names, reasons, a footer) before it becomes part of an e-mail.

const lineEnds = /[\r\n\t\v\f\u0085\u2028\u2029]+/g;

// Control characters; marks that turn the direction of what follows them; characters that draw nothing and only hide
// things (byte order mark, interlinear annotations, tags); halves of a surrogate pair. The joiners U+200C and U+200D stay:
// Persian, Indic scripts and emoji are written with them.
const unwanted =
  /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/**
 * One line of ordinary characters, safe in a header and beside other text: line ends become a space, control characters,
 * bidi controls and invisible characters go, and what is longer than `lengthMax` characters is cut with an ellipsis.
 */
export function plainLine(text: string, lengthMax = 120): string {
  // Cut once before the work as well: nobody's megabyte of a name is searched four times.
  const line = text
    .slice(0, lengthMax * 8)
    .replace(lineEnds, ' ')
    .replace(unwanted, '')
    .replace(/\s{2,}/g, ' ')
    .trim();
  const characters = Array.from(line);
  return characters.length > lengthMax
    ? `${characters
        .slice(0, lengthMax - 1)
        .join('')
        .trimEnd()}…`
    : line;
}
