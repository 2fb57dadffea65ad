import type { ChargeRequest } from '../../../gateways/payments/payments';
import { fillCheckout } from '../../stripe/fill-checkout';
import { justNow, requestFor, useGateway } from './gateway';

const gateway = useGateway();

async function charged(alias: string, changes: Partial<ChargeRequest> = {}) {
  const { emulator, payments } = gateway();
  const request = { ...(await requestFor(emulator, alias)), ...changes };
  return { request, outcome: await payments.charge(request) };
}

function lookUp({ workspace, invoice, attempt, customer }: ChargeRequest) {
  return gateway().payments.lookUpCharge({ workspace, invoice, attempt, customer, sinceMs: justNow() });
}

describe('a charge without the customer', () => {
  test('is paid by a good card, with its fee, and sent again under its key it is the same one', async () => {
    const { request, outcome } = await charged('pm_card_visa');
    expect(outcome).toEqual({
      kind: 'paid',
      paymentIntent: expect.stringMatching(/^pi_/),
      charge: expect.stringMatching(/^ch_/),
      amountCents: 12_345n,
      booking: {
        balanceTransaction: expect.stringMatching(/^txn_/),
        amountCents: 12_345n,
        feeCents: 388n,
        netCents: 11_957n,
      },
    });
    expect(await gateway().payments.charge(request)).toEqual(outcome);
    expect(await lookUp(request)).toEqual(outcome);
  });

  test('declares its usage, its methods and our marks', async () => {
    const { emulator } = gateway();
    const { request, outcome } = await charged('pm_card_visa', { usage: 'unscheduled' });
    if (outcome.kind !== 'paid') throw new Error(`it is ${outcome.kind}`);
    const expand = ['latest_charge'];
    const intent = await emulator.stripe.paymentIntents.retrieve(outcome.paymentIntent, { expand });
    expect(intent).toMatchObject({
      currency: 'usd',
      description: 'Invoice 1, January 2025',
      metadata: { workspace: 'acme', invoice: request.invoice, attempt: '1' },
      payment_method_types: ['card'],
      latest_charge: { payment_method_details: { card: { stored_credential_usage: 'unscheduled' } } },
    });
  });

  test.each([
    ['pm_card_chargeCustomerFail', { declineCode: 'generic_decline', networkDeclineCode: '05' }],
    ['pm_card_chargeDeclinedInsufficientFunds', { declineCode: 'insufficient_funds', networkDeclineCode: '51' }],
    ['pm_card_chargeDeclinedExpiredCard', { code: 'expired_card', adviceCode: 'do_not_try_again' }],
    ['pm_card_chargeDeclinedProcessingError', { code: 'processing_error', adviceCode: 'try_again_later' }],
  ])('is declined by %s with all codes, and is found declined', async (alias, decline) => {
    const { request, outcome } = await declinedWith(alias);
    expect(outcome).toMatchObject({
      kind: 'declined',
      paymentIntent: expect.stringMatching(/^pi_/),
      charge: expect.stringMatching(/^ch_/),
      decline: { methodType: 'card', brand: 'visa', returnCode: null, ...decline },
    });
    expect(await lookUp(request)).toEqual(outcome);
  });

  // Cards that fail when they are saved, too, are attached as good ones, and fail then.
  async function declinedWith(alias: string) {
    const { emulator, payments } = gateway();
    if (alias === 'pm_card_chargeCustomerFail') return charged(alias);
    const request = await requestFor(emulator, 'pm_card_visa');
    const decline = {
      pm_card_chargeDeclinedInsufficientFunds: {
        code: 'card_declined',
        decline_code: 'insufficient_funds',
        network_decline_code: '51',
      },
      pm_card_chargeDeclinedExpiredCard: { code: 'expired_card', advice_code: 'do_not_try_again' },
      pm_card_chargeDeclinedProcessingError: { code: 'processing_error', advice_code: 'try_again_later' },
    }[alias];
    await emulator.throwSwitch('cards', { paymentMethod: request.paymentMethod.id, decline, times: 1 });
    return { request, outcome: await payments.charge(request) };
  }

  test("Mastercard's advice comes through", async () => {
    const { emulator, payments } = gateway();
    const request = await requestFor(emulator, 'pm_card_mastercard');
    const decline = { code: 'card_declined', decline_code: 'generic_decline', network_advice_code: '24' };
    await emulator.throwSwitch('cards', { paymentMethod: request.paymentMethod.id, decline, times: 1 });
    expect(await payments.charge(request)).toMatchObject({
      kind: 'declined',
      decline: { brand: 'mastercard', networkAdviceCode: '24' },
    });
  });

  test('wants the customer where the bank asks to authenticate, and is done with', async () => {
    const { request, outcome } = await charged('pm_card_authenticationRequired');
    expect(outcome).toMatchObject({
      kind: 'needsCustomer',
      isOpen: false,
      paymentIntent: expect.stringMatching(/^pi_/),
      decline: { code: 'authentication_required', brand: 'visa' },
    });
    expect(await lookUp(request)).toMatchObject({ kind: 'needsCustomer', isOpen: false });
  });

  test('is under way from a bank account', async () => {
    const { request, outcome } = await charged('pm_usBankAccount_success');
    expect(outcome).toMatchObject({ kind: 'processing', charge: expect.stringMatching(/^py_/) });
    expect(await lookUp(request)).toEqual(outcome);
  });

  test('is declined where the method is detached or of somebody else', async () => {
    const { emulator, payments } = gateway();
    const request = await requestFor(emulator, 'pm_card_visa');
    await payments.detachPaymentMethod(request.paymentMethod.id);
    const gone = await payments.charge(request);
    const expected = { kind: 'declined', paymentIntent: null, decline: { code: 'payment_method_unexpected_state' } };
    expect(gone).toMatchObject(expected);
    const { paymentMethod } = await requestFor(emulator, 'pm_card_visa');
    const other = await payments.charge({ ...(await requestFor(emulator, 'pm_card_visa')), paymentMethod });
    expect(other).toMatchObject(expected);
    const missing = { ...paymentMethod, id: 'pm_never' };
    expect(
      await payments.charge({ ...(await requestFor(emulator, 'pm_card_visa')), paymentMethod: missing }),
    ).toMatchObject({
      kind: 'declined',
      decline: { code: 'resource_missing' },
    });
  });

  test.each([
    ['under the least', { amountCents: 49n }, 'amount_too_small'],
    ['over the most', { amountCents: 100_000_000n }, 'amount_too_large'],
    ['without its customer', { customer: 'cus_never' }, 'resource_missing'],
  ])('is refused %s, and nothing is there', async (_, changes, code) => {
    const { request, outcome } = await charged('pm_card_visa', changes as Partial<ChargeRequest>);
    expect(outcome).toEqual({ kind: 'refused', code, why: expect.stringContaining(code) });
    if (!('customer' in changes)) expect(await lookUp(request)).toEqual({ kind: 'absent' });
  });

  test('under the key of another body it is unknown, and looking up tells what that was', async () => {
    const { request, outcome } = await charged('pm_card_visa');
    const other = await gateway().payments.charge({ ...request, description: 'other words' });
    expect(other).toMatchObject({ kind: 'unknown', why: expect.stringContaining('idempotent') });
    expect(await lookUp(request)).toEqual(outcome);
  });

  test('a key that no header can hold is a bug that is told, not a charge that never arrives', async () => {
    await expect(charged('pm_card_visa', { idempotencyKey: 'chargé/1' })).rejects.toThrow(/idempotency key/);
  });
});

