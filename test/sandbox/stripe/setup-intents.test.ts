import { useEmulator } from '../../stripe/emulator';
import { refusalOf } from '../../stripe/refusal';

const emulator = useEmulator();
const client = () => emulator().stripe;

async function setUp(alias: string) {
  const customer = await client().customers.create({ name: 'Acme' });
  const params = { customer: customer.id, payment_method: alias, confirm: true, usage: 'off_session' } as const;
  return client().setupIntents.create({ ...params, return_url: 'https://shop.example/back' });
}

const newest = async (type: 'setup_intent.setup_failed' | 'setup_intent.succeeded') => {
  const { data } = await client().events.list({ type, limit: 1 });
  return data[0]?.data.object;
};

test('a card is saved for its customer, and told by events', async () => {
  const intent = await setUp('pm_card_visa');
  expect(intent).toMatchObject({ status: 'succeeded', mandate: null, usage: 'off_session' });
  const method = await client().paymentMethods.retrieve(String(intent.payment_method));
  expect(method.customer).toBe(intent.customer);
  expect(await newest('setup_intent.succeeded')).toMatchObject({ id: intent.id });
  const { data } = await client().setupIntents.list({ customer: String(intent.customer) });
  expect(data.map(({ id }) => id)).toEqual([intent.id]);
});

test('a bank account is saved with a mandate that can be read', async () => {
  const intent = await setUp('pm_usBankAccount_success');
  const mandate = await client().mandates.retrieve(String(intent.mandate));
  expect(mandate).toMatchObject({ status: 'active', payment_method: intent.payment_method, type: 'multi_use' });
});

test('a declined card is not saved, and the intent says why', async () => {
  const error = await refusalOf(setUp('pm_card_visa_chargeDeclinedStolenCard'));
  expect(error).toMatchObject({ statusCode: 402, code: 'card_declined', decline_code: 'stolen_card' });
  const failed = await client().setupIntents.retrieve(error.setup_intent?.id ?? '');
  expect(failed).toMatchObject({
    status: 'requires_payment_method',
    payment_method: null,
    last_setup_error: { decline_code: 'stolen_card', type: 'card_error' },
  });
  expect(await newest('setup_intent.setup_failed')).toMatchObject({ id: failed.id });
});

test.each([
  ['approve', 'succeeded'],
  ['fail', 'requires_payment_method'],
])('a card whose bank asks waits for its holder; %s: %s', async (decision, status) => {
  const intent = await setUp('pm_card_authenticationRequiredOnSetup');
  expect(intent.status).toBe('requires_action');
  const url = intent.next_action?.redirect_to_url?.url ?? '';
  const back = await fetch(url, { method: 'POST', body: new URLSearchParams({ decision }), redirect: 'manual' });
  expect(back.headers.get('location')).toMatch(/^https:\/\/shop\.example\/back\?setup_intent=seti_/);
  const after = await client().setupIntents.retrieve(intent.id);
  expect(after.status).toBe(status);
  expect(after.last_setup_error?.code).toBe(decision === 'fail' ? 'setup_intent_authentication_failure' : undefined);
});

test('one without a method is confirmed later or cancelled, and not both', async () => {
  const { id: customer } = await client().customers.create({ name: 'Acme' });
  const intent = await client().setupIntents.create({ customer, allowed_payment_method_types: ['card'] });
  expect(intent).toMatchObject({ status: 'requires_payment_method', payment_method_types: ['card'] });
  const bank = client().setupIntents.confirm(intent.id, { payment_method: 'pm_usBankAccount_success' });
  expect((await refusalOf(bank)).param).toBe('payment_method');
  expect((await refusalOf(client().setupIntents.confirm(intent.id))).code).toBe('setup_intent_unexpected_state');
  const done = await client().setupIntents.confirm(intent.id, { payment_method: 'pm_card_visa' });
  expect(done.status).toBe('succeeded');
  expect((await refusalOf(client().setupIntents.cancel(intent.id))).code).toBe('setup_intent_unexpected_state');
  const other = await client().setupIntents.create({ customer });
  expect((await client().setupIntents.cancel(other.id)).status).toBe('canceled');
});
