import { useEmulator } from '../../stripe/emulator';
import { fillCheckout } from '../../stripe/fill-checkout';
import { refusalOf } from '../../stripe/refusal';

const emulator = useEmulator();
const client = () => emulator().stripe;

const urls = {
  success_url: 'https://shop.example/done?session={CHECKOUT_SESSION_ID}',
  cancel_url: 'https://shop.example/back',
};

async function setupSession() {
  const customer = await client().customers.create({ name: 'Acme' });
  return client().checkout.sessions.create({
    mode: 'setup',
    customer: customer.id,
    currency: 'usd',
    allowed_payment_method_types: ['card', 'us_bank_account'],
    client_reference_id: 'ws-1',
    setup_intent_data: { metadata: { workspace: 'ws-1' } },
    ...urls,
  });
}

async function paymentSession(extra: object = {}) {
  const customer = await client().customers.create({ name: 'Acme' });
  const price = { currency: 'usd', unit_amount: 4550, product_data: { name: 'Invoice MB-1' } };
  return client().checkout.sessions.create({
    mode: 'payment',
    customer: customer.id,
    line_items: [{ quantity: 1, price_data: price }],
    payment_intent_data: { metadata: { invoice: 'in-1' }, setup_future_usage: 'off_session' },
    ...urls,
    ...extra,
  });
}

describe('in setup mode', () => {
  test.each([
    ['4242424242424242', false],
    ['4000 0025 0000 3155', true],
    ['4000000000000341', false],
  ])('the card %s is saved for charges off-session (its bank asks: %s)', async (number, asks) => {
    const session = await setupSession();
    expect(session).toMatchObject({
      status: 'open',
      payment_status: 'no_payment_required',
      client_reference_id: 'ws-1',
    });
    const filled = await fillCheckout(session.url ?? '', { number });
    expect(filled).toMatchObject({ ledTo: `https://shop.example/done?session=${session.id}`, wasAsked: asks });
    const done = await client().checkout.sessions.retrieve(session.id, { expand: ['setup_intent.payment_method'] });
    const last4 = number.slice(-4);
    expect(done).toMatchObject({
      status: 'complete',
      url: null,
      setup_intent: { status: 'succeeded', metadata: { workspace: 'ws-1' }, payment_method: { card: { last4 } } },
    });
    const methods = await client().customers.listPaymentMethods(String(session.customer), { type: 'card' });
    expect(methods.data.map(({ card }) => card?.last4)).toEqual([last4]);
  });

  test('a bank account is saved with a mandate', async () => {
    const session = await setupSession();
    await fillCheckout(session.url ?? '', { account: '000123456789' });
    const done = await client().checkout.sessions.retrieve(session.id, { expand: ['setup_intent.mandate'] });
    expect(done).toMatchObject({
      status: 'complete',
      setup_intent: { mandate: { status: 'active', type: 'multi_use' } },
    });
  });

  test.each([
    [{ number: '4000000000000002' }, 'Your card was declined.'],
    [{ number: '4000000000009995' }, 'Your card has insufficient funds.'],
    [{ number: '4242424242424241' }, 'Your card number is incorrect.'],
    [{ number: '4242424242424242', exp: '01 / 20' }, "Your card's expiration date is in the past."],
    [{ number: '4242424242424242', cvc: '1' }, "Your card's security code is incomplete."],
    [{ number: '4111111111111111' }, /used a non test card/],
    [{ account: '000123456789', routing: '1' }, /use 110000000/],
  ])('%j stays on the page, which says why', async (typed, sentence) => {
    const session = await setupSession();
    const filled = await fillCheckout(session.url ?? '', typed);
    expect(filled).toMatchObject({ ledTo: null, problem: expect.stringMatching(sentence) });
    const open = await client().checkout.sessions.retrieve(session.id);
    expect(open.status).toBe('open');
  });

  test('a holder who refuses comes back to the page, and may try another card', async () => {
    const session = await setupSession();
    const refused = await fillCheckout(session.url ?? '', { number: '4000002760003184' }, 'fail');
    expect(refused).toMatchObject({
      ledTo: null,
      wasAsked: true,
      problem: expect.stringMatching(/unable to authenticate/),
    });
    const paid = await fillCheckout(session.url ?? '', { number: '4242424242424242' });
    expect(paid.ledTo).toContain(session.id);
  });
});

