import fc from 'fast-check';
import { composeCreditNoteIssued } from '../../../domain/mail/credit-note-issued';
import { composeInvoiceIssued } from '../../../domain/mail/invoice-issued';
import { composeLetter } from '../../../domain/mail/letter';
import { plainLine } from '../../../domain/mail/plain';
import { refusalOf } from '../refusals';
import { creditNote, invoice, seller } from './samples';

const nasty = fc.constantFrom(
  ...'aé \r\n\t\0\u001b\u2028\u202e\u2066\ufeff…',
  '👩',
  '\ud800',
  '\udc00',
  '\u{e0041}',
  '  ',
);

describe('what others wrote', () => {
  test.each([
    ['a line end', 'Acme\r\nBcc: victim@example.com', 'Acme Bcc: victim@example.com'],
    ['a bare carriage return', 'Acme\rX: y', 'Acme X: y'],
    ['the line ends of Unicode', 'A\u2028B\u2029C\u0085D\vE', 'A B C D E'],
    ['a null byte', 'Ac\0me', 'Acme'],
    ['a right-to-left override', '\u202eGmbH\u202c fdp.exe', 'GmbH fdp.exe'],
    ['isolates and marks', '\u2066a\u2069\u200e\u200f\u061cb', 'ab'],
    ['invisible characters', 'a\u200b\ufeff\u2060b\u{e0041}', 'ab'],
    ['half a surrogate pair', 'a\ud800b', 'ab'],
    ['an escape sequence', '\u001b[31mred', '[31mred'],
  ])('is one line without %s', (_, text, plain) => {
    expect(plainLine(text)).toBe(plain);
  });

  test.each([['Müller & Söhne'], ['شركة الاختبار'], ['می‌خواهم'], ['👩‍💻 Labs'], ['株式会社']])('keeps %s', (text) => {
    expect(plainLine(text)).toBe(text);
  });

  test('is cut by characters, never within one', () => {
    expect(plainLine('👩'.repeat(200), 10)).toBe(`${'👩'.repeat(9)}…`);
  });

  test('is one line of at most its length, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: nasty, maxLength: 300 }), fc.integer({ min: 1, max: 200 }), (text, max) => {
        const line = plainLine(text, max);
        expect(Array.from(line).length).toBeLessThanOrEqual(max);
        expect(line).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });

  test('is text in HTML, wherever it stands', () => {
    const hostile = `<img src=x onerror=alert(1)>"'&</style></title><script>`;
    const named = {
      ...seller,
      name: hostile,
      addressLines: [hostile],
      email: hostile,
      taxIds: [hostile],
      footer: hostile,
    };
    const emails = [
      composeInvoiceIssued({ ...invoice, buyerName: hostile, purchaseOrder: hostile, seller: named }),
      composeCreditNoteIssued({ ...creditNote, buyerName: hostile, reason: hostile, seller: named }),
    ];
    for (const { html } of emails) {
      expect(html).not.toMatch(/<img|<script|onerror=alert\(1\)>/);
      expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;&lt;/style&gt;');
      expect(html.match(/<\/style>/g)).toHaveLength(1);
    }
  });

  test('leaves no way out of an attribute, nor any link but http', () => {
    for (const url of [
      'javascript:alert(1)',
      'https://x.example/"onclick=',
      'data:text/html,x',
      'https://a b',
      '//x',
    ]) {
      const letter = { invoiceUrl: url };
      expect(refusalOf(() => composeInvoiceIssued({ ...invoice, ...letter })).code).toBe('internal');
    }
  });
});

describe('an e-mail as a whole', () => {
  test('stays under 100 kB however much is written into every field', () => {
    const much = '<&"\u202e\n'.repeat(200_000);
    const sellerOfMuch = {
      name: much,
      addressLines: Array(100).fill(much),
      email: much,
      taxIds: Array(100).fill(much),
      footer: much,
    };
    const invoiceOfMuch = { ...invoice, buyerName: much, purchaseOrder: much, seller: sellerOfMuch };
    const { html, text } = composeInvoiceIssued(invoiceOfMuch);
    expect(Buffer.byteLength(html)).toBeLessThan(100_000);
    expect(Buffer.byteLength(text)).toBeLessThan(100_000);
    const note = composeCreditNoteIssued({ ...creditNote, reason: much, buyerName: much, seller: sellerOfMuch });
    expect(Buffer.byteLength(note.html)).toBeLessThan(100_000);
  });

  test('fetches nothing and runs nothing, and has colours for both modes', () => {
    const { html } = composeInvoiceIssued(invoice);
    expect(html).not.toMatch(/<img|<script|<link|@import|url\(|src=|<iframe|<form/i);
    expect(html).toContain('<meta name="color-scheme" content="light dark">');
    expect(html).toContain('prefers-color-scheme: dark');
    expect(html).toContain('<meta name="viewport"');
  });

  test('is the same from the same facts', () => {
    expect(composeInvoiceIssued(invoice)).toEqual(composeInvoiceIssued({ ...invoice }));
  });

  test('is refused by its size rather than cut by a mail program', () => {
    const letter = {
      subject: '',
      preheader: '',
      heading: '',
      amount: '&'.repeat(30_000),
      amountSays: '',
      paragraphs: [],
    };
    expect(refusalOf(() => composeLetter({ ...letter, rows: [], links: [], seller })).detail).toContain('bytes');
  });
});
