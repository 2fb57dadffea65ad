// An invoice's downloads, read back by another's CSV parser and compared with the invoice.
import { parse } from 'csv-parse/sync';
import { invoiceCsv, lineColumns } from '../../../api/downloads/document-lines';
import { usageCsv } from '../../../api/downloads/usage-hours';
import { createClient } from '../../../client/http';
import { UnreachableError } from '../../../client/problem';
import { type Invoice, InvoiceLine } from '../../../contract/invoices';
import { type BilledHour, linesAFetch, readBilledHours } from '../../../db/billing/billed-hours';
import { readInvoice, type StoredInvoice } from '../../../db/billing/invoices-read';
import { cents, centsToNanos, parseUsd } from '../../../domain/money';
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from '../minutebook';

let book: Minutebook;
const small = 'inv:acme:2025-01:usage:1';
const withLate = 'inv:acme:2025-02:usage:1';
const models = 13;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-03-10T12:00:00Z', freeCreditsUsd: '5' });
  await withAcme(book);
  await book.call('PUT', '/v1/prices', {
    body: [{ instanceType: '=2*gpu,"x"', usdPerMinute: '0.000000007', effectiveFrom: '2025-01-01T00:00:00Z' }],
  });
  const named = report('2025-01-02T00:00:30Z', '2025-01-02T03:10:00Z', {
    model: '=HYPERLINK("http://x")',
    version: '-1+1',
    instanceType: '=2*gpu,"x"',
  });
  await sendUsage(book, [named, report('2025-01-02T00:00:00Z', '2025-01-02T20:05:00Z')], '2025-02-01T00:00:00Z');
  await book.meter();
  await book.activities.billing.finalizeInvoice({ workspace: 'acme', month: '2025-01' });
  const late = report('2025-01-03T00:00:00Z', '2025-01-03T02:00:00Z');
  const whole = Array.from({ length: models }, (_, at) =>
    report('2025-02-01T00:00:00Z', '2025-03-01T00:00:00Z', { model: `m${at}`, replica: `r${at}` }),
  );
  await sendUsage(book, [late, ...whole], '2025-03-01T00:00:00Z');
  await book.meter();
  await book.activities.billing.finalizeInvoice({ workspace: 'acme', month: '2025-02' });
});
afterAll(() => book.close());

type Row = { readonly [column: string]: string };
const download = async (path: string) => {
  const { body, headers } = await book.call<string>('GET', `/v1/invoices/${path}`);
  const rows: Row[] = parse(body, { columns: true, record_delimiter: '\r\n' });
  return { body, headers, rows };
};
const invoiceOf = async (id: string) => (await book.call<Invoice>('GET', `/v1/invoices/${id}`)).body;
const storedOf = async (id: string): Promise<StoredInvoice> => {
  const stored = await readInvoice(book.db, id);
  if (stored === undefined) throw new Error(`there is no ${id}`);
  return stored;
};
const asWritten = (cell: string | undefined) => cell?.replace(/^'/, '');
const nanosOf = (text: string | undefined): bigint => {
  const amount = parseUsd(text ?? '');
  if (amount === undefined) throw new Error(`no amount: ${text}`);
  return amount;
};
const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);

test('the columns of the lines are the fields of a line', () => {
  expect([...lineColumns].sort()).toEqual(Object.keys(InvoiceLine.properties).sort());
});

test('the lines are those of the invoice, and their amounts add up to its total', async () => {
  const invoice = await invoiceOf(small);
  const { rows, headers } = await download(`${small}/csv`);
  expect(headers).toMatchObject({
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': 'attachment; filename="invoice-acme-0001.csv"',
  });
  const expected = invoice.lines.map((line) =>
    Object.fromEntries([
      ...lineColumns.map((column) => [column, String(line[column] ?? '')] as const),
      ['writtenOff', ''],
    ]),
  );
  const figures = ['amount', 'usdPerMinute', 'replicaMinutes'];
  const read = rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, cell]) => [name, figures.includes(name) ? cell : asWritten(cell)]),
    ),
  );
  expect(read).toEqual(expected);
  expect(sum(rows.map((row) => nanosOf(row['amount'])))).toBe(nanosOf(invoice.bill.total));
  expect(rows.at(-1)).toMatchObject({ kind: 'credit', amount: '-5.00' });
});

test('what is written off is the last row, in a column of its own, and no line: the amounts add up to the total', () => {
  const line = { kind: 'usage', description: 'm', period: '2025-01', amount: '1.20' } as const;
  const rows: Row[] = parse(invoiceCsv([line], { writtenOff: '0.45', period: '2025-01' }), { columns: true });
  expect(rows.map(({ kind, amount, writtenOff }) => [kind, amount, writtenOff])).toEqual([
    ['usage', '1.20', ''],
    ['written_off', '', '-0.45'],
  ]);
  expect(rows[1]?.['description']).toBe('Written off: usage after your credits ran out');
});

