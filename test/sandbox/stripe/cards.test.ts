import { cards } from '../../../sandbox/stripe/behaviours/cards';
import { useEmulator } from '../../stripe/emulator';
import { fillCheckout } from '../../stripe/fill-checkout';
import { chargeOffSession, customerWith, declineOffSession } from '../../stripe/paying';
import { refusalOf } from '../../stripe/refusal';

const emulator = useEmulator();
const client = () => emulator().stripe;

const declined = cards.filter((card) => card.declined !== undefined);

test.each(declined.map((card) => [card.aliases[0] ?? '', card.declined?.code, card.declined?.decline_code]))(
  '%s cannot be saved, and is declined where it is charged: %s, %s',
  async (alias, code, decline_code) => {
    const customer = await client().customers.create({ name: 'Acme' });
    const saving = await refusalOf(client().paymentMethods.attach(alias, { customer: customer.id }));
    expect(saving).toMatchObject({ statusCode: 402, type: 'card_error', code, decline_code });
    const charging = { amount: 500, currency: 'usd', confirm: true, payment_method: alias };
    const error = await refusalOf(client().paymentIntents.create(charging));
    expect(error).toMatchObject({ statusCode: 402, code, decline_code, charge: expect.stringMatching(/^ch_/) });
  },
);

test.each([
  ['pm_card_mastercard', 'mastercard', 'credit'],
  ['pm_card_amex', 'amex', 'credit'],
  ['pm_card_visa_debit', 'visa', 'debit'],
  ['pm_card_mastercard_prepaid', 'mastercard', 'prepaid'],
])('%s is a %s card of the kind %s, paid', async (alias, brand, funding) => {
  const paying = await customerWith(client(), alias);
  expect(await client().paymentMethods.retrieve(paying.payment_method)).toMatchObject({ card: { brand, funding } });
  expect((await chargeOffSession(client(), paying, 900)).status).toBe('succeeded');
});

test('the same card has the same fingerprint for everybody, and another another', async () => {
  const fingerprint = async (alias: string) => {
    const { payment_method: id } = await customerWith(client(), alias);
    return (await client().paymentMethods.retrieve(id)).card?.fingerprint;
  };
  const first = await fingerprint('pm_card_visa');
  expect(await fingerprint('pm_card_visa')).toBe(first);
  expect(await fingerprint('pm_card_mastercard')).not.toBe(first);
});

describe('authentication', () => {
  test('a card that always asks is declined off-session, and not left waiting', async () => {
    const paying = await customerWith(client(), 'pm_card_authenticationRequired');
    const error = await declineOffSession(client(), paying);
    expect(error).toMatchObject({ code: 'authentication_required', decline_code: 'authentication_required' });
    expect(error.payment_intent).toMatchObject({ status: 'requires_payment_method', next_action: null });
  });

  test('without off_session the intent waits for its holder, with an address to ask at', async () => {
    const paying = await customerWith(client(), 'pm_card_authenticationRequired');
    const params = { amount: 800, currency: 'usd', confirm: true, return_url: 'https://shop.example/back' } as const;
    const intent = await client().paymentIntents.create({ ...params, ...paying });
    expect(intent).toMatchObject({ status: 'requires_action', next_action: { type: 'redirect_to_url' } });
    const url = intent.next_action?.redirect_to_url?.url ?? '';
    const asked = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams({ decision: 'approve' }),
      redirect: 'manual',
    });
    expect(asked.headers.get('location')).toContain('redirect_status=succeeded');
    expect((await client().paymentIntents.retrieve(intent.id)).status).toBe('succeeded');
  });

  test('a card that asks once is charged off-session after Checkout has set it up', async () => {
    const customer = await client().customers.create({ name: 'Acme' });
    const urls = { success_url: 'https://shop.example/done' };
    const session = await client().checkout.sessions.create({
      mode: 'setup',
      currency: 'usd',
      customer: customer.id,
      ...urls,
    });
    expect((await fillCheckout(session.url ?? '', { number: '4000002500003155' })).wasAsked).toBe(true);
    const { data } = await client().paymentMethods.list({ customer: customer.id });
    const paying = { customer: customer.id, payment_method: data[0]?.id ?? '' };
    expect((await chargeOffSession(client(), paying, 900)).status).toBe('succeeded');
    const unasked = await customerWith(client(), 'pm_card_authenticationRequiredOnSetup');
    expect((await declineOffSession(client(), unasked)).code).toBe('authentication_required');
  });
});

