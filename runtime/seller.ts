// Who sells, from the settings: SELLER_NAME, SELLER_ADDRESS, SELLER_EMAIL, SELLER_TAX_IDS, SELLER_FOOTER.

import type { Seller } from '../domain/parties';
import { isEmail, isLine } from '../domain/text';
import type { Parsed, Parser, Readers } from './config';

const lineMax = 200;
const addressLinesMax = 8;
const taxIdsMax = 5;

/** The faults go where the reader of the settings puts them: an invoice without a seller is none. */
export function readSeller(read: Readers): Seller {
  const email = read.optional('SELLER_EMAIL', undefined, address);
  const footer = read.optional('SELLER_FOOTER', undefined, oneLine('a line of at most 200 characters'));
  return {
    name: read.required('SELLER_NAME', oneLine('the name on your invoices, at most 200 characters')) ?? '',
    addressLines: read.required('SELLER_ADDRESS', addressLines) ?? [],
    ...(email === undefined ? {} : { email }),
    taxIds: read.optional('SELLER_TAX_IDS', [], taxIds),
    ...(footer === undefined ? {} : { footer }),
  };
}

function oneLine(expected: string): Parser<string> {
  return (text) => (isLine(text, lineMax) ? { value: text.trim() } : { expected });
}

const addressLines = severalLines(
  addressLinesMax,
  `the address on your invoices, 1 to ${addressLinesMax} lines with | between them: Example Street 1|12345 Berlin|Germany`,
);

const taxIds = severalLines(
  taxIdsMax,
  `1 to ${taxIdsMax} tax ids with | between them, each with its label: VAT DE123456789|EIN 12-3456789`,
);

// A bar and no line end: files of settings and composing tools agree on how to write it.
function severalLines(countMax: number, expected: string): Parser<readonly string[]> {
  return (text) => {
    const value = text.split('|').map((line) => line.trim());
    return value.length <= countMax && value.every((line) => isLine(line, lineMax)) ? { value } : { expected };
  };
}

function address(text: string): Parsed<string> {
  return isEmail(text) ? { value: text } : { expected: 'an e-mail address such as billing@example.com' };
}
