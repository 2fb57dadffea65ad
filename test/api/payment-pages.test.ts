// The pages behind links in e-mails, pressed as a browser without script would, at the emulator's own page.
import { fillCheckout } from '../stripe/fill-checkout';
import { invoiceId, type PayingBook, publicUrl, startPayingBook } from './paying-book';

let book: PayingBook;
beforeEach(async () => {
  book = await startPayingBook();
  await book.issue();
});
afterEach(() => book.close());

const visit = (url: string) => book.app.inject({ method: 'GET', url });
const press = (url: string) =>
  book.app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: '',
  });
const payLink = () => book.link({ task: 'pay', invoice: invoiceId() });
const attempts = () => book.db('payment_attempts').select('number', 'kind', 'state').orderBy('number');
const invoice = () => book.db('invoices').where({ id: invoiceId() }).first('status', 'remaining_cents');
const pathOf = (url: unknown) => String(url).slice(publicUrl.length);
const visa = { number: '4242424242424242' };

/** What is read of a page, without its markup. */
const textOf = (html: string) => html.replace(/<style>[\s\S]*<\/style>|<[^>]+>/g, ' ').replace(/\s+/g, ' ');

test('an invoice is shown and paid, and the page that the customer returns to knows it at once', async () => {
  const link = await payLink();
  const shown = await visit(link);
  expect(shown.statusCode).toBe(200);
  expect(textOf(shown.body)).toMatch(/Pay invoice acme-0001 \$6\.00 Due now .* Usage in January 2025 .* Pay \$6\.00/);
  const sent = await press(link);
  expect(sent.statusCode).toBe(303);
  const { ledTo } = await fillCheckout(String(sent.headers['location']), visa);
  const back = await visit(pathOf(ledTo));
  expect([back.statusCode, textOf(back.body)]).toEqual([200, expect.stringContaining('$6.00 is paid')]);
  expect(await invoice()).toEqual({ status: 'paid', remaining_cents: 0n });
  expect(await attempts()).toEqual([{ number: 1, kind: 'checkout', state: 'paid' }]);
  for (const again of [await visit(link), await press(link)]) {
    expect([again.statusCode, textOf(again.body)]).toEqual([200, expect.stringContaining('acme-0001 is paid')]);
  }
});

test('looking changes nothing, and pressing three times is one page', async () => {
  const link = await payLink();
  for (let time = 0; time < 3; time++) await visit(link);
  expect(await attempts()).toEqual([]);
  const pressed = await Promise.all([press(link), press(link), press(link)]);
  expect(new Set(pressed.map(({ headers }) => headers['location'])).size).toBe(1);
  expect(await attempts()).toEqual([{ number: 1, kind: 'checkout', state: 'open' }]);
  expect((await book.emulator.stripe.checkout.sessions.list()).data).toHaveLength(1);
});

test('who paid and did not come back, and presses again, is told that it is paid', async () => {
  const link = await payLink();
  await fillCheckout(String((await press(link)).headers['location']), visa);
  const again = await press(link);
  expect([again.statusCode, textOf(again.body)]).toEqual([200, expect.stringContaining('is paid')]);
  expect(await invoice()).toMatchObject({ status: 'paid' });
});

test('a bank debit is under way for days, and nothing else is begun meanwhile', async () => {
  const link = await payLink();
  const { ledTo } = await fillCheckout(String((await press(link)).headers['location']), { account: '000123456789' });
  expect(textOf((await visit(pathOf(ledTo))).body)).toContain('your payment is under way');
  expect(await attempts()).toEqual([{ number: 1, kind: 'checkout', state: 'processing' }]);
  expect([(await visit(link)).statusCode, (await press(link)).statusCode]).toEqual([200, 409]);
});

test('during an attempt by the calendar the page says so', async () => {
  await book.db('payment_attempts').insert({
    workspace_id: 'acme',
    invoice_id: invoiceId(),
    number: 1,
    kind: 'charge',
    amount_cents: '600',
    method: 'pm_1',
    body: '{}',
    state: 'sending',
    made_at: new Date(book.nowMs()).toISOString(),
  });
  const pressed = await press(await payLink());
  expect([pressed.statusCode, textOf(pressed.body)]).toEqual([
    409,
    expect.stringContaining('A payment of invoice acme-0001 is under way'),
  ]);
  expect((await book.emulator.stripe.checkout.sessions.list()).data).toEqual([]);
});

