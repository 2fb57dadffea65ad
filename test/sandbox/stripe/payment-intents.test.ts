import { useEmulator } from '../../stripe/emulator';
import { refusalOf } from '../../stripe/refusal';

const emulator = useEmulator();
const client = () => emulator().stripe;

async function customerWith(alias: string) {
  const customer = await client().customers.create({ name: 'Acme', email: 'pay@acme.example' });
  const method = await client().paymentMethods.attach(alias, { customer: customer.id });
  return { customer: customer.id, payment_method: method.id };
}

const charge = {
  amount: 1234,
  currency: 'usd',
  off_session: true,
  confirm: true,
  error_on_requires_action: true,
} as const;

describe('a PaymentIntent that is made and confirmed at once', () => {
  test('is paid by a good card, with a charge and a balance transaction whose net is signed', async () => {
    const paying = await customerWith('pm_card_visa');
    const intent = await client().paymentIntents.create({
      ...charge,
      ...paying,
      allowed_payment_method_types: ['card', 'us_bank_account'],
      payment_method_options: { card: { stored_credential_usage: 'recurring' } },
      metadata: { invoice: 'in-1', attempt: '1' },
      expand: ['latest_charge.balance_transaction'],
    });
    expect(intent).toMatchObject({ status: 'succeeded', amount_received: 1234, metadata: { invoice: 'in-1' } });
    expect(intent.latest_charge).toMatchObject({
      status: 'succeeded',
      payment_method_details: { card: { brand: 'visa', last4: '4242', stored_credential_usage: 'recurring' } },
      balance_transaction: { amount: 1234, fee: 66, net: 1168, type: 'charge' },
    });
  });

  test('is declined with all codes, and shows it afterwards', async () => {
    const paying = await customerWith('pm_card_chargeCustomerFail');
    const error = await refusalOf(client().paymentIntents.create({ ...charge, ...paying }));
    expect(error).toMatchObject({
      type: 'card_error',
      code: 'card_declined',
      decline_code: 'generic_decline',
      network_decline_code: '05',
      advice_code: 'try_again_later',
      charge: expect.stringMatching(/^ch_/),
      doc_url: 'https://stripe.com/docs/error-codes/card-declined',
      payment_method: { id: paying.payment_method },
    });
    const intent = await client().paymentIntents.retrieve(error.payment_intent?.id ?? '');
    expect(intent).toMatchObject({ status: 'requires_payment_method', payment_method: null, amount_received: 0 });
    expect(intent.last_payment_error?.decline_code).toBe('generic_decline');
  });
});
