// The bytes, read back: what a document says and in which order, how it is tagged, and how it is cut into pages.
import { cents } from '../../../domain/money';
import { pdfRenderer } from '../../../gateways/pdf/render';
import { creditNote, invoice, manyLines, minutesMean, usageLine } from './documents';
import { type Element, PDFBool, PDFDict, PDFName, readPdf, tagged, textsOf } from './reading';

const renderer = pdfRenderer({});
const read = async (document: Parameters<typeof renderer.render>[0]) => readPdf(await renderer.render(document));
const rowsOf = (table: Element | undefined) => table?.children.map((row) => row.children.flatMap(textsOf)) ?? [];

describe('what an invoice says', () => {
  test('everything is read in this order', async () => {
    const { root } = await read(invoice());
    expect(textsOf(root)).toEqual([
      'Invoice',
      'Invoice number acme-0001',
      'Date of issue 1 February 2025',
      'Due 3 March 2025',
      'Period January 2025',
      'Purchase order PO-2025-0117',
      'Currency US dollar (USD)',
      'Rechenwerk GmbH',
      'Lindenstraße 12',
      '10969 Berlin',
      'Germany',
      'billing@rechenwerk.example',
      'VAT DE123456789',
      'Bill to',
      'Acme Speech Ltd',
      '1 Harbour Road',
      'Dublin D02 XY45',
      'Ireland',
      'Tax ID IE1234567FA',
      'accounts@acme.example',
      '3,096.62 USD to pay by 3 March 2025',
      'Please transfer the amount by 3 March 2025 with the invoice number as reference.',
      'Usage of January 2025',
      ...['Model', 'Version', 'Instance type', 'Minutes', 'Price per minute', 'Amount'],
      ...['whisper-large', 'v3', 'A10Gx4x16', '44,640', '0.02012', '898.16'],
      ...['whisper-large', 'v4', 'A10Gx4x16', '301', '0.02012', '6.06'],
      ...['llama-70b-chat', '2025-01-14', 'H100:2', '10,080', '0.2175', '2,192.40'],
      ...['Usage', '3,096.62'],
      ...['Total (USD)', '3,096.62'],
      ...['Remaining to pay (USD)', '3,096.62'],
      'About the minutes',
      minutesMean,
      'Rechenwerk GmbH, Amtsgericht Berlin HRB 123456. Reverse charge: VAT is owed by the recipient.',
    ]);
  });

  test('late months stand apart, discounts and grants by name, and what was paid, credited and written off', async () => {
    const { root } = await read(
      invoice({
        usage: [
          { month: '2024-12', late: true, lines: [usageLine({ minutes: 5, amountCents: cents(10n) })] },
          { month: '2025-01', late: false, lines: [usageLine({ amountCents: cents(100_000n) })] },
        ],
        discounts: [
          { name: 'Volume discount 10 % on 100.00 to 1,000.00 USD', amountCents: cents(-9_000n) },
          { name: 'Education discount 12.5 %', amountCents: cents(-11_375n) },
        ],
        credits: [{ name: 'launch-2025', amountCents: cents(-5_000n) }],
        paidCents: cents(50_000n),
        returnedCents: cents(1_000n),
        refundedCents: cents(2_000n),
        creditedCents: cents(2_500n),
        writtenOffCents: cents(500n),
        remainingCents: cents(24_635n),
      }),
    );
    expect(tagged(root, 'H2').flatMap(textsOf)).toEqual([
      'Bill to',
      'Usage of December 2024, reported late',
      'Usage of January 2025',
      'Discounts',
      'Credits',
      'About the minutes',
    ]);
    const [, , discounts, credits, totals] = tagged(root, 'Table');
    expect(rowsOf(discounts).slice(1)).toEqual([
      ['Volume discount 10 % on 100.00 to 1,000.00 USD', '-90.00'],
      ['Education discount 12.5 %', '-113.75'],
    ]);
    expect(rowsOf(credits).slice(1)).toEqual([['launch-2025', '-50.00']]);
    expect(rowsOf(totals)).toEqual([
      ['Usage', '1,000.10'],
      ['Discounts', '-203.75'],
      ['Credits applied', '-50.00'],
      ['Total (USD)', '746.35'],
      ['Credited', '-25.00'],
      ['Written off: usage after your credits ran out', '-5.00'],
      ['Paid', '-500.00'],
      ['Returned by the bank', '10.00'],
      ['Given back', '20.00'],
      ['Remaining to pay (USD)', '246.35'],
    ]);
  });

  test('a credit note names its invoice, the reason, the lines, the amount and what became of the money', async () => {
    const { root, metadata } = await read(creditNote());
    const texts = textsOf(root);
    expect(metadata).toContain('>Credit note acme-CN-0001<');
    for (const text of [
      'Credit note',
      'For invoice acme-0001',
      'Invoice issued 1 February 2025',
      '5.45 USD credited',
      'Reason: The replicas of 7 January were unreachable from 10:00 to 15:01 UTC.',
      'The amount was refunded to the card ending in 4242 on 14 February 2025.',
      'Usage of January 2025, credited',
    ]) {
      expect(texts).toContain(text);
    }
    expect(rowsOf(tagged(root, 'Table').at(-1))).toEqual([
      ['Usage', '6.06'],
      ['Discounts', '-0.61'],
      ['Credited (USD)', '5.45'],
    ]);
  });
});