test('a page that has expired is replaced by another', async () => {
  const link = await payLink();
  const first = (await press(link)).headers['location'];
  book.advance(24 * 3_600_000);
  const second = (await press(link)).headers['location'];
  expect(second).not.toBe(first);
  expect((await attempts()).map(({ state }) => state)).toEqual(['expired', 'open']);
});

test.each(['timeout_after', 'error_after', 'reset_after', 'reset_before', 'error_before', 'rate_limited'])(
  'when the making of a page fails by %s, it is said kindly, and the next press makes one page in all',
  async (kind) => {
    const link = await payLink();
    await book.emulator.throwSwitch('faults', { on: 'POST /v1/checkout/sessions', kind, times: 2 });
    const failed = await press(link);
    expect([failed.statusCode, textOf(failed.body)]).toEqual([503, expect.stringContaining('nothing was charged')]);
    await fetch(`${book.emulator.url}/_emulator/faults`, { method: 'DELETE' });
    let sent = await press(link);
    // What Stripe failed itself it answers again under the same key: another is tried after ten minutes.
    if (sent.statusCode === 503) {
      book.advance(11 * 60_000);
      sent = await press(link);
    }
    expect(sent.statusCode).toBe(303);
    const { ledTo } = await fillCheckout(String(sent.headers['location']), visa);
    await visit(pathOf(ledTo));
    expect(await invoice()).toMatchObject({ status: 'paid' });
    const paid = (await book.emulator.stripe.paymentIntents.list()).data.filter(({ status }) => status === 'succeeded');
    expect(paid).toHaveLength(1);
  },
  30_000,
);

test('links that are good for nothing say why', async () => {
  const [pay, method] = [await payLink(), await book.link({ task: 'method' })];
  const unknown = `/pay/${'x'.repeat(43)}`;
  for (const url of [unknown, pay.replace('/pay/', '/method/'), method.replace('/method/', '/pay/'), '/pay/short']) {
    expect([(await visit(url)).statusCode, (await press(url)).statusCode]).toEqual([404, 404]);
  }
  book.advance(60 * 86_400_000);
  for (const url of [pay, method]) {
    expect([(await visit(url)).statusCode, (await press(url)).statusCode]).toEqual([410, 410]);
    expect(textOf((await visit(url)).body)).toContain('has expired');
  }
});

test('a method is added by its link, which is done with it', async () => {
  const link = await book.link({ task: 'method' });
  expect(textOf((await visit(link)).body)).toContain('No payment method is on file');
  const { ledTo } = await fillCheckout(String((await press(link)).headers['location']), { ...visa, exp: '01 / 26' });
  expect(textOf((await visit(pathOf(ledTo))).body)).toContain('Visa ending 4242');
  expect([(await visit(link)).statusCode, (await press(link)).statusCode]).toEqual([410, 410]);
  book.advance(86_400_000);
  const later = await visit(await book.link({ task: 'method' }));
  expect(textOf(later.body)).toMatch(/Replace your payment method .* Visa ending 4242 Expires 01\/2026/);
});

test('a page runs no script, loads nothing, is framed by nobody, kept by nobody, and tells its address to nobody', async () => {
  const { headers, body } = await visit(await payLink());
  expect(body).not.toMatch(/<script|<link(?! rel="icon")|<img| on\w+=| style=/i);
  expect(headers).toMatchObject({
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex, nofollow',
  });
  const policy = String(headers['content-security-policy']);
  expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; .*frame-ancestors 'none'; base-uri 'none'$/);
  expect(policy).not.toMatch(/unsafe|\*/);
});

test('names that would be markup are text', async () => {
  await book.db('payment_methods').insert({
    workspace_id: 'acme',
    method: 'pm_1',
    type: 'us_bank_account',
    last4: '6789',
    bank_name: '<script>alert(1)</script>',
    added_at: '2025-01-01T00:00:00Z',
    updated_at: '2025-01-01T00:00:00Z',
  });
  expect((await visit(await book.link({ task: 'method' }))).body).toContain(
    '&lt;script&gt;alert(1)&lt;/script&gt; account',
  );
});
