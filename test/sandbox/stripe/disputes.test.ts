import { useEmulator } from '../../stripe/emulator';
import { chargeOffSession, customerWith } from '../../stripe/paying';
import { refusalOf } from '../../stripe/refusal';

const emulator = useEmulator();
const client = () => emulator().stripe;

async function disputed(alias: string, amount = 5000) {
  const intent = await chargeOffSession(client(), await customerWith(client(), alias), amount);
  const { data } = await client().disputes.list({ payment_intent: intent.id });
  const [dispute] = data;
  if (dispute === undefined) throw new Error('no dispute was opened');
  return { intent, dispute };
}

const eventsOf = async (id: string) => {
  const { data } = await client().events.list({ limit: 100 });
  return data
    .filter(({ data: { object } }) => 'id' in object && object.id === id)
    .map(({ type }) => type)
    .reverse();
};

test('a disputed charge is taken back with a fee of $15, and cannot be refunded', async () => {
  const { intent, dispute } = await disputed('pm_card_createDispute');
  expect(dispute).toMatchObject({
    status: 'needs_response',
    reason: 'fraudulent',
    amount: 5000,
    payment_intent: intent.id,
    balance_transactions: [{ amount: -5000, fee: 1500, net: -6500, reporting_category: 'dispute' }],
  });
  expect((await refusalOf(client().refunds.create({ payment_intent: intent.id }))).code).toBe('charge_disputed');
  expect(await eventsOf(dispute.id)).toEqual(['charge.dispute.created', 'charge.dispute.funds_withdrawn']);
});

test.each([
  ['winning_evidence', 'won', ['charge.dispute.updated', 'charge.dispute.closed', 'charge.dispute.funds_reinstated']],
  ['losing_evidence', 'lost', ['charge.dispute.updated', 'charge.dispute.closed']],
] as const)('with %s it is %s', async (uncategorized_text, status, events) => {
  const { dispute } = await disputed('pm_card_createDisputeProductNotReceived');
  const answered = await client().disputes.update(dispute.id, { evidence: { uncategorized_text }, submit: true });
  expect(answered).toMatchObject({ status, reason: 'product_not_received', evidence: { uncategorized_text } });
  expect(await eventsOf(dispute.id)).toEqual(['charge.dispute.created', 'charge.dispute.funds_withdrawn', ...events]);
  const nets = answered.balance_transactions.map(({ net }) => net);
  expect(nets).toEqual(status === 'won' ? [-6500, 5000] : [-6500]);
});

test('an inquiry takes no money, leaves the charge refundable, and closes by itself', async () => {
  const { intent, dispute } = await disputed('pm_card_createDisputeInquiry');
  expect(dispute).toMatchObject({
    status: 'warning_needs_response',
    balance_transactions: [],
    is_charge_refundable: true,
  });
  expect((await client().refunds.create({ payment_intent: intent.id })).status).toBe('succeeded');
  await emulator().throwSwitch('advance', { seconds: 10 * 86_400 });
  expect((await client().disputes.retrieve(dispute.id)).status).toBe('warning_closed');
});

test('one that nobody answers is lost when it falls due; one that is accepted, at once', async () => {
  const late = await disputed('pm_card_createDispute');
  await emulator().throwSwitch('advance', { seconds: 10 * 86_400 });
  expect((await client().disputes.retrieve(late.dispute.id)).status).toBe('lost');
  const accepted = await disputed('pm_card_createDispute');
  expect((await client().disputes.close(accepted.dispute.id)).status).toBe('lost');
  expect((await refusalOf(client().disputes.close(accepted.dispute.id))).type).toBe('invalid_request_error');
});

test('switches open and close one on any charge', async () => {
  const intent = await chargeOffSession(client(), await customerWith(client(), 'pm_card_visa'), 700);
  const opened = await emulator().throwSwitch(`disputes/${String(intent.latest_charge)}`, { reason: 'duplicate' });
  const closed = await emulator().throwSwitch(`disputes/${String(opened['id'])}/close`, { status: 'won' });
  expect([opened['reason'], closed['status']]).toEqual(['duplicate', 'won']);
});

test('the balance adds up all nets, pending and available', async () => {
  const before = await client().balance.retrieve();
  await chargeOffSession(client(), await customerWith(client(), 'pm_card_visa'), 10_000);
  const after = await client().balance.retrieve();
  expect((after.pending[0]?.amount ?? 0) - (before.pending[0]?.amount ?? 0)).toBe(10_000 - 320);
  await emulator().throwSwitch('advance', { seconds: 3 * 86_400 });
  const later = await client().balance.retrieve();
  expect(later.pending[0]?.amount).toBe(0);
  const all = await client().balanceTransactions.list({ limit: 100 }).autoPagingToArray({ limit: 1000 });
  expect(later.available[0]?.amount).toBe(all.reduce((sum, { net }) => sum + net, 0));
  for (const { amount, fee, net } of all) expect(net).toBe(amount - fee);
});