test('what a spreadsheet would run as a formula does not begin like one', async () => {
  const { rows } = await download(`${small}/csv`);
  const named = rows.find((row) => row['instanceType']?.includes('2*gpu'));
  expect(named).toMatchObject({ model: `'=HYPERLINK("http://x")`, version: `'-1+1`, instanceType: `'=2*gpu,"x"` });
  expect(named?.['description']).toMatch(/^'=/);
});

test.each([small, withLate])('the hours of %s add up to its usage, to the nano-dollar and the minute', async (id) => {
  const invoice = await invoiceOf(id);
  const { rows, headers } = await download(`${id}/usage.csv`);
  expect(headers['content-disposition']).toMatch(/^attachment; filename="invoice-acme-000[12]-usage\.csv"$/);
  expect(sum(rows.map((row) => nanosOf(row['listAmount'])))).toBe(nanosOf(invoice.bill.listAmount));
  for (const row of rows) {
    expect(nanosOf(row['listAmount'])).toBe(nanosOf(row['usdPerMinute']) * BigInt(row['replicaMinutes'] ?? ''));
  }
  for (const line of invoice.lines.filter(({ kind }) => kind === 'usage')) {
    const hours = rows.filter(
      (row) =>
        asWritten(row['model']) === line.model &&
        asWritten(row['version']) === line.version &&
        asWritten(row['instanceType']) === line.instanceType &&
        row['hour']?.startsWith(line.period),
    );
    expect(hours.map((row) => row['hour'])).toEqual(hours.map((row) => row['hour']).sort());
    expect(sum(hours.map((row) => BigInt(row['replicaMinutes'] ?? '')))).toBe(BigInt(line.replicaMinutes ?? -1));
  }
});

test('a big one is read a few lines at a time, each row once, with no transaction in between', async () => {
  const stored = await storedOf(withLate);
  const fetches: (readonly BilledHour[])[] = [];
  for await (const hours of readBilledHours(book.db, stored)) fetches.push(hours);
  expect(fetches.length).toBeGreaterThan(models / linesAFetch);
  expect(Math.max(...fetches.map((hours) => hours.length))).toBe(linesAFetch * 28 * 24);
  const all = fetches.flat();
  expect(all).toHaveLength(models * 28 * 24 + 2);
  expect(
    new Set(all.map(({ hour, model, version, instanceType }) => [hour, model, version, instanceType].join())).size,
  ).toBe(all.length);
});

test('who leaves early has nothing more read for him', async () => {
  let statements = 0;
  const count = () => {
    statements += 1;
  };
  book.db.on('query', count);
  const hours = readBilledHours(book.db, await storedOf(withLate));
  statements = 0;
  await hours.next();
  await hours.return(undefined);
  book.db.removeListener('query', count);
  expect(statements).toBe(1);
});

test('a download whose hours do not add up breaks off: nobody takes it for whole', async () => {
  const stored = await storedOf(small);
  const wrong = { ...stored, listNanos: centsToNanos(cents(1n)) };
  const reading = async () => {
    for await (const chunk of usageCsv(book.db, wrong)) expect(chunk).toBeTruthy();
  };
  await expect(reading()).rejects.toThrow('its hours list');
});

test.each(['csv', 'usage.csv'])('%s of an invoice that is not there is not there', async (file) => {
  expect((await book.call('GET', `/v1/invoices/inv:acme:2024-01:usage:1/${file}`)).status).toBe(404);
  expect((await book.call('GET', `/v1/invoices/..%2f/${file}`)).status).toBe(404);
});

// Last, as it breaks what nobody can break: with the triggers off, an hour of a billed line is lost.
test('over HTTP one that does not add up ends in an error of the client, and not in a shorter file', async () => {
  await book.db.raw('alter table invoice_usage disable trigger user');
  await book.db.raw(
    'delete from invoice_usage where ctid in (select ctid from invoice_usage where invoice_id = ? limit 1)',
    [small],
  );
  const url = await book.app.listen({ port: 0, host: '127.0.0.1' });
  const client = createClient({ url, key: book.keys.admin, patienceMs: 0 });
  await expect(client.getInvoiceUsageCsv(small)).rejects.toThrow(UnreachableError);
  expect(await client.getInvoiceUsageCsv(withLate)).toMatch(/^hour,/);
  expect(await client.getInvoiceCsv(small)).toMatch(/^kind,/);
  expect(Buffer.from((await client.getInvoicePdf(small)).subarray(0, 5)).toString()).toBe('%PDF-');
});
