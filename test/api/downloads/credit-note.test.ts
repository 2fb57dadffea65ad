// A credit note's downloads, read back by other libraries than those that made them, and compared with the credit note.
import { parse } from 'csv-parse/sync';
import { lineColumns } from '../../../api/downloads/document-lines';
import { createApiKey } from '../../../commands/create-key';
import type { Correction } from '../../../contract/corrections';
import type { CreditNote } from '../../../contract/credit-notes';
import { readPdf, textsOf } from '../../gateways/pdf/reading';
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from '../minutebook';

let book: Minutebook;
let note: CreditNote;
const invoice = 'inv:acme:2025-01:usage:1';
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-02-10T12:00:00Z', freeCreditsUsd: '12' });
  await withAcme(book);
  await book.call('PUT', '/v1/workspaces/acme/terms', {
    body: {
      effectiveFrom: '2025-01-01T00:00:00Z',
      plan: 'p',
      volumeTiers: [
        { upTo: '5', percent: 0 },
        { upTo: null, percent: 20 },
      ],
    },
  });
  await sendUsage(book, [report('2025-01-02T00:00:00Z', '2025-01-08T00:00:00Z')], '2025-02-01T00:00:00Z');
  await book.meter();
  await book.activities.billing.finalizeInvoice({ workspace: 'acme', month: '2025-01' });
  // The note names the buyer as its invoice does.
  await book.call('PATCH', '/v1/workspaces/acme/billing', { body: { name: 'Somebody else' } });
  const { model } = report('2025-01-02T00:00:00Z', '2025-01-02T01:00:00Z');
  const { body } = await book.call<Correction>('POST', '/v1/workspaces/acme/corrections', {
    body: {
      key: 'stuck',
      reason: '=The replicas were stuck',
      void: [{ model, from: '2025-01-02T00:00:00Z', to: '2025-01-05T00:00:00Z' }],
    },
  });
  const [only] = body.creditNotes;
  if (only === undefined) throw new Error('the correction has no credit note');
  note = only;
});
afterAll(() => book.close());

const get = (path: string, headers: { readonly [name: string]: string } = {}) =>
  book.app.inject({
    url: `/v1/credit-notes/${path}`,
    headers: { authorization: `Bearer ${book.keys.admin}`, ...headers },
  });
const textOf = async (id: string) => textsOf((await readPdf((await get(`${id}/pdf`)).rawPayload)).root);

test('its PDF says what it says: its invoice, its reason, its lines, its amount', async () => {
  const text = await textOf(note.id);
  expect(text).toEqual(
    expect.arrayContaining([
      'Credit note number acme-CN-0001',
      'For invoice acme-0001',
      'Period January 2025',
      'Reason: =The replicas were stuck',
      'Usage of January 2025, credited',
      `${note.amount} USD credited`,
      `This credit note lowers what is to be paid by ${note.amount} USD.`,
    ]),
  );
  expect(note.lines.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['usage', 'volume_discount']));
  for (const line of note.lines) expect(text).toContain(line.amount);
  expect(text[text.indexOf('Credited (USD)') + 1]).toBe(note.amount);
  expect(text.join('\n')).not.toContain('Somebody else');
});

test('it is the same bytes each time, and known by its tag', async () => {
  const [one, other] = [await get(`${note.id}/pdf`), await get(`${note.id}/pdf`)];
  expect(one.headers).toMatchObject({
    'content-type': 'application/pdf',
    'content-disposition': 'attachment; filename="credit-note-acme-CN-0001.pdf"',
  });
  expect(one.rawPayload.equals(other.rawPayload)).toBe(true);
  const known = await get(`${note.id}/pdf`, { 'if-none-match': String(one.headers['etag']) });
  expect([known.statusCode, known.body]).toEqual([304, '']);
});

test('its CSV has its lines, whose amounts add up to it', async () => {
  const { body, headers } = await get(`${note.id}/csv`);
  expect(headers).toMatchObject({
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': 'attachment; filename="credit-note-acme-CN-0001.csv"',
  });
  const rows: { readonly [column: string]: string }[] = parse(body, { columns: true, record_delimiter: '\r\n' });
  expect(rows).toEqual(
    note.lines.map((line) => Object.fromEntries(lineColumns.map((column) => [column, String(line[column] ?? '')]))),
  );
  const centsOf = (amount: string | undefined) => Math.round(Number(amount) * 100);
  expect(rows.reduce((sum, { amount }) => sum + centsOf(amount), 0)).toBe(centsOf(note.amount));
});

test('goodwill is one line of money, whose text is no formula', async () => {
  const { body } = await book.call<CreditNote>('POST', `/v1/invoices/${invoice}/credit-notes`, {
    body: { key: 'sorry', reason: '=1+1', amount: '0.05' },
  });
  const [row] = parse<{ readonly [column: string]: string }>((await get(`${body.id}/csv`)).body, { columns: true });
  expect(row).toMatchObject({ kind: 'goodwill', description: "'=1+1", amount: '0.05', model: '' });
  const text = await textOf(body.id);
  expect(text).toContain('0.05 USD credited');
  expect(text.join()).not.toMatch(/Usage of|About the minutes/);
});

test("the invoice's PDF says what was credited of it", async () => {
  const answer = await book.app.inject({
    url: `/v1/invoices/${invoice}/pdf`,
    headers: { authorization: `Bearer ${book.keys.admin}` },
  });
  const text = textsOf((await readPdf(answer.rawPayload)).root);
  const { body } = await book.call<{ readonly credited: string; readonly remaining: string }>(
    'GET',
    `/v1/invoices/${invoice}`,
  );
  expect(Number(body.credited)).toBeGreaterThan(0);
  expect(text[text.indexOf('Credited') + 1]).toBe(`-${body.credited}`);
  expect(text[text.indexOf('Remaining to pay (USD)') + 1]).toBe(body.remaining);
});

test.each(['pdf', 'csv'])('a missing one, and another workspace’s for its key, has no %s', async (what) => {
  expect((await get(`cn:acme:9/${what}`)).statusCode).toBe(404);
  if (what === 'pdf') await withAcme(book, 'other');
  const [other, own] = await Promise.all(
    ['other', 'acme'].map((workspace) => createApiKey(book.db, { role: 'workspace', name: `${what} page`, workspace })),
  );
  expect((await get(`${note.id}/${what}`, { authorization: `Bearer ${other}` })).statusCode).toBe(404);
  expect((await get(`${note.id}/${what}`, { authorization: `Bearer ${own}` })).statusCode).toBe(200);
});