describe('how it is tagged', () => {
  test('the file says that it is PDF/UA-1, in English, with its title', async () => {
    const { catalog, metadata } = await read(invoice());
    expect(metadata).toContain('<pdfuaid:part>1</pdfuaid:part>');
    expect(metadata).toContain('>Invoice acme-0001<');
    expect(String(catalog.get(PDFName.of('Lang')))).toBe('(en)');
    const preferences = catalog.lookup(PDFName.of('ViewerPreferences'), PDFDict);
    expect(preferences.lookup(PDFName.of('DisplayDocTitle'))).toBe(PDFBool.True);
    expect(catalog.lookup(PDFName.of('MarkInfo'), PDFDict).lookup(PDFName.of('Marked'))).toBe(PDFBool.True);
  });

  test('every piece of text is either in the structure tree, exactly once, or an artefact', async () => {
    const { root, shown } = await read(invoice({ usage: [{ month: '2025-01', late: false, lines: manyLines(90) }] }));
    const all = (element: Element): Element['shown'] => [...element.shown, ...element.children.flatMap(all)];
    const inTree = all(root);
    expect(new Set(inTree).size).toBe(inTree.length);
    for (const each of shown)
      expect({ ...each, inTree: inTree.includes(each) }).toMatchObject({ inTree: !each.artifact });
  });

  test('tables have as many cells in every row, column heads above and row heads in the totals', async () => {
    const { root } = await read(invoice({ credits: [{ name: 'free', amountCents: cents(-3_000n) }] }));
    const [usage, credits, totals] = tagged(root, 'Table');
    for (const table of [usage, credits]) {
      expect(table?.children[0]?.children.map(({ tag, scope }) => `${tag} ${scope}`)).toEqual(
        table?.children[0]?.children.map(() => 'TH Column'),
      );
    }
    for (const row of totals?.children ?? []) {
      expect(row.children.map(({ tag, scope }) => [tag, scope])).toEqual([
        ['TH', 'Row'],
        ['TD', undefined],
      ]);
    }
    for (const table of [usage, credits, totals]) {
      expect(new Set(table?.children.map((row) => row.children.length)).size).toBe(1);
    }
  });
});

