// What the links in e-mails open, asked for as the billing page asks, and paid at the emulator's own page.
import { fillCheckout } from '../stripe/fill-checkout';
import { index, invoiceId, type PayingBook, publicUrl, startPayingBook } from './paying-book';

let book: PayingBook;
beforeEach(async () => {
  book = await startPayingBook();
  await book.issue();
});
afterEach(() => book.close());

const visit = (url: string) => book.app.inject({ method: 'GET', url });
// As the page asks: without a key or a cookie.
const tokenOf = (link: string) => link.slice(link.lastIndexOf('/') + 1);
const read = async (link: string) => {
  const answered = await book.app.inject({ method: 'GET', url: `/v1/links/${tokenOf(link)}` });
  return { status: answered.statusCode, body: answered.json() };
};
const press = (link: string) => book.press(link);
const payLink = () => book.link({ task: 'pay', invoice: invoiceId() });
const attempts = () => book.db('payment_attempts').select('number', 'kind', 'state').orderBy('number');
const invoice = () => book.db('invoices').where({ id: invoiceId() }).first('status', 'remaining_cents');
const pathOf = (url: unknown) => String(url).slice(publicUrl.length);
const visa = { number: '4242424242424242' };

/** What is read of a page, without its markup. */
const textOf = (html: string) => html.replace(/<style>[\s\S]*<\/style>|<[^>]+>/g, ' ').replace(/\s+/g, ' ');

test('an invoice is shown and paid, and the page that the customer returns to knows it at once', async () => {
  const link = await payLink();
  expect(await read(link)).toEqual({
    status: 200,
    body: {
      task: 'pay',
      expiresAt: '2025-04-02T10:00:00Z',
      platform: { name: 'Tests Platform' },
      // Nothing of its lines, its buyer or the workspace.
      invoice: {
        number: 'acme-0001',
        period: '2025-01',
        total: '6.00',
        writtenOff: '0.00',
        remaining: '6.00',
        dueAt: '2025-02-01T10:00:00Z',
        state: 'payable',
        payNow: '6.00',
      },
    },
  });
  const sent = await press(link);
  expect(sent.status).toBe(200);
  const { ledTo } = await fillCheckout(sent.url, visa);
  const back = await visit(pathOf(ledTo));
  expect([back.statusCode, textOf(back.body)]).toEqual([200, expect.stringContaining('$6.00 is paid')]);
  expect(await invoice()).toEqual({ status: 'paid', remaining_cents: 0n });
  expect(await attempts()).toEqual([{ number: 1, kind: 'checkout', state: 'paid' }]);
  expect((await read(link)).body.invoice).toMatchObject({ state: 'paid', remaining: '0.00' });
  expect(await press(link)).toMatchObject({ status: 409, body: { detail: expect.stringContaining('is paid') } });
});

test('looking changes nothing, and pressing three times is one page', async () => {
  const link = await payLink();
  for (let time = 0; time < 3; time++) await Promise.all([visit(link), read(link)]);
  expect(await attempts()).toEqual([]);
  const pressed = await Promise.all([press(link), press(link), press(link)]);
  expect(new Set(pressed.map(({ url }) => url)).size).toBe(1);
  expect(await attempts()).toEqual([{ number: 1, kind: 'checkout', state: 'open' }]);
  expect((await book.emulator.stripe.checkout.sessions.list()).data).toHaveLength(1);
});

test('who paid and did not come back, and presses again, is told that it is paid', async () => {
  const link = await payLink();
  await fillCheckout((await press(link)).url, visa);
  expect(await press(link)).toMatchObject({ status: 409, body: { detail: expect.stringContaining('is paid') } });
  expect(await invoice()).toMatchObject({ status: 'paid' });
});

test('a bank debit is under way for days, and nothing else is begun meanwhile', async () => {
  const link = await payLink();
  const { ledTo } = await fillCheckout((await press(link)).url, { account: '000123456789' });
  expect(textOf((await visit(pathOf(ledTo))).body)).toContain('your payment is under way');
  expect(await attempts()).toEqual([{ number: 1, kind: 'checkout', state: 'processing' }]);
  expect((await read(link)).body.invoice).toMatchObject({ state: 'under_way' });
  expect((await press(link)).status).toBe(409);
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
  const link = await payLink();
  expect((await read(link)).body.invoice).toMatchObject({ state: 'under_way', says: expect.stringContaining('days') });
  expect(await press(link)).toMatchObject({ status: 409, body: { detail: expect.stringContaining('is under way') } });
  expect((await book.emulator.stripe.checkout.sessions.list()).data).toEqual([]);
});

test('an invoice that its bank wants confirmed says so, and one that was taken back', async () => {
  const of = { invoice_id: invoiceId(), workspace_id: 'acme', asked_at: new Date(book.nowMs()).toISOString() };
  await book
    .db('collectings')
    .insert({ ...of, waits_for: 'authentication' })
    .onConflict(['workspace_id', 'invoice_id'])
    .merge();
  const link = await payLink();
  expect((await read(link)).body.invoice).toMatchObject({ state: 'payable', wantsConfirming: true });
  await book.call('POST', `/v1/invoices/${invoiceId()}/void`, {
    body: { key: 'wrong', reason: 'Wrong', usage: 'voided' },
  });
  expect((await read(link)).body.invoice).toMatchObject({ state: 'void' });
  expect((await press(link)).status).toBe(409);
});

