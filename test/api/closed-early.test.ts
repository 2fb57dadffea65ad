// A month that one workspace closed early: prices may still change from after its closing, for it and for everybody.
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-02-10T12:20:00Z', freeCreditsUsd: '0' });
  await withAcme(book);
  await sendUsage(book, [report('2025-02-10T12:00:00Z', '2025-02-10T12:10:00Z')], '2025-02-10T12:10:00Z');
  await book.activities.billing.finalizeInvoice({ workspace: 'acme', month: '2025-01' });
  await book.call('POST', '/v1/workspaces/acme/periods/2025-02/close');
  await book.activities.billing.finalizeInvoice({ workspace: 'acme', month: '2025-02' });
});
afterAll(() => book.close());

const put = (effectiveFrom: string) =>
  book.call('PUT', '/v1/prices', { body: [{ instanceType: 'gpu', usdPerMinute: '0.5', effectiveFrom }] });

test('an hour that the invoice may hold keeps its price', async () => {
  expect(await put('2025-02-10T12:00:00Z')).toMatchObject({ status: 409, body: { code: 'invoiced_hours' } });
});

test('an hour after the closing gets another, and what is used in it is owed at that price', async () => {
  expect(await put('2025-02-10T13:00:00Z')).toMatchObject({ status: 200 });
  book.setClock('2025-02-10T14:00:00Z');
  await sendUsage(book, [report('2025-02-10T13:00:00Z', '2025-02-10T13:02:00Z')], '2025-02-10T14:00:00Z');
  await book.meter();
  const { body } = await book.call<{ unbilled: unknown }>('GET', '/v1/workspaces/acme/usage?period=2025-02');
  expect(body.unbilled).toEqual({ listAmount: '1.000000000' });
});