describe('ordered declines', () => {
  const ordered = {
    code: 'card_declined',
    decline_code: 'do_not_honor',
    advice_code: 'try_again_later',
    network_decline_code: '05',
    network_advice_code: '24',
  };

  test('of one payment method, with every code, so often as was said', async () => {
    const paying = await customerWith(client(), 'pm_card_mastercard');
    await emulator().throwSwitch('cards', { paymentMethod: paying.payment_method, decline: ordered, times: 2 });
    for (let at = 0; at < 2; at++) expect(await declineOffSession(client(), paying)).toMatchObject(ordered);
    const paid = await client().paymentIntents.create({
      ...{ amount: 900, currency: 'usd', off_session: true, confirm: true },
      ...paying,
      expand: ['latest_charge'],
    });
    expect(paid.status).toBe('succeeded');
    const { data } = await client().charges.list({ customer: paying.customer });
    expect(data.map(({ outcome }) => outcome?.network_advice_code)).toEqual([null, '24', '24']);
  });

  test('of a number, for every payment method that has it', async () => {
    const paying = await customerWith(client(), 'pm_card_jcb');
    await emulator().throwSwitch('cards', { number: '3566 0020 2036 0505', decline: ordered });
    expect((await declineOffSession(client(), paying)).decline_code).toBe('do_not_honor');
    await emulator().throwSwitch('cards', { number: '3566002020360505', decline: null });
    expect((await chargeOffSession(client(), paying, 900)).status).toBe('succeeded');
  });

  test('a card ordered to be good can be saved and charged, whatever its number says', async () => {
    await emulator().throwSwitch('cards', { number: '4000000000009987', decline: null });
    const paying = await customerWith(client(), 'pm_card_visa_chargeDeclinedLostCard');
    expect((await chargeOffSession(client(), paying, 900)).status).toBe('succeeded');
  });

  test('the card that clears later does so after as many attempts as its security code says', async () => {
    const paying = await customerWith(client(), 'pm_card_clearsAfterTwo');
    const first = await declineOffSession(client(), paying);
    const second = await declineOffSession(client(), paying);
    expect([first.decline_code, second.decline_code]).toEqual(['insufficient_funds', 'insufficient_funds']);
    expect((await chargeOffSession(client(), paying, 900)).status).toBe('succeeded');
  });

  test.each([
    [{ decline: null }, /expected either the number/],
    [{ number: '4111111111111111', decline: null }, /expected either the number/],
    [{ paymentMethod: 'pm_none', decline: null }, /there is no payment method/],
    [{ number: '4242424242424242', decline: { decline_code: 'x' } }, /decline must be null or have code/],
    [{ number: '4242424242424242', decline: null, times: 0 }, /times must be/],
  ])('%j is refused with a sentence', async (body, sentence) => {
    await expect(emulator().throwSwitch('cards', body)).rejects.toThrow(sentence);
  });
});

describe('a method', () => {
  test('that was detached cannot be used again', async () => {
    const paying = await customerWith(client(), 'pm_card_visa');
    expect((await client().paymentMethods.detach(paying.payment_method)).customer).toBeNull();
    const used = client().paymentMethods.attach(paying.payment_method, { customer: paying.customer });
    expect((await refusalOf(used)).message).toContain('detached');
    expect((await declineOffSession(client(), paying)).message).toContain('detached');
  });

  test('of somebody else cannot be charged', async () => {
    const [one, other] = [await customerWith(client(), 'pm_card_visa'), await customerWith(client(), 'pm_card_visa')];
    const mixed = { customer: one.customer, payment_method: other.payment_method };
    expect(await declineOffSession(client(), mixed)).toMatchObject({ statusCode: 400, param: 'payment_method' });
  });

  test('is renewed by its network: new date and digits, told by an event', async () => {
    const paying = await customerWith(client(), 'pm_card_visa');
    const renewed = { last4: '1881', exp_year: 2039, exp_month: 3 };
    await emulator().throwSwitch(`cards/${paying.payment_method}/update`, renewed);
    expect(await client().paymentMethods.retrieve(paying.payment_method)).toMatchObject({ card: renewed });
    const { data } = await client().events.list({ type: 'payment_method.automatically_updated' });
    expect(data[0]).toMatchObject({
      data: { object: { id: paying.payment_method }, previous_attributes: { card: { last4: '4242' } } },
    });
  });

  test('is updated by hand', async () => {
    const { payment_method: id } = await customerWith(client(), 'pm_card_visa');
    const updated = await client().paymentMethods.update(id, { card: { exp_year: 2040 }, metadata: { a: '1' } });
    expect(updated).toMatchObject({ card: { exp_year: 2040, last4: '4242' }, metadata: { a: '1' } });
  });
});

test('intents are confirmed later, cancelled before, and not cancelled after', async () => {
  const paying = await customerWith(client(), 'pm_card_visa');
  const intent = await client().paymentIntents.create({ amount: 700, currency: 'usd', customer: paying.customer });
  expect(intent.status).toBe('requires_payment_method');
  const paid = await client().paymentIntents.confirm(intent.id, {
    payment_method: paying.payment_method,
    off_session: true,
  });
  expect(paid.status).toBe('succeeded');
  const late = await refusalOf(client().paymentIntents.cancel(intent.id));
  expect(late).toMatchObject({ code: 'payment_intent_unexpected_state', payment_intent: { id: intent.id } });
  const other = await client().paymentIntents.create({ amount: 700, currency: 'usd' });
  const gone = await client().paymentIntents.cancel(other.id, { cancellation_reason: 'requested_by_customer' });
  expect(gone).toMatchObject({ status: 'canceled', cancellation_reason: 'requested_by_customer' });
  const again = client().paymentIntents.confirm(other.id, { payment_method: paying.payment_method });
  expect((await refusalOf(again)).code).toBe('payment_intent_unexpected_state');
});
