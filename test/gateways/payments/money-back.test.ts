// Refunds, disputes and returned debits: money that goes back, as the provider books it.
import { followDecline } from '../../../domain/dunning/follow';
import { cents } from '../../../domain/money';
import { requestFor, useGateway } from './gateway';

const gateway = useGateway({ timeoutMs: 1500 });
const days = (count: number) => gateway().emulator.throwSwitch('advance', { seconds: count * 86_400 });
let refunds = 0;

async function paidWith(alias: string) {
  const { emulator, payments } = gateway();
  const request = await requestFor(emulator, alias);
  const outcome = await payments.charge(request);
  if (outcome.kind !== 'paid' && outcome.kind !== 'processing') throw new Error(`it is ${outcome.kind}`);
  return { request, paymentIntent: outcome.paymentIntent };
}

function refundOf(paymentIntent: string, amount = 5_000n) {
  refunds++;
  const key = `refund-${refunds}`;
  return { paymentIntent, amountCents: cents(amount), refundKey: key, workspace: 'acme', idempotencyKey: key };
}

describe('a refund', () => {
  test('of a card is done at once, with what it takes from the balance, and is found by its key', async () => {
    const { payments } = gateway();
    const { paymentIntent } = await paidWith('pm_card_visa');
    const request = refundOf(paymentIntent);
    const outcome = await payments.refund(request);
    expect(outcome).toEqual({
      kind: 'refund',
      reading: {
        refund: expect.stringMatching(/^re_/),
        paymentIntent,
        amountCents: 5_000n,
        refundKey: request.refundKey,
        booking: expect.objectContaining({ amountCents: -5_000n, feeCents: 0n, netCents: -5_000n }),
        failureBooking: null,
        outcome: { kind: 'succeeded' },
      },
    });
    const { reading } = outcome as Extract<typeof outcome, { kind: 'refund' }>;
    expect(await payments.refund(request)).toEqual(outcome);
    expect(await payments.lookUpRefund(request)).toEqual(reading);
    expect(await payments.readRefund(reading.refund)).toEqual(reading);
    expect(await payments.lookUpRefund({ paymentIntent, refundKey: 'another' })).toBeUndefined();
    expect(await payments.readRefund('re_never')).toBeUndefined();
  });

  test('may be pending for days', async () => {
    const { payments } = gateway();
    const { paymentIntent } = await paidWith('pm_card_pendingRefund');
    const request = refundOf(paymentIntent);
    expect(await payments.refund(request)).toMatchObject({ reading: { outcome: { kind: 'pending' } } });
    await days(2);
    expect(await payments.lookUpRefund(request)).toMatchObject({ outcome: { kind: 'succeeded' } });
  });

  test('that fails after all gives the money back to the balance, and says why', async () => {
    const { payments } = gateway();
    const { paymentIntent } = await paidWith('pm_card_refundFail');
    const request = refundOf(paymentIntent);
    await payments.refund(request);
    await days(2);
    expect(await payments.lookUpRefund(request)).toMatchObject({
      outcome: { kind: 'failed', reason: 'expired_or_canceled_card' },
      booking: { netCents: -5_000n },
      failureBooking: { netCents: 5_000n },
    });
  });

  test('of more than is left is refused, and of what was refunded already by its code', async () => {
    const { payments } = gateway();
    const { paymentIntent } = await paidWith('pm_card_visa');
    expect(await payments.refund(refundOf(paymentIntent, 12_346n))).toMatchObject({ kind: 'refused' });
    expect(await payments.refund(refundOf(paymentIntent, 12_345n))).toMatchObject({ kind: 'refund' });
    expect(await payments.refund(refundOf(paymentIntent, 1n))).toMatchObject({
      kind: 'refused',
      code: 'charge_already_refunded',
    });
  });

  test.each([
    ['timeout_after', {}, 'unknown', true],
    ['error_after', {}, 'unknown', true],
    ['reset_before', { times: 2 }, 'unknown', false],
    ['rate_limited', {}, 'rate_limited', false],
  ])('with %s %j is %s; looked up, it is there: %s', async (kind, more, said, isThere) => {
    const { payments, emulator } = gateway();
    const { paymentIntent } = await paidWith('pm_card_visa');
    await emulator.throwSwitch('faults', { on: 'POST /v1/refunds', kind, ...more });
    const request = refundOf(paymentIntent);
    expect((await payments.refund(request)).kind).toBe(said);
    expect((await payments.lookUpRefund(request)) !== undefined).toBe(isThere);
  });
});

