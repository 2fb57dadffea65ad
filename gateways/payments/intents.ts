// What a PaymentIntent, or the error of one, says of the money. A status that is not known is unknown, never paid.
import type Stripe from 'stripe';
import type { Decline } from '../../domain/dunning/decline';
import { bookingOf, centsOf, expanded, idOf } from './figures';
import type { AttemptMarks, IntentOutcome, IntentReading, MethodType } from './payments';

/** What is expanded, so that one answer says what was paid, with its fee, or why it was not. */
export const intentExpansions = ['latest_charge.balance_transaction'];

export function readingOf(intent: Stripe.PaymentIntent): IntentReading {
  return {
    paymentIntent: intent.id,
    createdMs: intent.created * 1000,
    customer: idOf(intent.customer),
    paymentMethod: idOf(intent.payment_method) ?? idOf(intent.last_payment_error?.payment_method),
    amountCents: centsOf(intent.amount),
    marks: marksOf(intent.metadata),
    outcome: outcomeOf(intent),
  };
}

/** Whose attempt it is, by what we wrote on it; null where it is not one of ours. */
export function marksOf(metadata: Stripe.Metadata | null): AttemptMarks | null {
  const { workspace, invoice, attempt } = metadata ?? {};
  return workspace === undefined || invoice === undefined || attempt === undefined
    ? null
    : { workspace, invoice, attempt };
}

export function outcomeOf(intent: Stripe.PaymentIntent): IntentOutcome {
  const { id: paymentIntent, status, currency } = intent;
  const charge = idOf(intent.latest_charge);
  // We ask for US dollars alone, in whole cents: anything else is no amount that we could book.
  if (currency !== 'usd' || !Number.isSafeInteger(intent.amount_received)) {
    return {
      kind: 'unknown',
      why: `${paymentIntent}: expected cents of usd, came ${intent.amount_received} ${currency}`,
    };
  }
  switch (status) {
    case 'succeeded':
      return {
        kind: 'paid',
        paymentIntent,
        charge,
        amountCents: centsOf(intent.amount_received),
        booking: bookingIn(intent),
      };
    case 'processing':
      return { kind: 'processing', paymentIntent, charge };
    case 'canceled':
      return { kind: 'canceled', paymentIntent, reason: intent.cancellation_reason };
    case 'requires_action':
      return { kind: 'needsCustomer', paymentIntent, decline: toAuthenticate(intent), isOpen: true };
    case 'requires_payment_method':
      return unpaidOutcome(intent);
    default:
      return { kind: 'unknown', why: `${paymentIntent} is ${status}` };
  }
}

// One that failed for good; or one of a page that nobody has submitted anything on, yet.
function unpaidOutcome(intent: Stripe.PaymentIntent): IntentOutcome {
  const { id: paymentIntent, last_payment_error: error } = intent;
  if (error === null) {
    return { kind: 'needsCustomer', paymentIntent, decline: toAuthenticate(intent), isOpen: true };
  }
  const charge = idOf(intent.latest_charge);
  return failedOutcome(error, { paymentIntent, charge, latest: expanded(intent.latest_charge), isOpen: false });
}

/** The codes of an error, as they stand on the error of a call and on an intent alike. */
type Codes = Pick<
  Stripe.PaymentIntent.LastPaymentError,
  'advice_code' | 'decline_code' | 'network_advice_code' | 'network_decline_code' | 'payment_method'
> & { readonly code?: string };

/** What an error that says no means. */
export function failedOutcome(
  codes: Codes,
  about: {
    readonly paymentIntent: string | null;
    readonly charge: string | null;
    readonly latest: Stripe.Charge | null;
    readonly isOpen: boolean;
    readonly methodType?: MethodType;
  },
): IntentOutcome {
  const { paymentIntent, charge, isOpen } = about;
  const decline = declineOf(codes, about);
  const wantsCustomer = [decline.code, decline.declineCode].includes('authentication_required');
  return wantsCustomer
    ? { kind: 'needsCustomer', paymentIntent, decline, isOpen }
    : { kind: 'declined', paymentIntent, charge, decline };
}

function declineOf(
  codes: Codes,
  { latest, methodType }: { readonly latest: Stripe.Charge | null; readonly methodType?: MethodType },
): Decline {
  const { type, card } = codes.payment_method ?? {};
  const details = latest?.payment_method_details;
  const isDebit = (type ?? methodType ?? details?.type) === 'us_bank_account';
  const networkDeclineCode = said(codes.network_decline_code) ?? said(latest?.outcome?.network_decline_code);
  // Radar's block is said as `fraudulent`; that it was its highest level, only the charge says.
  const isHighestRisk = latest?.outcome?.reason === 'highest_risk_level';
  return {
    methodType: isDebit ? 'us_bank_account' : 'card',
    brand: said(card?.brand) ?? said(details?.card?.brand),
    code: said(codes.code),
    declineCode: isHighestRisk ? 'highest_risk_level' : said(codes.decline_code),
    adviceCode: said(codes.advice_code) ?? said(latest?.outcome?.advice_code),
    networkDeclineCode,
    networkAdviceCode: said(codes.network_advice_code) ?? said(latest?.outcome?.network_advice_code),
    returnCode: isDebit && /^R\d\d$/.test(networkDeclineCode ?? '') ? networkDeclineCode : null,
  };
}

// The package has an empty text for a code that is not there.
function said(code: string | null | undefined): string | null {
  return code || null;
}

function toAuthenticate(intent: Stripe.PaymentIntent): Decline {
  const payment_method = expanded(intent.payment_method);
  return declineOf(
    { code: 'authentication_required', ...(payment_method === null ? {} : { payment_method }) },
    { latest: expanded(intent.latest_charge) },
  );
}

function bookingIn(intent: Stripe.PaymentIntent) {
  return bookingOf(expanded(intent.latest_charge)?.balance_transaction);
}
