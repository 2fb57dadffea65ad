import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { fileNameOf } from '../../../api/downloads/attachment';
import { csvRow } from '../../../api/downloads/csv';

const read = (row: string): string[] => parse(row, { record_delimiter: '\r\n' })[0] ?? [];

test('a row is RFC 4180: commas, CRLF, quotes where a cell needs them and doubled within', () => {
  expect(csvRow([{ text: 'plain' }, undefined, { figure: 5 }, { text: 'a,b' }, { text: 'say "hi"' }])).toBe(
    'plain,,5,"a,b","say ""hi"""\r\n',
  );
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', "'quoted"])('a text %j is no formula', (text) => {
  const [cell] = read(csvRow([{ text }]));
  expect(cell).toBe(`'${text}`);
});

test('a figure of ours stays a number, negative ones too', () => {
  expect(csvRow([{ figure: '-12.30' }, { figure: '0.02012' }])).toBe('-12.30,0.02012\r\n');
});

test('whatever a text holds, one apostrophe taken off gives it back, and nothing runs', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 2, maxLength: 5 }), (texts) => {
      const cells = read(csvRow(texts.map((text) => ({ text }))));
      expect(cells.map((cell) => cell.replace(/^'/, ''))).toEqual(texts);
      for (const cell of cells) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
    }),
  );
});

test('a file name has nothing that a system or a header could take for more', () => {
  expect(fileNameOf({ of: 'invoice', number: 'acme:eu-0001', ending: '.csv' })).toBe('invoice-acme-eu-0001.csv');
  expect(fileNameOf({ of: 'invoice', number: '../"x\r\n-0001', ending: '.csv' })).toBe('invoice-..--x---0001.csv');
});
