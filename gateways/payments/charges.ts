// Charging without the customer, and finding out what became of a charge.
import type Stripe from 'stripe';
import { hourMs } from '../../domain/period';
import { type Calls, keyed, newKey } from './calls';
import { type Refusal, refusedBy } from './failures';
import { amountOf, expanded, idOf, secondsOf } from './figures';
import { failedOutcome, intentExpansions, marksOf, outcomeOf, readingOf } from './intents';
import { everyPage } from './lists';
import type { ChargeOutcome, ChargeRequest, IntentOutcome, Payments } from './payments';

type Charging = Pick<Payments, 'charge' | 'lookUpCharge' | 'intentsOf' | 'readIntent' | 'cancelIntent'>;

export function chargingOf(calls: Calls): Charging {
  const { client, send, read } = calls;
  const readIntent: Charging['readIntent'] = async (id) => {
    const intent = await read('payment_intents.retrieve', () =>
      client.paymentIntents.retrieve(id, { expand: intentExpansions }),
    );
    return intent && readingOf(intent);
  };
  return {
    charge: async (request) => {
      const key = keyed(request.idempotencyKey);
      const sent = await send('payment_intents.create', () => client.paymentIntents.create(bodyOf(request), key));
      switch (sent.kind) {
        case 'answered':
          return outcomeOf(sent.answer);
        case 'declined':
          return declinedOutcome(sent.error, request);
        case 'refused':
          return refusedOutcome(calls, sent, request);
        default:
          return sent;
      }
    },
    lookUpCharge: (of) => lookUp(calls, of),
    intentsOf: async (of) => (await intentsOf(calls, of)).map(readingOf),
    readIntent,
    cancelIntent: async (id) => {
      const sent = await send('payment_intents.cancel', () =>
        client.paymentIntents.cancel(id, { expand: intentExpansions }, newKey()),
      );
      // Refused, or not answered: the intent itself says what became of it.
      if (sent.kind === 'answered') return outcomeOf(sent.answer);
      const reading = await readIntent(id);
      return reading?.outcome ?? { kind: 'unknown', why: `${id} is not there` };
    },
  };
}

// The body depends on nothing but the request, so that the same key always has the same body.
function bodyOf(request: ChargeRequest): Stripe.PaymentIntentCreateParams {
  const { workspace, invoice, attempt, paymentMethod } = request;
  return {
    amount: amountOf(request.amountCents),
    currency: 'usd',
    customer: request.customer,
    payment_method: paymentMethod.id,
    allowed_payment_method_types: [paymentMethod.type],
    ...(paymentMethod.type === 'card'
      ? { payment_method_options: { card: { stored_credential_usage: request.usage } } }
      : {}),
    // Both: without them an intent that wants the customer is answered with 200 and waits.
    off_session: true,
    error_on_requires_action: true,
    confirm: true,
    description: request.description,
    metadata: { workspace, invoice, attempt },
    expand: intentExpansions,
  };
}

function declinedOutcome(error: Stripe.errors.StripeError, { paymentMethod }: ChargeRequest): IntentOutcome {
  const intent = error.payment_intent;
  return failedOutcome(
    { ...error, ...intent?.last_payment_error, ...codesOf(error) },
    {
      paymentIntent: intent?.id ?? null,
      charge: error.charge ?? idOf(intent?.latest_charge),
      latest: expanded(intent?.latest_charge),
      isOpen: intent?.status === 'requires_action',
      methodType: paymentMethod.type,
    },
  );
}

// The error's own codes go before those of the intent, which may be of an earlier failure.
function codesOf(error: Stripe.errors.StripeError) {
  const { code, decline_code, advice_code, network_decline_code, network_advice_code, payment_method } = error;
  const said = { code, decline_code, advice_code, network_decline_code, network_advice_code, payment_method };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value));
}

const unusableMethod = new Set([
  'bank_account_unusable',
  'payment_method_bank_account_blocked',
  'debit_not_authorized',
  'expired_payment_method',
  'payment_intent_mandate_invalid',
]);

// A method that cannot be charged is the customer's to replace; everything else is a bug of ours. Of one that was detached
// Stripe says so in words alone, so the method itself is asked.
async function refusedOutcome(calls: Calls, refusal: Refusal, request: ChargeRequest): Promise<ChargeOutcome> {
  const { code, param } = refusal;
  if (unusableMethod.has(code ?? '')) return unusable(code, request);
  if (code?.startsWith('amount_') || param === 'customer') return refusedBy(refusal);
  const { id } = request.paymentMethod;
  const sent = await calls.send('payment_methods.retrieve', () => calls.client.paymentMethods.retrieve(id));
  switch (sent.kind) {
    case 'answered':
      if (idOf(sent.answer.customer) !== request.customer) return unusable('payment_method_unexpected_state', request);
      return param === 'payment_method' ? unusable(code, request) : refusedBy(refusal);
    case 'refused':
      return sent.status === 404 ? unusable('resource_missing', request) : refusedBy(refusal);
    default:
      // Refused is not carried out, so that it may be sent again, and be told apart then.
      return { kind: 'rate_limited', why: `${refusal.why}; its payment method could not be read` };
  }
}

function unusable(code: string | null, { paymentMethod }: ChargeRequest): IntentOutcome {
  const about = { paymentIntent: null, charge: null, latest: null, isOpen: false, methodType: paymentMethod.type };
  return failedOutcome(code === null ? {} : { code }, about);
}

async function lookUp(
  calls: Calls,
  { attempt, ...of }: Parameters<Payments['lookUpCharge']>[0],
): Promise<IntentOutcome | { readonly kind: 'absent' }> {
  const intents = await intentsOf(calls, of);
  const outcomes = intents.filter(({ metadata }) => marksOf(metadata)?.attempt === attempt).map(outcomeOf);
  return (
    outcomes.find(({ kind }) => kind === 'paid') ??
    outcomes.find(({ kind }) => kind === 'processing') ??
    outcomes[0] ?? { kind: 'absent' }
  );
}

async function intentsOf(
  { client, read }: Calls,
  { workspace, invoice, customer, sinceMs }: Parameters<Payments['intentsOf']>[0],
): Promise<readonly Stripe.PaymentIntent[]> {
  const created = { gte: secondsOf(sinceMs - hourMs) };
  const expand = intentExpansions.map((each) => `data.${each}`);
  const intents = await everyPage((page) =>
    read('payment_intents.list', () => client.paymentIntents.list({ customer, created, ...page, expand })),
  );
  return intents.filter(({ metadata }) => {
    const marks = marksOf(metadata);
    return marks?.workspace === workspace && marks.invoice === invoice;
  });
}