describe('a dispute', () => {
  async function disputed(alias: string) {
    const { emulator } = gateway();
    const { paymentIntent } = await paidWith(alias);
    const { data } = await emulator.stripe.disputes.list({ payment_intent: paymentIntent });
    return { paymentIntent, id: data[0]?.id ?? 'none' };
  }

  test('withdraws the money with a fee until it is won, and can be contested until a day', async () => {
    const { payments, emulator } = gateway();
    const { id, paymentIntent } = await disputed('pm_card_createDispute');
    expect(await payments.readDispute(id)).toEqual({
      dispute: id,
      status: 'needs_response',
      reason: 'fraudulent',
      amountCents: 12_345n,
      charge: expect.stringMatching(/^ch_/),
      paymentIntent,
      dueByMs: expect.any(Number),
      bookings: [expect.objectContaining({ amountCents: -12_345n, feeCents: 1_500n, netCents: -13_845n })],
    });
    await emulator.stripe.disputes.update(id, { evidence: { uncategorized_text: 'winning_evidence' }, submit: true });
    const won = await payments.readDispute(id);
    expect(won?.status).toBe('won');
    expect(won?.bookings.map(({ netCents }) => netCents)).toEqual([-13_845n, 12_345n]);
  });

  test('that only asks takes nothing', async () => {
    const { id } = await disputed('pm_card_createDisputeInquiry');
    expect(await gateway().payments.readDispute(id)).toMatchObject({ status: 'warning_needs_response', bookings: [] });
  });

  test('that is not there is undefined', async () => {
    expect(await gateway().payments.readDispute('du_never')).toBeUndefined();
  });
});

describe('a debit', () => {
  test('is paid after days', async () => {
    const { paymentIntent } = await paidWith('pm_usBankAccount_success');
    await days(5);
    const reading = await gateway().payments.readIntent(paymentIntent);
    expect(reading?.outcome).toMatchObject({ kind: 'paid', amountCents: 12_345n, booking: { feeCents: 99n } });
  });

  test.each([
    ['pm_usBankAccount_insufficientFunds', 'R01', 'debit_no_funds', null],
    ['pm_usBankAccount_accountClosed', 'R02', 'debit_never', 'bank_account_closed'],
    ['pm_usBankAccount_noAccount', 'R03', 'debit_never', 'bank_account_invalid_details'],
    ['pm_usBankAccount_revoked', 'R07', 'debit_mandate_gone', 'debit_not_authorized'],
    ['pm_usBankAccount_debitNotAuthorized', 'R10', 'debit_mandate_gone', 'debit_not_authorized'],
    ['pm_usBankAccount_frozen', 'R16', 'debit_never', 'bank_account_frozen'],
  ])('with %s comes back as %s, followed as %s', async (alias, returnCode, row, reason) => {
    const { payments } = gateway();
    const { request, paymentIntent } = await paidWith(alias);
    await days(5);
    const outcome = (await payments.readIntent(paymentIntent))?.outcome;
    expect(outcome).toMatchObject({ kind: 'declined', decline: { methodType: 'us_bank_account', returnCode } });
    if (outcome?.kind !== 'declined') return;
    expect(followDecline(outcome.decline)).toMatchObject({ row, isKnown: true });
    const method = await payments.readPaymentMethod(request.paymentMethod.id);
    expect(method?.blocked).toEqual(reason === null ? null : { reason, returnCode });
    if (reason === null) return;
    const again = await payments.charge({ ...request, attempt: '2', idempotencyKey: `${request.idempotencyKey}/2` });
    expect(again).toMatchObject({ kind: 'declined', decline: { code: 'bank_account_unusable' } });
    if (again.kind === 'declined') expect(followDecline(again.decline).kind).toBe('never');
  });

  test('that comes back after it was paid is a dispute that cannot be contested', async () => {
    const { payments, emulator } = gateway();
    const { paymentIntent } = await paidWith('pm_usBankAccount_dispute');
    await days(70);
    const { data } = await emulator.stripe.disputes.list({ payment_intent: paymentIntent });
    expect(await payments.readDispute(data[0]?.id ?? 'none')).toMatchObject({ status: 'lost', dueByMs: null });
  });
});
