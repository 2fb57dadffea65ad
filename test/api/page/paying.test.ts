// What a customer changes from the billing page: paying an invoice, and what it is paid with.
import { fillCheckout } from '../../stripe/fill-checkout';
import type { Problem } from '../minutebook';
import { invoiceId, type PayingBook, startPayingBook } from '../paying-book';
import { type Browser, onThePageOf, ownOrigin } from './browser';

let book: PayingBook;
let browser: Browser;
beforeEach(async () => {
  book = await startPayingBook();
  await book.issue();
  browser = await onThePageOf(book, 'acme');
});
afterEach(() => book.close());

const visa = { number: '4242424242424242' };
const returnUrl = `${ownOrigin}/billing/acme/invoices/${invoiceId()}`;
const pay = (body: object = { returnUrl }) => browser.ask('POST', `/v1/invoices/${invoiceId()}/pay`, body);

test('an invoice is paid on the page of the processor, which leads back to where the customer came from', async () => {
  const first = await pay();
  expect(first.statusCode).toBe(200);
  const { url } = first.json<{ url: string }>();
  expect((await pay()).json()).toEqual({ url });
  const { ledTo } = await fillCheckout(url, visa);
  const back = await browser.visit(ledTo ?? '');
  expect([back.statusCode, back.headers['location']]).toEqual([303, returnUrl]);
  expect((await browser.ask('GET', `/v1/invoices/${invoiceId()}`)).json()).toMatchObject({ status: 'paid' });
  const again = await pay();
  expect([again.statusCode, again.json<Problem>().detail]).toEqual([409, expect.stringContaining('is paid')]);
});

test('while a debit is under way the customer is told so', async () => {
  const { ledTo } = await fillCheckout((await pay()).json<{ url: string }>().url, { account: '000123456789' });
  await browser.visit(ledTo ?? '');
  const { statusCode, body } = await pay();
  expect([statusCode, body]).toEqual([409, expect.stringContaining('under way')]);
});

test('whoever pays without a place to return to is told what came of it', async () => {
  const { ledTo } = await fillCheckout((await pay({})).json<{ url: string }>().url, visa);
  const told = await browser.visit(ledTo ?? '');
  expect([told.statusCode, told.body]).toEqual([200, expect.stringContaining('is paid')]);
});

test('coming back again and again asks nothing more of the processor', async () => {
  const setup = await browser.ask('POST', '/v1/workspaces/acme/payment-method/setup', {});
  const added = await fillCheckout(setup.json<{ url: string }>().url, visa);
  const paid = await fillCheckout((await pay({})).json<{ url: string }>().url, visa);
  const calls = async () => ((await book.emulator.read('calls')) as { total: number }).total;
  for (const { ledTo } of [added, paid]) {
    const first = await browser.visit(ledTo ?? '');
    const before = await calls();
    const again = await browser.visit(ledTo ?? '');
    expect([again.statusCode, again.body, await calls()]).toEqual([200, first.body, before]);
  }
});

test('it leads back to origins that are allowed alone', async () => {
  const { statusCode, body } = await pay({ returnUrl: 'https://evil.example/' });
  expect([statusCode, body]).toEqual([400, expect.stringContaining('RETURN_ORIGINS')]);
});

test('a payment method is added and removed', async () => {
  const setup = await browser.ask('POST', '/v1/workspaces/acme/payment-method/setup', { returnUrl });
  const { ledTo } = await fillCheckout(setup.json<{ url: string }>().url, visa);
  expect((await browser.visit(ledTo ?? '')).headers['location']).toBe(returnUrl);
  const method = '/v1/workspaces/acme/payment-method';
  expect((await browser.ask('GET', method)).json()).toMatchObject({ brand: 'visa', last4: '4242' });
  expect((await browser.ask('DELETE', method)).json()).toEqual({ removed: true });
  expect((await browser.ask('GET', method)).statusCode).toBe(404);
});
