import { cents } from '../../../domain/money';
import type { OpenedSession, PaymentSessionRequest } from '../../../gateways/payments/payments';
import { fillCheckout } from '../../stripe/fill-checkout';
import { requestFor, useGateway } from './gateway';

const gateway = useGateway();
let sessions = 0;

async function setupRequest() {
  const { payments } = gateway();
  sessions++;
  const { customer } = await payments.ensureCustomer({ workspace: `acme-${sessions}`, minutebook: 'test' });
  return {
    customer,
    workspace: `acme-${sessions}`,
    successUrl: 'https://billing.example.com/done?session={CHECKOUT_SESSION_ID}',
    cancelUrl: 'https://billing.example.com/',
    idempotencyKey: `session/${sessions}`,
  };
}

async function paymentRequest(changes: Partial<PaymentSessionRequest> = {}): Promise<PaymentSessionRequest> {
  return {
    ...(await setupRequest()),
    invoice: `in-${sessions}`,
    attempt: '2',
    amountCents: cents(4_200n),
    description: 'Invoice 1',
    expiresAtMs: Date.now() + 3_600_000,
    keepsMethod: false,
    ...changes,
  };
}

function opened(session: OpenedSession) {
  if (session.kind !== 'session') throw new Error(session.why);
  return session;
}

async function read(id: string) {
  const reading = await gateway().payments.readSession(id);
  if (reading === undefined) throw new Error(`${id} is not there`);
  return reading;
}

const visa = { number: '4242424242424242' };

describe('a page to add a method', () => {
  test('is open, then complete with the card, which can be charged without its holder', async () => {
    const { payments, emulator } = gateway();
    const request = await setupRequest();
    const session = opened(await payments.createSetupSession(request));
    expect(session.url).toMatch(/^http/);
    expect(session.expiresAtMs).toBeGreaterThan(Date.now());
    expect(await read(session.id)).toMatchObject({
      mode: 'setup',
      status: 'open',
      customer: request.customer,
      url: session.url,
      setup: { paymentMethod: null },
      payment: null,
    });
    const { ledTo } = await fillCheckout(session.url, visa);
    expect(ledTo).toBe(`https://billing.example.com/done?session=${session.id}`);
    const done = await read(session.id);
    expect(done).toMatchObject({ status: 'complete', paymentStatus: 'no_payment_required', url: null });
    const id = done.setup?.paymentMethod ?? '';
    expect(await payments.readPaymentMethod(id)).toMatchObject({ brand: 'visa', customer: request.customer });
    const charge = { ...(await requestFor(emulator, 'pm_card_visa')), customer: request.customer };
    expect(await payments.charge({ ...charge, paymentMethod: { id, type: 'card' } })).toMatchObject({ kind: 'paid' });
  });

  test('takes a bank account, with the mandate to debit it', async () => {
    const { payments } = gateway();
    const session = opened(await payments.createSetupSession(await setupRequest()));
    await fillCheckout(session.url, { account: '000123456789' });
    const { setup } = await read(session.id);
    expect(setup).toMatchObject({
      paymentMethod: expect.stringMatching(/^pm_/),
      mandate: expect.stringMatching(/^mandate_/),
    });
  });

  test('sent again under its key is the same page', async () => {
    const { payments } = gateway();
    const request = await setupRequest();
    const first = await payments.createSetupSession(request);
    expect(await payments.createSetupSession(request)).toEqual(first);
  });

  test('of a customer who is not there is refused', async () => {
    const request = { ...(await setupRequest()), customer: 'cus_never' };
    expect(await gateway().payments.createSetupSession(request)).toMatchObject({
      kind: 'refused',
      code: 'resource_missing',
    });
  });
});

