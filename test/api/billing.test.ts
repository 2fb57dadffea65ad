// Who buys and who sells: changed by platform and customer, noted, and kept by an invoice as both were at its issue.

import { createApiKey } from '../../commands/create-key';
import type { Invoice } from '../../contract/invoices';
import type { Workspace } from '../../contract/workspaces';
import { testSettings } from '../harness/settings';
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
let customer: string;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-03-10T12:00:00Z', freeCreditsUsd: '0' });
  await withAcme(book);
  await withAcme(book, 'other');
  customer = await createApiKey(book.db, { role: 'workspace', name: 'page', workspace: 'acme' });
});
afterAll(() => book.close());

const address = { line1: 'Street 1', city: 'Berlin', postalCode: '10115', country: 'DE' };
const put = (id: string, billing?: unknown) =>
  book.call<Workspace>('PUT', `/v1/workspaces/${id}`, {
    key: book.keys.platform,
    body: { name: 'Acme', billingEmail: 'billing@acme.example', ...(billing === undefined ? {} : { billing }) },
  });
const patch = (body: unknown, key = customer, id = 'acme') =>
  book.call<Workspace>('PATCH', `/v1/workspaces/${id}/billing`, { key, body });
const changes = () =>
  book.db('audit_log').where('action', 'like', 'workspace.%_changed').orderBy('id').select('actor', 'before', 'after');

test("a platform's nightly sync keeps what the customer wrote", async () => {
  expect((await put('acme', { name: 'Acme GmbH', purchaseOrder: 'PO 1' })).body.billing).toEqual({
    name: 'Acme GmbH',
    purchaseOrder: 'PO 1',
  });
  const written = { address, taxId: 'VAT DE1', purchaseOrder: 'PO 2', emails: ['ap@acme.example'] };
  expect((await patch(written)).body.billing).toEqual({ name: 'Acme GmbH', ...written });
  expect((await put('acme')).body.billing).toEqual({ name: 'Acme GmbH', ...written });
  expect((await put('acme', {})).body.billing).toEqual({ name: 'Acme GmbH', ...written });
  const { body } = await put('acme', { name: 'Acme SE' });
  expect(body.billing).toEqual({ name: 'Acme SE', ...written });
});

test('each change is in the audit log once, by who made it; what changes nothing is not', async () => {
  const rows = await changes();
  expect(rows.map(({ actor }) => actor)).toEqual(['platform:tests', 'workspace:page', 'platform:tests']);
  expect(rows.at(-1)).toMatchObject({ before: { name: 'Acme GmbH' }, after: { name: 'Acme SE', taxId: 'VAT DE1' } });
});

test('null clears a field, an empty list the e-mails, and null for all of it everything', async () => {
  const { body } = await patch({ taxId: null, emails: [] });
  expect(body.billing).toEqual({ name: 'Acme SE', address, purchaseOrder: 'PO 2' });
  expect((await put('acme', null)).body.billing).toEqual({});
  const read = await book.call<Workspace>('GET', '/v1/workspaces/acme', { key: customer });
  expect(read.body.billing).toEqual({});
});

test('a new workspace may bring its billing details', async () => {
  expect((await put('born', { taxId: 'VAT DE2', address: { ...address, line2: 'c/o' } })).body.billing).toEqual({
    taxId: 'VAT DE2',
    address: { ...address, line2: 'c/o' },
  });
});

test('two at once, each its field, both stay', async () => {
  await Promise.all([patch({ taxId: 'VAT DE3' }), patch({ purchaseOrder: 'PO 3' }, book.keys.admin)]);
  expect((await patch({})).body.billing).toEqual({ taxId: 'VAT DE3', purchaseOrder: 'PO 3' });
});

test("a workspace's key changes its own alone, and nothing else of the workspace", async () => {
  expect((await patch({ taxId: 'x' }, customer, 'other')).status).toBe(404);
  expect((await patch({ taxId: 'x' }, book.keys.admin, 'nowhere')).status).toBe(404);
  const body = { name: 'Mine', billingEmail: 'a@b.example' };
  expect((await book.call('PUT', '/v1/workspaces/acme', { key: customer, body })).status).toBe(403);
});

test('an invoice names both as they were at its issue, whatever becomes of them', async () => {
  await patch({ name: 'Acme \u202eHBmG', address, emails: ['ap@acme.example', 'BILLING@acme.example'] });
  await book.call('PUT', '/v1/workspaces/acme/terms', {
    body: { effectiveFrom: '2025-01-31T23:00:00Z', plan: 'enterprise', collection: 'invoice', netDays: 14 },
  });
  await sendUsage(book, [report('2025-01-02T00:00:00Z', '2025-01-02T01:00:00Z')], '2025-03-01T00:00:00Z');
  await book.meter();
  await book.activities.billing.finalizeInvoice({ workspace: 'acme', month: '2025-01' });
  await patch({ name: 'Somebody else', address: null, taxId: null, purchaseOrder: null, emails: null });
  const { body } = await book.call<Invoice>('GET', '/v1/invoices/inv:acme:2025-01:usage:1', { key: customer });
  expect(body).toMatchObject({
    issuedAt: '2025-03-10T12:00:00Z',
    dueAt: '2025-03-24T12:00:00Z',
    collection: 'invoice',
  });
  expect(body.seller).toEqual(testSettings().seller);
  expect(body.buyer).toEqual({
    name: 'Acme \u202eHBmG',
    address,
    taxId: 'VAT DE3',
    purchaseOrder: 'PO 3',
    emails: ['billing@acme.example', 'ap@acme.example'],
  });
});

test.each([
  ['seller', `'{"name": "S"}'`],
  ['buyer', `'{"name": "B"}'`],
  ['collection', `'charge'`],
  ['due_at', 'now()'],
])('the %s of an issued invoice never changes', async (column, value) => {
  await expect(book.db.raw(`update invoices set ${column} = ${value}`)).rejects.toThrow(/content never changes/);
});