describe('in payment mode', () => {
  test('the intent is made when the page is submitted, and the method stays with the customer', async () => {
    const session = await paymentSession();
    expect(session).toMatchObject({ amount_total: 4550, payment_intent: null, payment_status: 'unpaid' });
    await fillCheckout(session.url ?? '', { number: '5555555555554444' });
    const done = await client().checkout.sessions.retrieve(session.id, {
      expand: ['payment_intent.payment_method', 'line_items'],
    });
    expect(done).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      payment_intent: {
        status: 'succeeded',
        amount_received: 4550,
        metadata: { invoice: 'in-1' },
        payment_method: { customer: session.customer, card: { brand: 'mastercard' } },
      },
      line_items: { data: [{ description: 'Invoice MB-1', amount_total: 4550 }] },
    });
    const found = await client().checkout.sessions.list({ payment_intent: (done.payment_intent as { id: string }).id });
    expect(found.data.map(({ id }) => id)).toEqual([session.id]);
  });

  test('a declined card leaves the session open, and the next card pays the same intent', async () => {
    const session = await paymentSession();
    const declined = await fillCheckout(session.url ?? '', { number: '4000000000009995' });
    expect(declined.problem).toBe('Your card has insufficient funds.');
    const open = await client().checkout.sessions.retrieve(session.id);
    expect(open.status).toBe('open');
    await fillCheckout(session.url ?? '', { number: '4242424242424242' });
    const done = await client().checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] });
    expect(done.payment_intent).toMatchObject({ id: open.payment_intent, status: 'succeeded' });
  });

  test('a holder who agrees has paid; one who refuses, or is short of money after all, is told so on the page', async () => {
    const session = await paymentSession();
    const refused = await fillCheckout(session.url ?? '', { number: '4000002760003184' }, 'fail');
    expect(refused).toMatchObject({
      ledTo: null,
      wasAsked: true,
      problem: expect.stringMatching(/unable to authenticate/),
    });
    const short = await fillCheckout(session.url ?? '', { number: '4000008260003178' });
    expect(short).toMatchObject({ ledTo: null, wasAsked: true, problem: 'Your card has insufficient funds.' });
    const paid = await fillCheckout(session.url ?? '', { number: '4000002760003184' });
    expect(paid).toMatchObject({ ledTo: `https://shop.example/done?session=${session.id}`, wasAsked: true });
    const done = await client().checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] });
    expect(done).toMatchObject({
      payment_status: 'paid',
      payment_intent: { status: 'succeeded', amount_received: 4550 },
    });
  });

  test('whoever agrees after the session has expired pays nothing', async () => {
    const session = await paymentSession();
    const typed = { method: 'card', number: '4000002760003184', exp: '12/34', cvc: '123' };
    const asked = await fetch(session.url ?? '', {
      method: 'POST',
      body: new URLSearchParams(typed),
      redirect: 'manual',
    });
    const challenge = asked.headers.get('location') ?? '';
    await client().checkout.sessions.expire(session.id);
    const decided = new URLSearchParams({ decision: 'approve' });
    expect((await fetch(challenge, { method: 'POST', body: decided, redirect: 'manual' })).status).toBe(409);
    const late = await client().checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] });
    expect(late).toMatchObject({
      status: 'expired',
      payment_intent: { status: 'canceled', cancellation_reason: 'expired' },
    });
  });

  test('a bank account completes the session unpaid, and pays days later', async () => {
    const session = await paymentSession({ allowed_payment_method_types: ['us_bank_account'] });
    await fillCheckout(session.url ?? '', { account: '000123456789' });
    const submitted = await client().checkout.sessions.retrieve(session.id);
    expect(submitted).toMatchObject({ status: 'complete', payment_status: 'unpaid' });
    await emulator().throwSwitch('advance', { seconds: 5 * 86_400 });
    const done = await client().checkout.sessions.retrieve(session.id);
    expect(done.payment_status).toBe('paid');
  });

  test('a session is expired once, and only while it is open', async () => {
    const session = await paymentSession();
    const expired = await client().checkout.sessions.expire(session.id);
    expect(expired).toMatchObject({ status: 'expired', url: null });
    const again = await refusalOf(client().checkout.sessions.expire(session.id));
    expect(again).toMatchObject({ type: 'invalid_request_error', message: expect.stringMatching(/only|Only/) });
    const late = await fillCheckout(session.url ?? '', { number: '4242424242424242' });
    expect(late).toMatchObject({ status: 410, problem: 'This page has expired.' });
  });

  test('a session expires by itself after its time, from half an hour to a day', async () => {
    const session = await paymentSession();
    const open = await refusalOf(paymentSession({ expires_at: 12 }));
    expect(open.param).toBe('expires_at');
    await emulator().throwSwitch('advance', { seconds: 86_400 });
    const late = await client().checkout.sessions.retrieve(session.id);
    expect(late.status).toBe('expired');
  });
});
