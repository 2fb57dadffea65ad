// A payment method as Stripe shows it, and beside it how it behaves. The number is read here and kept nowhere: brand, last
// four digits, a keyed fingerprint and the name of the behaviour are all that stays.

import type Stripe from 'stripe';
import { fingerprintOf, newId, type World } from '../world';
import { type AccountBehaviour, accounts, testRouting } from './accounts';
import { type CardBehaviour, cards } from './cards';
import type { Decline } from './declines';

export type Instrument = {
  /** The payment method's. */
  readonly id: string;
  readonly behaviour: string;
  readonly fingerprint: string;
  /** Of cards that clear later. */
  readonly declinesLeft: number;
  /** Its holder has agreed to charges without them. */
  readonly isSetUp: boolean;
  /** Detached, or used once without having been attached: not to be used again. */
  readonly isSpent?: true;
};

/** A behaviour ordered for one payment method, or, by its fingerprint, for one card or account. */
export type Override = {
  readonly id: string;
  /** Null: it is good, whatever its number says. */
  readonly decline: Decline | null;
  readonly timesLeft: number | null;
};

export type Holder = { readonly name?: string; readonly email?: string };

export type CardDetails = {
  readonly number: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly cvc: string;
};

export function cardOfNumber(number: string): CardBehaviour | undefined {
  return cards.find((card) => card.number === number);
}

export function accountOfNumber(number: string): AccountBehaviour | undefined {
  return accounts.find((account) => account.number === number);
}

export function cardOf({ store }: World, paymentMethodId: string): CardBehaviour | undefined {
  const behaviour = store.get('instruments', paymentMethodId)?.behaviour;
  return cards.find(({ name }) => name === behaviour);
}

export function accountOf({ store }: World, paymentMethodId: string): AccountBehaviour | undefined {
  const behaviour = store.get('instruments', paymentMethodId)?.behaviour;
  return accounts.find(({ name }) => name === behaviour);
}

/** A payment method for a name such as `pm_card_visa`, not attached to anybody; undefined where the name is none. */
export function instrumentOfAlias(world: World, alias: string): Stripe.PaymentMethod | undefined {
  const card = cards.find(({ aliases }) => aliases.includes(alias));
  const year = new Date(world.clock.nowMs()).getUTCFullYear();
  if (card !== undefined) return makeCard(world, card, { expMonth: 12, expYear: year + 2, cvc: '002' }, {});
  const account = accounts.find(({ aliases }) => aliases.includes(alias));
  return account === undefined ? undefined : makeAccount(world, account, 'individual', {});
}

export function makeCard(
  world: World,
  card: CardBehaviour,
  { expMonth, expYear, cvc }: Omit<CardDetails, 'number'>,
  holder: Holder,
): Stripe.PaymentMethod {
  const fingerprint = fingerprintOf(world, card.number);
  const method = {
    ...basis(world, holder),
    type: 'card',
    card: {
      brand: card.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'US',
      display_brand: card.brand,
      exp_month: expMonth,
      exp_year: expYear,
      fingerprint,
      funding: card.funding,
      generated_from: null,
      last4: card.number.slice(-4),
      networks: { available: [card.brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
  } satisfies Stripe.PaymentMethod;
  const declinesLeft = card.declinedAsOftenAsCvc === undefined ? 0 : Number(cvc) || 0;
  const isSetUp = card.authentication === 'neverOffSession';
  world.store.put('instruments', { id: method.id, behaviour: card.name, fingerprint, declinesLeft, isSetUp });
  return world.store.put('paymentMethods', method);
}

export function makeAccount(
  world: World,
  account: AccountBehaviour,
  holderType: 'individual' | 'company',
  holder: Holder,
): Stripe.PaymentMethod {
  const fingerprint = fingerprintOf(world, account.number);
  const method = {
    ...basis(world, holder),
    type: 'us_bank_account',
    us_bank_account: {
      account_holder_type: holderType,
      account_type: 'checking',
      bank_name: 'STRIPE TEST BANK',
      financial_connections_account: null,
      fingerprint,
      last4: account.number.slice(-4),
      networks: { preferred: 'ach', supported: ['ach'] },
      routing_number: testRouting,
      status_details: {},
    },
  } satisfies Stripe.PaymentMethod;
  world.store.put('instruments', {
    id: method.id,
    behaviour: account.name,
    fingerprint,
    declinesLeft: 0,
    isSetUp: true,
  });
  return world.store.put('paymentMethods', method);
}

function basis({ clock }: World, { name, email }: Holder) {
  return {
    id: newId('pm_1'),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: { address: noAddress, email: email ?? null, name: name ?? null, phone: null, tax_id: null },
    created: clock.now(),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
  } as const;
}

const noAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null } as const;

/** The decline that a charge meets now, one time less from then on; null where it goes through. */
export function takeDecline(world: World, paymentMethodId: string): Decline | null {
  const { store } = world;
  const ordered = takeOrdered(world, paymentMethodId);
  if (ordered !== undefined) return ordered.decline;
  const card = cardOf(world, paymentMethodId);
  const always = card?.declined ?? card?.declinedWhenCharged;
  if (always !== undefined) return always;
  const instrument = store.get('instruments', paymentMethodId);
  if (instrument === undefined || instrument.declinesLeft === 0) return null;
  store.put('instruments', { ...instrument, declinesLeft: instrument.declinesLeft - 1 });
  return card?.declinedAsOftenAsCvc ?? null;
}

/** What was ordered for it, one time less from then on; undefined where nothing was. */
export function takeOrdered(world: World, paymentMethodId: string): Override | undefined {
  const ordered = orderedFor(world, paymentMethodId);
  const { store } = world;
  if (ordered === undefined || ordered.timesLeft === null) return ordered;
  if (ordered.timesLeft <= 1) store.remove('overrides', ordered.id);
  else store.put('overrides', { ...ordered, timesLeft: ordered.timesLeft - 1 });
  return ordered;
}

/** The decline that saving it meets. What is ordered is for charges: saving goes well then. */
export function declineWhenSaved(world: World, paymentMethodId: string): Decline | undefined {
  return orderedFor(world, paymentMethodId) === undefined ? cardOf(world, paymentMethodId)?.declined : undefined;
}

function orderedFor({ store }: World, paymentMethodId: string): Override | undefined {
  const fingerprint = store.get('instruments', paymentMethodId)?.fingerprint ?? '';
  return store.get('overrides', paymentMethodId) ?? store.get('overrides', fingerprint);
}
