// Making the charge of a PaymentIntent: succeeded, pending or failed.

import type Stripe from 'stripe';
import type { Decline } from '../behaviours/declines';
import { sentenceOf } from '../behaviours/declines';
import { idOf, newId, type World } from '../world';
import { isDebit, moveCharge } from './ledger';

type Result =
  | { readonly status: 'succeeded' }
  | { readonly status: 'pending'; readonly mandate: string | null }
  | { readonly status: 'failed'; readonly decline: Decline };

export function makeCharge(
  world: World,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  result: Result,
): Stripe.Charge {
  const { store, clock } = world;
  const isPaid = result.status === 'succeeded';
  const charge = {
    id: newId(method.type === 'card' ? 'ch_3' : 'py_3'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: result.status === 'failed' ? 0 : intent.amount,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: method.billing_details,
    calculated_statement_descriptor: 'MINUTEBOOK SANDBOX',
    captured: result.status !== 'failed',
    created: clock.now(),
    currency: intent.currency,
    customer: idOf(intent.customer),
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: result.status === 'failed' ? result.decline.code : null,
    failure_message: result.status === 'failed' ? sentenceOf(result.decline) : null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: outcomeOf(result, method),
    paid: isPaid,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: detailsOf(intent, method, result),
    radar_options: {},
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: isPaid ? `${world.url()}/receipts/${intent.id}` : null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: intent.statement_descriptor,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    status: result.status,
    transfer_data: null,
    transfer_group: null,
  } satisfies Stripe.Charge;
  return isPaid ? settled(world, charge) : store.put('charges', charge);
}

/** The charge once its money is in. */
export function settled(world: World, charge: Stripe.Charge): Stripe.Charge {
  const { id } = moveCharge(world, charge);
  const outcome = isDebit(charge) ? approved : charge.outcome;
  return world.store.put('charges', { ...charge, status: 'succeeded', paid: true, balance_transaction: id, outcome });
}

const approved = {
  advice_code: null,
  network_advice_code: null,
  network_decline_code: null,
  network_status: 'approved_by_network',
  reason: null,
  risk_level: 'normal',
  risk_score: 20,
  seller_message: 'Payment complete.',
  type: 'authorized',
} as const satisfies Stripe.Charge.Outcome;

function outcomeOf(result: Result, method: Stripe.PaymentMethod): Stripe.Charge.Outcome {
  if (result.status === 'pending') {
    return { ...approved, risk_level: 'not_assessed', seller_message: 'Payment pending.' };
  }
  if (result.status === 'succeeded') {
    return method.type === 'card' ? approved : { ...approved, risk_level: 'not_assessed' };
  }
  const { decline_code: reason, advice_code, network_advice_code, network_decline_code, code } = result.decline;
  const isBlocked = reason === 'fraudulent' && network_decline_code === undefined;
  return {
    ...approved,
    advice_code: advice_code ?? null,
    network_advice_code: network_advice_code ?? null,
    network_decline_code: network_decline_code ?? null,
    network_status: isBlocked ? 'not_sent_to_network' : 'declined_by_network',
    reason: isBlocked ? 'highest_risk_level' : (reason ?? code),
    risk_level: isBlocked ? 'highest' : 'normal',
    seller_message: isBlocked
      ? 'Stripe blocked this payment as too risky.'
      : `The bank returned the decline code \`${reason ?? code}\`.`,
    type: isBlocked ? 'blocked' : 'issuer_declined',
  };
}

function detailsOf(
  intent: Stripe.PaymentIntent,
  { type, card, us_bank_account: account }: Stripe.PaymentMethod,
  result: Result,
): Stripe.Charge.PaymentMethodDetails {
  if (account !== undefined) {
    const { account_holder_type, account_type, bank_name, fingerprint, last4, routing_number } = account;
    const mandate = result.status === 'pending' && result.mandate !== null ? { mandate: result.mandate } : {};
    const reference = { payment_reference: null, ...mandate };
    return {
      type,
      us_bank_account: {
        account_holder_type,
        account_type,
        bank_name,
        fingerprint,
        last4,
        routing_number,
        ...reference,
      },
    };
  }
  if (card === undefined) return { type };
  const { brand, country, exp_month, exp_year, fingerprint, funding, last4, regulated_status, checks } = card;
  const usage = intent.payment_method_options?.card?.stored_credential_usage;
  return {
    type,
    card: {
      amount_authorized: result.status === 'succeeded' ? intent.amount : null,
      authorization_code: result.status === 'succeeded' ? newId('', 6).toUpperCase() : null,
      brand,
      checks,
      country,
      electronic_commerce_indicator: null,
      exp_month,
      exp_year,
      fingerprint: fingerprint ?? null,
      funding,
      installments: null,
      last4,
      mandate: null,
      network: brand,
      network_transaction_id: newId('', 15),
      regulated_status,
      ...(usage === undefined ? {} : { stored_credential_usage: usage }),
      three_d_secure: null,
      transaction_link_id: null,
      wallet: null,
    },
  };
}
