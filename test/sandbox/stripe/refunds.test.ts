import { useEmulator } from '../../stripe/emulator';
import { chargeOffSession, customerWith } from '../../stripe/paying';
import { refusalOf } from '../../stripe/refusal';

const emulator = useEmulator();
const client = () => emulator().stripe;

async function paid(alias: string, amount = 5000) {
  const intent = await chargeOffSession(client(), await customerWith(client(), alias), amount);
  return intent.id;
}

const eventsOf = async (id: string) => {
  const { data } = await client().events.list({ limit: 100 });
  return data.filter(({ data: { object } }) => 'id' in object && object.id === id).map(({ type }) => type);
};

test('a refund takes its money from the balance, and no more than is left can be refunded', async () => {
  const intent = await paid('pm_card_visa');
  const first = await client().refunds.create({
    payment_intent: intent,
    amount: 2000,
    reason: 'requested_by_customer',
    metadata: { note: 'cn-1' },
    expand: ['balance_transaction'],
  });
  expect(first).toMatchObject({ status: 'succeeded', amount: 2000, metadata: { note: 'cn-1' } });
  expect(first.balance_transaction).toMatchObject({ amount: -2000, fee: 0, net: -2000, type: 'refund' });
  const above = await refusalOf(client().refunds.create({ payment_intent: intent, amount: 3001 }));
  expect(above).toMatchObject({ param: 'amount', message: expect.stringContaining('$30.00') });
  const rest = await client().refunds.create({ payment_intent: intent });
  expect(rest.amount).toBe(3000);
  const again = await refusalOf(client().refunds.create({ payment_intent: intent }));
  expect(again.code).toBe('charge_already_refunded');
  const { data } = await client().refunds.list({ payment_intent: intent });
  expect(data.map(({ id }) => id)).toEqual([rest.id, first.id]);
  const charge = await client().charges.retrieve(String(first.charge), { expand: ['refunds'] });
  expect(charge).toMatchObject({ refunded: true, amount_refunded: 5000, refunds: { data: [{ id: rest.id }, {}] } });
});

test('a card that refunds late is pending first, and says when it is done', async () => {
  const refund = await client().refunds.create({ payment_intent: await paid('pm_card_pendingRefund') });
  expect(refund).toMatchObject({ status: 'pending', pending_reason: 'processing' });
  await emulator().throwSwitch('advance', { seconds: 2 * 86_400 });
  expect((await client().refunds.retrieve(refund.id)).status).toBe('succeeded');
  expect(await eventsOf(refund.id)).toEqual(['charge.refund.updated', 'refund.updated', 'refund.created']);
});

test('a refund that fails later gives the money back to the balance, and the charge can be refunded again', async () => {
  const refund = await client().refunds.create({ payment_intent: await paid('pm_card_refundFail') });
  expect(refund.status).toBe('succeeded');
  await emulator().throwSwitch('advance', { seconds: 2 * 86_400 });
  const failed = await client().refunds.retrieve(refund.id, { expand: ['failure_balance_transaction'] });
  expect(failed).toMatchObject({
    status: 'failed',
    failure_reason: 'expired_or_canceled_card',
    failure_balance_transaction: { amount: 5000, net: 5000 },
  });
  const charge = await client().charges.retrieve(String(refund.charge));
  expect(charge).toMatchObject({ refunded: false, amount_refunded: 0 });
  expect(await eventsOf(refund.id)).toContain('refund.failed');
});

test('a bank debit is refunded after days, and not while it is pending itself', async () => {
  const intent = await paid('pm_usBankAccount_success');
  const early = await refusalOf(client().refunds.create({ payment_intent: intent }));
  expect(early.code).toBe('payment_intent_unexpected_state');
  await emulator().throwSwitch('advance', { seconds: 5 * 86_400 });
  const refund = await client().refunds.create({ payment_intent: intent });
  expect(refund.status).toBe('pending');
  await emulator().throwSwitch(`refunds/${refund.id}/fail`, {});
  expect((await client().refunds.retrieve(refund.id)).status).toBe('failed');
});

test.each([
  [{}, 'parameter_missing'],
  [{ payment_intent: 'pi_none' }, 'resource_missing'],
  [{ charge: 'ch_none' }, 'resource_missing'],
])('%j is refused: %s', async (params, code) => {
  expect((await refusalOf(client().refunds.create(params))).code).toBe(code);
});