describe('looking up', () => {
  test('finds an attempt among more than a page of others, and nothing for one that never was', async () => {
    const { emulator, payments } = gateway();
    const request = await requestFor(emulator, 'pm_card_visa');
    const outcome = await payments.charge(request);
    const { customer } = request;
    await Promise.all(
      Array.from({ length: 120 }, (_, each) => {
        const metadata = { workspace: 'acme', invoice: request.invoice, attempt: String(each + 2) };
        return emulator.stripe.paymentIntents.create({ amount: 500, currency: 'usd', customer, metadata });
      }),
    );
    expect(await lookUp(request)).toEqual(outcome);
    expect(await lookUp({ ...request, attempt: '200' })).toEqual({ kind: 'absent' });
    expect(await lookUp({ ...request, workspace: 'other' })).toEqual({ kind: 'absent' });
  });

  test('tells that an attempt was paid, whatever else there is of it', async () => {
    const { emulator, payments } = gateway();
    const request = await requestFor(emulator, 'pm_card_visa');
    const outcome = await payments.charge(request);
    const { workspace, invoice, attempt, customer } = request;
    const metadata = { workspace, invoice, attempt };
    await emulator.stripe.paymentIntents.create({ amount: 500, currency: 'usd', customer, metadata });
    expect(outcome.kind).toBe('paid');
    expect(await lookUp(request)).toEqual(outcome);
  });

  test('goes an hour further back than the first send, and no further', async () => {
    const { emulator, payments } = gateway();
    const request = await requestFor(emulator, 'pm_card_visa');
    await payments.charge(request);
    const { workspace, invoice, attempt, customer } = request;
    const of = { workspace, invoice, attempt, customer };
    expect((await payments.lookUpCharge({ ...of, sinceMs: Date.now() + 59 * 60_000 })).kind).toBe('paid');
    expect((await payments.lookUpCharge({ ...of, sinceMs: Date.now() + 61 * 60_000 })).kind).toBe('absent');
  });
});

