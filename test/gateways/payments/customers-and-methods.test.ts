import { requestFor, useGateway } from './gateway';

const gateway = useGateway();

describe('customers', () => {
  test('one a workspace and Minutebook, however often it is asked for, with its name kept up', async () => {
    const { payments, emulator } = gateway();
    const first = await payments.ensureCustomer({ workspace: 'acme', minutebook: 'eu' });
    const update = { ...first, name: 'Acme, Inc.', email: 'pay@acme.example' };
    expect(await payments.updateCustomer(update)).toEqual({ kind: 'updated' });
    expect(await payments.updateCustomer(update)).toEqual({ kind: 'updated' });
    expect(await payments.ensureCustomer({ workspace: 'acme', minutebook: 'eu' })).toEqual(first);
    const other = await payments.ensureCustomer({ workspace: 'acme', minutebook: 'us' });
    expect(other).not.toEqual(first);
    expect(await emulator.stripe.customers.retrieve(first.customer)).toMatchObject({
      name: 'Acme, Inc.',
      email: 'pay@acme.example',
      metadata: { workspace: 'acme', minutebook: 'eu' },
    });
  });

  test('an error of theirs that is kept under the key does not stand in the way for a day', async () => {
    const { payments, emulator } = gateway();
    await emulator.throwSwitch('faults', { on: 'POST /v1/customers', kind: 'error_after' });
    const of = { workspace: 'unlucky', minutebook: 'eu' };
    await expect(payments.ensureCustomer(of)).rejects.toMatchObject({ code: 'unavailable' });
    const second = await payments.ensureCustomer(of);
    expect(await payments.ensureCustomer(of)).toEqual(second);
  });

  test('an update of one that is not there is refused', async () => {
    const update = { customer: 'cus_never', name: 'Acme', email: 'pay@acme.example' };
    expect(await gateway().payments.updateCustomer(update)).toMatchObject({
      kind: 'refused',
      code: 'resource_missing',
    });
  });

  test('an update that is not answered is to be made again', async () => {
    const { payments, emulator } = gateway();
    const { customer } = await payments.ensureCustomer({ workspace: 'slow', minutebook: 'eu' });
    await emulator.throwSwitch('faults', { on: 'POST /v1/customers/:id', kind: 'error_before' });
    await expect(payments.updateCustomer({ customer, name: 'A', email: 'a@b.example' })).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});

describe('methods', () => {
  test('a card says what to call it by, and the same card has the same fingerprint', async () => {
    const { payments, emulator } = gateway();
    const [one, other] = [await requestFor(emulator, 'pm_card_visa'), await requestFor(emulator, 'pm_card_visa')];
    const card = await payments.readPaymentMethod(one.paymentMethod.id);
    expect(card).toEqual({
      id: one.paymentMethod.id,
      type: 'card',
      brand: 'visa',
      last4: '4242',
      expMonth: expect.any(Number),
      expYear: expect.any(Number),
      bankName: null,
      fingerprint: expect.stringMatching(/\w+/),
      funding: 'credit',
      blocked: null,
      customer: one.customer,
    });
    expect((await payments.readPaymentMethod(other.paymentMethod.id))?.fingerprint).toBe(card?.fingerprint);
  });

  test('a bank account, too', async () => {
    const { payments, emulator } = gateway();
    const { paymentMethod } = await requestFor(emulator, 'pm_usBankAccount_success');
    expect(await payments.readPaymentMethod(paymentMethod.id)).toMatchObject({
      type: 'us_bank_account',
      brand: null,
      last4: '6789',
      bankName: 'STRIPE TEST BANK',
      blocked: null,
    });
  });

  test('all of a customer are listed, whatever their type', async () => {
    const { payments, emulator } = gateway();
    const { customer, paymentMethod } = await requestFor(emulator, 'pm_card_visa');
    const account = await emulator.stripe.paymentMethods.attach('pm_usBankAccount_success', { customer });
    const ids = (await payments.paymentMethodsOf(customer)).map(({ id }) => id);
    expect(ids.sort()).toEqual([paymentMethod.id, account.id].sort());
  });

  test('is detached, however often, and then belongs to nobody; one that is not there is fine', async () => {
    const { payments, emulator } = gateway();
    const { customer, paymentMethod } = await requestFor(emulator, 'pm_card_visa');
    await payments.detachPaymentMethod(paymentMethod.id);
    await payments.detachPaymentMethod(paymentMethod.id);
    await payments.detachPaymentMethod('pm_never');
    expect((await payments.readPaymentMethod(paymentMethod.id))?.customer).toBeNull();
    expect(await payments.paymentMethodsOf(customer)).toEqual([]);
    expect(await payments.readPaymentMethod('pm_never')).toBeUndefined();
  });
});