describe('a page to pay', () => {
  test('is paid, and says whose attempt it was', async () => {
    const { payments } = gateway();
    const request = await paymentRequest();
    const session = opened(await payments.createPaymentSession(request));
    expect(session.expiresAtMs).toBe(Math.floor((request.expiresAtMs ?? 0) / 1000) * 1000);
    expect(await read(session.id)).toMatchObject({
      mode: 'payment',
      status: 'open',
      paymentStatus: 'unpaid',
      payment: null,
    });
    await fillCheckout(session.url, visa);
    expect(await read(session.id)).toMatchObject({
      status: 'complete',
      paymentStatus: 'paid',
      setup: null,
      payment: {
        marks: { workspace: request.workspace, invoice: request.invoice, attempt: '2' },
        outcome: { kind: 'paid', amountCents: 4_200n, booking: { feeCents: 152n } },
      },
    });
  });

  test('is complete but unpaid while a bank debit is under way', async () => {
    const session = opened(await gateway().payments.createPaymentSession(await paymentRequest()));
    await fillCheckout(session.url, { account: '000123456789' });
    expect(await read(session.id)).toMatchObject({
      status: 'complete',
      paymentStatus: 'unpaid',
      payment: { outcome: { kind: 'processing' } },
    });
  });

  test('stays open where the card is declined, and says so', async () => {
    const session = opened(await gateway().payments.createPaymentSession(await paymentRequest()));
    await fillCheckout(session.url, { number: '4000000000009995' });
    expect(await read(session.id)).toMatchObject({
      status: 'open',
      payment: { outcome: { kind: 'declined', decline: { declineCode: 'insufficient_funds', brand: 'visa' } } },
    });
  });

  test('authenticated on the page it is paid; refused there it is declined for that', async () => {
    const { payments } = gateway();
    const [agreed, declined] = [
      opened(await payments.createPaymentSession(await paymentRequest())),
      opened(await payments.createPaymentSession(await paymentRequest())),
    ];
    await fillCheckout(agreed.url, { number: '4000002760003184' }, 'approve');
    expect((await read(agreed.id)).payment?.outcome.kind).toBe('paid');
    await fillCheckout(declined.url, { number: '4000002760003184' }, 'fail');
    expect((await read(declined.id)).payment?.outcome).toMatchObject({
      kind: 'declined',
      decline: { code: 'payment_intent_authentication_failure' },
    });
  });

  test('under the least is refused', async () => {
    const request = await paymentRequest({ amountCents: cents(49n) });
    expect(await gateway().payments.createPaymentSession(request)).toMatchObject({ kind: 'refused' });
  });
});

describe('expiring a page', () => {
  test('ends it, however often', async () => {
    const { payments } = gateway();
    const session = opened(await payments.createPaymentSession(await paymentRequest()));
    expect(await payments.expireSession(session.id)).toEqual({ kind: 'expired' });
    expect(await payments.expireSession(session.id)).toEqual({ kind: 'expired' });
    expect((await read(session.id)).status).toBe('expired');
    expect((await fillCheckout(session.url, visa)).status).not.toBe(200);
  });

  test('is refused once it is paid, and once a debit is under way, and tells which', async () => {
    const { payments } = gateway();
    const [paid, debited] = [
      opened(await payments.createPaymentSession(await paymentRequest())),
      opened(await payments.createPaymentSession(await paymentRequest())),
    ];
    await fillCheckout(paid.url, visa);
    await fillCheckout(debited.url, { account: '000123456789' });
    expect(await payments.expireSession(paid.id)).toMatchObject({
      kind: 'refused',
      session: { status: 'complete', paymentStatus: 'paid', payment: { outcome: { kind: 'paid' } } },
    });
    expect(await payments.expireSession(debited.id)).toMatchObject({
      kind: 'refused',
      session: { status: 'complete', paymentStatus: 'unpaid', payment: { outcome: { kind: 'processing' } } },
    });
  });

  test('of one that is not there is fine, and reading it is undefined', async () => {
    const { payments } = gateway();
    expect(await payments.expireSession('cs_test_never')).toEqual({ kind: 'expired' });
    expect(await payments.readSession('cs_test_never')).toBeUndefined();
  });
});
