// An invoice's PDF over HTTP, read back by another library than the one that drew it.
import { isKnown } from '../../../api/etag';
import { createApiKey } from '../../../commands/create-key';
import type { Invoice } from '../../../contract/invoices';
import { readPdf, textsOf } from '../../gateways/pdf/reading';
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from '../minutebook';

let book: Minutebook;
const id = 'inv:acme:2025-02:usage:1';
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-03-10T12:00:00Z', freeCreditsUsd: '12' });
  await withAcme(book);
  await book.call('PUT', '/v1/workspaces/acme/terms', {
    body: {
      effectiveFrom: '2025-01-01T00:00:00Z',
      plan: 'p',
      volumeTiers: [
        { upTo: '5', percent: 0 },
        { upTo: null, percent: 20 },
      ],
      programDiscount: { kind: 'education', percent: 50 },
      collection: 'invoice',
      netDays: 14,
    },
  });
  const first = report('2025-01-02T00:00:00Z', '2025-01-02T05:00:00Z');
  await sendUsage(book, [first], '2025-02-01T00:00:00Z');
  await book.meter();
  await book.activities.billing.finalizeInvoice({ workspace: 'acme', month: '2025-01' });
  await book.call('PATCH', '/v1/workspaces/acme/billing', {
    body: {
      name: 'Acme \u202eHBmG',
      address: { line1: 'Street 1', city: 'Berlin', postalCode: '10115', country: 'DE' },
      taxId: 'VAT DE1',
      purchaseOrder: 'PO-7',
    },
  });
  const late = report('2025-01-03T00:00:00Z', '2025-01-03T02:00:00Z');
  await sendUsage(book, [late, report('2025-02-02T00:00:00Z', '2025-02-08T00:00:00Z')], '2025-03-01T00:00:00Z');
  await book.meter();
  await book.activities.billing.finalizeInvoice({ workspace: 'acme', month: '2025-02' });
});
afterAll(() => book.close());

const get = (of = id, headers: { readonly [name: string]: string } = {}) =>
  book.app.inject({
    url: `/v1/invoices/${of}/pdf`,
    headers: { authorization: `Bearer ${book.keys.admin}`, ...headers },
  });
const textOf = async (of: string) => textsOf((await readPdf((await get(of)).rawPayload)).root);

test('it says what the invoice says: its parties, its dates, its lines in cents, its total', async () => {
  const { body } = await book.call<Invoice>('GET', `/v1/invoices/${id}`);
  const text = await textOf(id);
  expect(text).toEqual(
    expect.arrayContaining(['Invoice number acme-0002', 'Period February 2025', 'Due 24 March 2025']),
  );
  expect(text).toEqual(expect.arrayContaining(['Purchase order PO-7', 'Street 1', '10115 Berlin', 'Tax ID VAT DE1']));
  expect(text).toEqual(expect.arrayContaining(['Usage of January 2025, reported late', 'Usage of February 2025']));
  for (const line of body.lines) expect(text).toContain(line.amount);
  for (const line of body.lines.filter(({ kind }) => kind !== 'usage')) expect(text).toContain(line.description);
  expect(text[text.indexOf('Total (USD)') + 1]).toBe(body.bill.total);
  expect(text[text.indexOf('Remaining to pay (USD)') + 1]).toBe(body.bill.total);
  expect(text).toContain(`${body.bill.total} USD to pay by 24 March 2025`);
});

test('a name that turns the direction of writing turns itself alone', async () => {
  const text = (await textOf(id)).join('\n');
  expect(text).toMatch(/Bill to\nAcme [^\n]*\nStreet 1\n10115 Berlin\nGermany\n/);
});

test('one of $0.00 says that there is nothing to pay', async () => {
  const text = await textOf('inv:acme:2025-01:usage:1');
  expect(text).toEqual(expect.arrayContaining(['Nothing to pay', 'Credits: free']));
  expect(text).toContain('Credits cover this invoice: there is nothing to pay.');
});

test('it is the same bytes each time, and known by its tag', async () => {
  const [one, other] = [await get(), await get()];
  expect(one.headers).toMatchObject({
    'content-type': 'application/pdf',
    'content-disposition': 'attachment; filename="invoice-acme-0002.pdf"',
    'cache-control': 'private, no-cache',
  });
  expect(one.rawPayload.equals(other.rawPayload)).toBe(true);
  const tag = String(one.headers['etag']);
  const known = await get(id, { 'if-none-match': `"x", ${tag}` });
  expect([known.statusCode, known.body, known.headers['etag']]).toEqual([304, '', tag]);
  expect((await get(id, { 'if-none-match': '"x"' })).statusCode).toBe(200);
  expect((await get('inv:acme:2025-01:usage:1')).headers['etag']).not.toBe(tag);
});

test('of a missing invoice, and of another workspace for its key, it is not there', async () => {
  expect((await get('inv:acme:2024-01:usage:1')).statusCode).toBe(404);
  await withAcme(book, 'other');
  const key = await createApiKey(book.db, { role: 'workspace', name: 'page', workspace: 'other' });
  expect((await get(id, { authorization: `Bearer ${key}` })).statusCode).toBe(404);
});

test.each([
  [undefined, false],
  ['*', true],
  ['W/"a"', true],
  ['"a"', true],
  ['"b", W/"a"', true],
  ['"b"', false],
])('If-None-Match: %s', (header, known) => {
  expect(isKnown(header, 'W/"a"')).toBe(known);
});
