// Adding, replacing and removing what a workspace pays with, at the emulator's own page.
import { settleSetup } from '../../commands/settle-setup';
import { fillCheckout } from '../stripe/fill-checkout';
import { type PayingBook, publicUrl, startPayingBook } from './paying-book';

let book: PayingBook;
beforeEach(async () => {
  book = await startPayingBook();
});
afterEach(() => book.close());

type Page = { readonly url: string; readonly expiresAt: string };
const setUp = (body: object = {}) =>
  book.call<Page>('POST', '/v1/workspaces/acme/payment-method/setup', { body }).then(({ body: page }) => page.url);
const visa = { number: '4242424242424242', exp: '03 / 27' };
const mastercard = { number: '5555555555554444', exp: '12 / 29' };
const read = () => book.call<object>('GET', '/v1/workspaces/acme/payment-method');
const comeBack = (ledTo: string | null) =>
  book.app.inject({ method: 'GET', url: (ledTo ?? '').slice(publicUrl.length) });
const add = async (card: typeof visa, body: object = {}) =>
  comeBack((await fillCheckout(await setUp(body), card)).ledTo);
const rows = () => book.db('payment_methods').select('state', 'last4', 'detached_at').orderBy('last4');
const detachAll = async () => {
  for (const { arguments: of } of await book
    .db('outbox')
    .where({ workflow_type: 'detachMethod' })
    .select('arguments')) {
    await book.activities.stripe.detachMethod(of);
  }
};

test('none is on file, and then the one that was typed: brand, last four, expiry and nothing more', async () => {
  expect((await read()).status).toBe(404);
  const page = await add(visa);
  expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(page.body).toContain('Visa ending 4242');
  expect((await read()).body).toEqual({ type: 'card', brand: 'visa', last4: '4242', expMonth: 3, expYear: 2027 });
});

test('the customer is sent back to where the platform wants him', async () => {
  const returnUrl = 'https://app.example.com/billing?tab=1';
  const back = await add(visa, { returnUrl });
  expect([back.statusCode, back.headers['location']]).toEqual([303, returnUrl]);
  expect((await read()).status).toBe(200);
});

test.each([
  'http://app.example.com',
  'javascript:alert(1)',
  'app.example.com',
  'https://user:pass@app.example.com',
  'https://app.example.com/{CHECKOUT_SESSION_ID}',
  'https://evil.example/billing',
  'https://app.example.com.evil.example/',
  `https://app.example.com/${'a'.repeat(2000)}`,
])('he is not sent to %.50s', async (returnUrl) => {
  const { status, body } = await book.call('POST', '/v1/workspaces/acme/payment-method/setup', { body: { returnUrl } });
  expect([status, body.faults?.[0]?.field]).toEqual([400, 'returnUrl']);
});

test('asked for at once and again it is one page, and one for each place that it leads back to', async () => {
  const [one, two] = await Promise.all([setUp(), setUp()]);
  expect(two).toBe(one);
  expect(await setUp()).toBe(one);
  expect(await setUp({ returnUrl: 'https://app.example.com' })).not.toBe(one);
  expect((await book.emulator.stripe.customers.list()).data).toHaveLength(1);
});

test('a page that is about to close is replaced by a new one', async () => {
  const one = await setUp();
  book.advance(23.7 * 3_600_000);
  expect(await setUp()).not.toBe(one);
});

test('a new one takes the place of the old, which is detached; settled twice it is the same', async () => {
  await add(visa);
  const { ledTo } = await fillCheckout(await setUp(), mastercard);
  for (let time = 0; time < 2; time++) expect((await comeBack(ledTo)).statusCode).toBe(200);
  expect((await read()).body).toMatchObject({ brand: 'mastercard', last4: '4444', expMonth: 12, expYear: 2029 });
  await detachAll();
  expect(await rows()).toEqual([
    { state: 'replaced', last4: '4242', detached_at: expect.any(Number) },
    { state: 'active', last4: '4444', detached_at: null },
  ]);
  const customer = (await book.db('payment_customers').first()).customer as string;
  const left = await book.emulator.stripe.customers.listPaymentMethods(customer);
  expect(left.data.map(({ card }) => card?.last4)).toEqual(['4444']);
});

test('one that was typed first and heard of last does not replace the later one', async () => {
  const [first, second] = [await setUp(), await setUp({ returnUrl: 'https://app.example.com' })];
  const sessionOf = (ledTo: string | null) => (ledTo ?? '').split('/').at(-1) ?? '';
  const early = sessionOf((await fillCheckout(first, visa)).ledTo);
  book.advance(2000);
  await comeBack((await fillCheckout(second, mastercard)).ledTo);
  const [row] = await book.db('setup_sessions').where({ session: early }).select('session');
  const reading = await book.charging.payments.readSession(row.session);
  if (reading === undefined) throw new Error('the emulator has lost the session');
  await settleSetup(book.charging, reading);
  expect((await read()).body).toMatchObject({ last4: '4444' });
  expect((await rows()).map(({ state, last4 }) => [state, last4])).toEqual([
    ['replaced', '4242'],
    ['active', '4444'],
  ]);
});

