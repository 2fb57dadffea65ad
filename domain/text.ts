// Short texts of somebody else's making that end up in headers, e-mails and PDFs: which are taken at all. Marks that turn
// the direction of writing are kept, as names are written with them: whoever prints a text keeps them within it.

const ends = '\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}';

/** Not blank, without control characters, line ends and lone surrogates. To be compiled with the flag `u`. */
export const linePattern = `^[^${ends}]*[^${ends}\\s][^${ends}]*$`;
const line = new RegExp(linePattern, 'u');

/**
 * Whether a text is one line that is not blank. Half a character, a lone surrogate, which JSON can spell and UTF-8
 * cannot, would be stored as another text than came.
 */
export function isLine(text: string, lengthMax: number): boolean {
  return isShort(text, lengthMax) && line.test(text);
}

export const emailLengthMax = 254;
export const emailPattern = '^[^\\s\\p{Cc}\\p{Cs}@]+@[^\\s\\p{Cc}\\p{Cs}@.]+(\\.[^\\s\\p{Cc}\\p{Cs}@.]+)+$';
const email = new RegExp(emailPattern, 'u');

/** Only mail itself proves an address. This keeps out what is plainly none, and line ends, which would be headers. */
export function isEmail(text: string): boolean {
  return isShort(text, emailLengthMax) && email.test(text);
}

// Characters as JSON Schema and Postgres count them: one outside of the basic plane is two of a string's units.
function isShort(text: string, lengthMax: number): boolean {
  return text.length <= 2 * lengthMax && [...text].length <= lengthMax;
}