describe('an intent', () => {
  test('has what rebuilds its attempt', async () => {
    const { request, outcome } = await charged('pm_card_visa');
    if (outcome.kind !== 'paid') throw new Error(`it is ${outcome.kind}`);
    expect(await gateway().payments.readIntent(outcome.paymentIntent)).toEqual({
      paymentIntent: outcome.paymentIntent,
      createdMs: expect.any(Number),
      customer: request.customer,
      paymentMethod: request.paymentMethod.id,
      amountCents: 12_345n,
      marks: { workspace: 'acme', invoice: request.invoice, attempt: '1' },
      outcome,
    });
  });

  test('that is not there is undefined', async () => {
    expect(await gateway().payments.readIntent('pi_never')).toBeUndefined();
  });

  test('is cancelled while it is not paid; cancelled twice, or once it is paid, it tells what it is', async () => {
    const { emulator, payments } = gateway();
    const { customer } = await requestFor(emulator, 'pm_card_visa');
    const open = await emulator.stripe.paymentIntents.create({ amount: 500, currency: 'usd', customer });
    expect((await payments.readIntent(open.id))?.outcome).toMatchObject({ kind: 'needsCustomer', isOpen: true });
    expect(await payments.cancelIntent(open.id)).toMatchObject({ kind: 'canceled' });
    expect(await payments.cancelIntent(open.id)).toMatchObject({ kind: 'canceled' });
    const { outcome } = await charged('pm_card_visa');
    if (outcome.kind !== 'paid') throw new Error(`it is ${outcome.kind}`);
    expect(await payments.cancelIntent(outcome.paymentIntent)).toEqual(outcome);
    expect(await payments.cancelIntent('pi_never')).toMatchObject({ kind: 'unknown' });
  });
});

test('what a page took is told like what we charged', async () => {
  const { emulator, payments } = gateway();
  const { customer } = await requestFor(emulator, 'pm_card_visa');
  const session = await payments.createPaymentSession({
    customer,
    workspace: 'acme',
    invoice: 'in-page',
    attempt: '3',
    successUrl: 'https://billing.example.com/paid?session={CHECKOUT_SESSION_ID}',
    cancelUrl: 'https://billing.example.com/',
    idempotencyKey: 'session/in-page/3',
    amountCents: 700n as ChargeRequest['amountCents'],
    description: 'Invoice 7',
    expiresAtMs: Date.now() + 3_600_000,
    keepsMethod: true,
  });
  if (session.kind !== 'session') throw new Error(session.why);
  await fillCheckout(session.url, { number: '4242424242424242' });
  const of = { workspace: 'acme', invoice: 'in-page', attempt: '3', customer, sinceMs: justNow() };
  expect(await payments.lookUpCharge(of)).toMatchObject({ kind: 'paid', amountCents: 700n });
});
