import { useEmulator } from '../../stripe/emulator';
import { chargeOffSession, customerWith, declineOffSession } from '../../stripe/paying';

const emulator = useEmulator();
const client = () => emulator().stripe;

const days = (count: number) => emulator().throwSwitch('advance', { seconds: count * 86_400 });

async function debited(alias: string) {
  const paying = await customerWith(client(), alias);
  const intent = await chargeOffSession(client(), paying, 20_000);
  return { paying, intent };
}

test('a debit is processing for days, then succeeds with its fee', async () => {
  const { intent } = await debited('pm_usBankAccount_success');
  expect(intent).toMatchObject({ status: 'processing', amount_received: 0 });
  await days(3);
  expect((await client().paymentIntents.retrieve(intent.id)).status).toBe('processing');
  await days(1);
  const paid = await client().paymentIntents.retrieve(intent.id, { expand: ['latest_charge.balance_transaction'] });
  expect(paid).toMatchObject({ status: 'succeeded', amount_received: 20_000 });
  expect(paid.latest_charge).toMatchObject({
    id: expect.stringMatching(/^py_/),
    balance_transaction: { type: 'payment', fee: 160, net: 19_840 },
  });
});

test('the fee of a large debit ends at $5', async () => {
  const paying = await customerWith(client(), 'pm_usBankAccount_success');
  const { id } = await chargeOffSession(client(), paying, 500_000);
  await days(5);
  const paid = await client().paymentIntents.retrieve(id, { expand: ['latest_charge.balance_transaction'] });
  expect(paid.latest_charge).toMatchObject({ balance_transaction: { fee: 500 } });
});

test.each([
  ['pm_usBankAccount_insufficientFunds', 'insufficient_funds', 'R01', false],
  ['pm_usBankAccount_accountClosed', 'account_closed', 'R02', true],
  ['pm_usBankAccount_noAccount', 'no_account', 'R03', true],
  ['pm_usBankAccount_debitNotAuthorized', 'debit_not_authorized', 'R10', true],
  ['pm_usBankAccount_revoked', 'debit_not_authorized', 'R07', true],
])('%s comes back as %s (%s); blocked: %s', async (alias, code, network, isBlocked) => {
  const { paying, intent } = await debited(alias);
  await days(5);
  const failed = await client().paymentIntents.retrieve(intent.id, { expand: ['latest_charge'] });
  expect(failed).toMatchObject({
    status: 'requires_payment_method',
    last_payment_error: { code, network_decline_code: network },
    latest_charge: { status: 'failed', failure_code: code, outcome: { network_decline_code: network } },
  });
  const method = await client().paymentMethods.retrieve(paying.payment_method);
  const blocked = method.us_bank_account?.status_details?.blocked;
  expect(blocked?.network_code).toBe(isBlocked ? network : undefined);
  if (!isBlocked) return;
  expect(await declineOffSession(client(), paying)).toMatchObject({ statusCode: 402, code: 'bank_account_unusable' });
});

test.each(['R07', 'R10', 'R29'])('after %s the mandate is gone', async (network) => {
  const { paying, intent } = await debited('pm_usBankAccount_success');
  const ordered = { code: 'debit_not_authorized', network_decline_code: network };
  await emulator().throwSwitch('cards', { paymentMethod: paying.payment_method, decline: ordered, times: 1 });
  const { latest_charge: charge } = await client().paymentIntents.retrieve(intent.id, { expand: ['latest_charge'] });
  const mandate = typeof charge === 'object' ? charge?.payment_method_details?.us_bank_account?.mandate : undefined;
  await days(5);
  expect((await client().mandates.retrieve(String(mandate))).status).toBe('inactive');
  const { data } = await client().events.list({ type: 'mandate.updated' });
  expect(data[0]).toMatchObject({ data: { object: { id: mandate } } });
});

test('an account ordered to be good settles, whatever its number says', async () => {
  const { paying, intent } = await debited('pm_usBankAccount_accountClosed');
  await emulator().throwSwitch('cards', { paymentMethod: paying.payment_method, decline: null });
  await days(5);
  expect((await client().paymentIntents.retrieve(intent.id)).status).toBe('succeeded');
});

test('a debit returned after it had succeeded is a dispute that is lost already', async () => {
  const { intent } = await debited('pm_usBankAccount_dispute');
  await days(4);
  expect((await client().paymentIntents.retrieve(intent.id)).status).toBe('succeeded');
  await days(2);
  const { data } = await client().disputes.list({ payment_intent: intent.id });
  expect(data).toMatchObject([{ status: 'lost', reason: 'debit_not_authorized', evidence_details: { due_by: null } }]);
});

test('a debit that the bank never answers stays processing', async () => {
  const { intent } = await debited('pm_usBankAccount_processing');
  await days(60);
  expect((await client().paymentIntents.retrieve(intent.id)).status).toBe('processing');
});