test('a bank account that is still to be verified is not on file yet, and its session stays open', async () => {
  await setUp();
  const { session } = await book.db('setup_sessions').first('session');
  const open = await book.charging.payments.readSession(session);
  if (open === undefined) throw new Error('the emulator has lost the session');
  const setup = { setupIntent: 'seti_1', paymentMethod: null, mandate: null };
  expect(await settleSetup(book.charging, { ...open, status: 'complete', setup })).toEqual({ kind: 'to_be_verified' });
  expect(await book.db('setup_sessions').first('state')).toEqual({ state: 'open' });
  expect((await read()).status).toBe(404);
});

test('it is removed at once, and detached when no attempt with it is in flight', async () => {
  await add(visa);
  await book.issue();
  const { method } = await book.db('payment_methods').first('method');
  await book.db('payment_attempts').insert({
    workspace_id: 'acme',
    invoice_id: 'inv:acme:2025-01:usage:1',
    number: 1,
    kind: 'charge',
    amount_cents: '600',
    method,
    body: '{}',
    state: 'processing',
    made_at: new Date(book.nowMs()).toISOString(),
  });
  const remove = () => book.call<object>('DELETE', '/v1/workspaces/acme/payment-method');
  expect((await remove()).body).toEqual({ removed: true });
  expect((await remove()).body).toEqual({ removed: false });
  expect((await read()).status).toBe(404);
  expect(await book.activities.stripe.detachMethod({ workspace: 'acme', method })).toBe('in_flight');
  await book.db('payment_attempts').update({ state: 'declined', settled_at: new Date(book.nowMs()).toISOString() });
  expect(await book.activities.stripe.detachMethod({ workspace: 'acme', method })).toBe('detached');
  expect(await book.activities.stripe.detachMethod({ workspace: 'acme', method })).toBe('detached');
  expect(await rows()).toEqual([{ state: 'removed', last4: '4242', detached_at: expect.any(Number) }]);
});

test('a new one wakes the collecting of each unpaid invoice, in the transaction that stores it', async () => {
  await book.issue();
  await book.db('outbox').delete();
  await add(visa);
  const woken = await book.db('outbox').where({ workflow_type: 'collectPayment' }).select('workflow_id', 'signal_name');
  expect(woken).toEqual([{ workflow_id: 'collect:inv:acme:2025-01:usage:1', signal_name: 'woken' }]);
});

test('a bank account is kept by its last four, too', async () => {
  const { ledTo } = await fillCheckout(await setUp(), { account: '000123456789' });
  expect((await comeBack(ledTo)).body).toContain('account ending 6789');
  expect((await read()).body).toEqual({ type: 'us_bank_account', last4: '6789' });
});

test('nothing is stored of a visit that came to nothing', async () => {
  const url = await setUp();
  expect((await fillCheckout(url, { number: '4000000000000002' })).ledTo).toBeNull();
  const { session } = await book.db('setup_sessions').first('session');
  const page = await book.app.inject({ method: 'GET', url: `/return/${session}` });
  expect([page.statusCode, page.body.includes('Nothing was changed')]).toEqual([200, true]);
  expect(await rows()).toEqual([]);
  expect((await book.app.inject({ method: 'GET', url: '/return/cs_unknown' })).statusCode).toBe(404);
});

test('while Stripe is away it is said, and the customer who comes back is not kept waiting', async () => {
  const { ledTo } = await fillCheckout(await setUp(), visa);
  await book.emulator.throwSwitch('faults', { on: 'GET /v1/checkout/sessions/:id', kind: 'error_before', times: 1 });
  const page = await comeBack(ledTo);
  expect([page.statusCode, page.body.includes('still telling us')]).toEqual([200, true]);
  expect((await comeBack(ledTo)).body).toContain('Visa ending 4242');
  await book.emulator.throwSwitch('faults', { on: 'POST /v1/checkout/sessions', kind: 'error_before', times: 1 });
  const away = await book.call('POST', '/v1/workspaces/acme/payment-method/setup', { body: {} });
  expect([away.status, away.body.code]).toEqual([503, 'unavailable']);
});

test('the name at Stripe follows the workspace', async () => {
  await setUp();
  await book.call('PUT', '/v1/workspaces/acme', { body: { name: 'Acme Ltd.', billingEmail: 'new@acme.example' } });
  await setUp();
  const { customer } = await book.db('payment_customers').first('customer');
  const kept = await book.emulator.stripe.customers.retrieve(customer);
  expect(kept).toMatchObject({ name: 'Acme Ltd.', email: 'new@acme.example', metadata: { workspace: 'acme' } });
});