test('a page that has expired is replaced by another', async () => {
  const link = await payLink();
  const first = await press(link);
  book.advance(24 * 3_600_000);
  const second = await press(link);
  expect(second.url).not.toBe(first.url);
  expect((await attempts()).map(({ state }) => state)).toEqual(['expired', 'open']);
});

test.each(['timeout_after', 'error_after', 'reset_after', 'reset_before', 'error_before', 'rate_limited'])(
  'when the making of a page fails by %s, it may be tried again, and the next press makes one page in all',
  async (kind) => {
    const link = await payLink();
    await book.emulator.throwSwitch('faults', { on: 'POST /v1/checkout/sessions', kind, times: 2 });
    expect((await press(link)).status).toBe(503);
    await fetch(`${book.emulator.url}/_emulator/faults`, { method: 'DELETE' });
    let sent = await press(link);
    // What Stripe failed itself it answers again under the same key: another is tried after ten minutes.
    if (sent.status === 503) {
      book.advance(11 * 60_000);
      sent = await press(link);
    }
    expect(sent.status).toBe(200);
    const { ledTo } = await fillCheckout(sent.url, visa);
    await visit(pathOf(ledTo));
    expect(await invoice()).toMatchObject({ status: 'paid' });
    const paid = (await book.emulator.stripe.paymentIntents.list()).data.filter(({ status }) => status === 'succeeded');
    expect(paid).toHaveLength(1);
  },
  30_000,
);

test('links that are good for nothing say why, on a page and to a program', async () => {
  const [pay, method] = [await payLink(), await book.link({ task: 'method' })];
  const unknown = `/pay/${'x'.repeat(43)}`;
  for (const url of [unknown, pay.replace('/pay/', '/method/'), method.replace('/method/', '/pay/'), '/pay/short']) {
    expect((await visit(url)).statusCode).toBe(404);
  }
  for (const url of [unknown, '/v1/links/short']) {
    expect([(await read(url)).status, (await press(url)).status]).toEqual([404, 404]);
  }
  book.advance(60 * 86_400_000);
  for (const url of [pay, method]) {
    const shown = await visit(url);
    expect([shown.statusCode, textOf(shown.body)]).toEqual([410, expect.stringContaining('has expired')]);
    expect(await read(url)).toMatchObject({ status: 410, body: { code: 'link_over' } });
    expect((await press(url)).status).toBe(410);
  }
});

test('a method is added by its link, which is done with it', async () => {
  const link = await book.link({ task: 'method' });
  expect((await read(link)).body).not.toHaveProperty('method');
  const { ledTo } = await fillCheckout((await press(link)).url, { ...visa, exp: '01 / 26' });
  expect(textOf((await visit(pathOf(ledTo))).body)).toContain('Visa ending 4242');
  expect([(await visit(link)).statusCode, (await read(link)).status, (await press(link)).status]).toEqual([
    410, 410, 410,
  ]);
  book.advance(86_400_000);
  expect(await read(await book.link({ task: 'method' }))).toMatchObject({
    body: { task: 'method', method: { brand: 'visa', last4: '4242', expMonth: 1, expYear: 2026 } },
  });
});

test("a link's token opens nothing but its task", async () => {
  const token = tokenOf(await payLink());
  const ways = [{ authorization: `Bearer ${token}` }, { cookie: `__Host-minutebook-${'0'.repeat(16)}=${token}` }];
  for (const headers of ways) {
    for (const url of [`/v1/invoices/${invoiceId()}`, '/v1/workspaces/acme/usage', '/v1/workspaces/acme/session']) {
      expect((await book.app.inject({ method: 'GET', url, headers })).statusCode).toBe(401);
    }
  }
  expect((await visit(`/billing/enter/${token}`)).statusCode).toBe(404);
});

test('a link opens the billing page, kept by nobody, which tells its address to nobody', async () => {
  const { statusCode, headers, body } = await visit(await payLink());
  expect([statusCode, body]).toEqual([200, index]);
  expect(headers).toMatchObject({
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex, nofollow',
  });
  const policy = String(headers['content-security-policy']);
  expect(policy).toMatch(/^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'$/);
  expect(policy).not.toMatch(/unsafe|\*/);
});

test('what is said without the page runs no script, loads nothing, is framed by nobody and kept by nobody', async () => {
  const { headers, body } = await visit('/pay/short');
  expect(body).not.toMatch(/<script|<form|<link(?! rel="icon")|<img| on\w+=| style=/i);
  expect(headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
  const policy = String(headers['content-security-policy']);
  expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; .*frame-ancestors 'none'; base-uri 'none'$/);
  expect(policy).not.toMatch(/unsafe|\*/);
});

test('whoever came by an e-mail is led back to the platform, where it says where it is', async () => {
  const home = 'https://app.hosting.example/settings';
  const other = await startPayingBook(undefined, { platform: { name: 'Hosting', home } });
  try {
    const { body } = await other.call<{ platform: object }>(
      'GET',
      `/v1/links/${(await other.link({ task: 'method' })).split('/').at(-1)}`,
      { key: '' },
    );
    expect(body.platform).toEqual({ name: 'Hosting', home });
    const { body: html } = await other.app.inject({ url: '/return' });
    expect(html).toContain(`<a href="${home}">Back to Hosting</a>`);
  } finally {
    await other.close();
  }
});