describe('how it is cut into pages', () => {
  const long = () => invoice({ usage: [{ month: '2025-01', late: false, lines: manyLines(120) }] });

  test('each page says which of how many it is, and repeats the head of a table as an artefact', async () => {
    const { shown, pages } = await read(long());
    expect(pages).toBe(4);
    for (let page = 0; page < pages; page++) {
      const artefacts = shown.filter((each) => each.page === page && each.artifact).map(({ text }) => text);
      expect(artefacts).toContain(`Page ${page + 1} of 4`);
      expect(artefacts).toContain('Invoice acme-0001 · Rechenwerk GmbH');
      expect(artefacts.includes('Price per minute')).toBe(page > 0);
    }
    expect(shown.filter(({ text, artifact }) => text === 'Price per minute' && !artifact)).toHaveLength(1);
  });

  test('no row is torn, none is lost, and nothing runs into the foot', async () => {
    const name = 'a-model-whose-name-takes-more-than-one-line-of-its-column-because-somebody-liked-long-names';
    const { root, shown } = await read(
      invoice({ usage: [{ month: '2025-01', late: false, lines: manyLines(120, name) }] }),
    );
    const [usage] = tagged(root, 'Table');
    expect(usage?.children).toHaveLength(121);
    for (const row of usage?.children ?? []) {
      expect(new Set(row.children.flatMap((cell) => cell.shown.map(({ page }) => page))).size).toBe(1);
    }
    const foot = Math.max(...shown.filter(({ text }) => text.startsWith('Rechenwerk GmbH, Amts')).map(({ y }) => y));
    expect(Math.min(...shown.filter(({ text }) => text === 'A10Gx4x16').map(({ y }) => y))).toBeGreaterThan(foot + 10);
  });

  test('a title is never the last thing on a page, and the totals stay together', async () => {
    for (let lines = 15; lines < 40; lines++) {
      const { root } = await read(
        invoice({
          usage: [{ month: '2025-01', late: false, lines: manyLines(lines) }],
          credits: [{ name: 'free', amountCents: cents(-1n) }],
        }),
      );
      const [, credits, totals] = tagged(root, 'Table');
      const pagesOf = (element: Element | undefined): number[] => [
        ...(element?.shown.map(({ page }) => page) ?? []),
        ...(element?.children.flatMap(pagesOf) ?? []),
      ];
      const title = tagged(root, 'H2').find((each) => textsOf(each).includes('Credits'));
      expect(new Set([...pagesOf(title), ...pagesOf(credits)]).size).toBe(1);
      expect(new Set(pagesOf(totals)).size).toBe(1);
    }
  });

  test('a text that no page can hold goes on on the next, and nothing is drawn over it', async () => {
    const words = Array.from({ length: 4_000 }, (_, at) => `word${at}`);
    const name = `A discount named ${'by a poet who could not stop '.repeat(250)}`.trim();
    const { root, shown, pages } = await read(
      creditNote({ reason: words.join(' '), discounts: [{ name, amountCents: cents(-61n) }] }),
    );
    expect(pages).toBeGreaterThan(3);
    expect(tagged(root, 'P').flatMap(textsOf).join('')).toContain(words.join(' '));
    const left = Math.min(...shown.map(({ x }) => x));
    for (let page = 0; page < pages; page++) {
      const baselines = shown.filter((each) => each.page === page && each.x === left).map(({ y }) => y);
      const gaps = baselines.sort((one, other) => one - other).map((y, at) => y - (baselines[at - 1] ?? 0));
      expect(Math.min(...gaps)).toBeGreaterThan(9);
    }
    const title = tagged(root, 'H2').find((each) => textsOf(each).includes('Discounts'));
    const [, discounts] = tagged(root, 'Table');
    expect(discounts?.children[0]?.children[0]?.shown[0]?.page).toBe(title?.shown[0]?.page);
    expect(discounts?.children[1]?.children[0]?.shown[0]?.page).toBe(title?.shown[0]?.page);
  });
});

describe('how it is set', () => {
  test('numbers of a column stand under one another by the decimal point', async () => {
    const { root } = await read(invoice());
    const [usage] = tagged(root, 'Table');
    for (const column of [4, 5]) {
      const points = usage?.children.slice(1).map((row) => {
        const [number] = row.children[column]?.shown ?? [];
        return number?.edges[number.text.indexOf('.')] ?? Number.NaN;
      });
      expect(Math.max(...(points ?? [])) - Math.min(...(points ?? []))).toBeLessThan(0.01);
    }
  });

  test.each([
    ['an id of 128 characters without a break', 'W'.repeat(128)],
    ['words', 'one model that is named by a whole sentence '.repeat(3).trim()],
    ['Arabic', 'نموذج التعرف على الكلام الطويل جدا '.repeat(6).trim()],
  ])('%s is wrapped within its column and not cut', async (_, model) => {
    const { root } = await read(invoice({ usage: [{ month: '2025-01', late: false, lines: [usageLine({ model })] }] }));
    const [first, second] = tagged(root, 'Table')[0]?.children[1]?.children ?? [];
    if (first === undefined) throw new Error('the table has no cell');
    expect(first.shown.length).toBeGreaterThan(1);
    const versionLeft = second?.shown[0]?.x ?? 0;
    for (const { edges } of first.shown) expect(Math.max(...edges)).toBeLessThan(versionLeft);
    expect(textsOf(first).join('')).toBe(model);
  });
});
