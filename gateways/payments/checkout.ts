// Stripe's own pages, on which customers add a card or bank account, pay, and authenticate.
import type Stripe from 'stripe';
import { type Calls, newKey } from './calls';
import { refusedBy } from './failures';
import { amountOf, expanded, idOf, knownWord, secondsOf } from './figures';
import { intentExpansions, readingOf } from './intents';
import type {
  MethodType,
  OpenedSession,
  PaymentSessionRequest,
  Payments,
  SessionReading,
  SetupSessionRequest,
} from './payments';

type Checkout = Pick<Payments, 'createSetupSession' | 'createPaymentSession' | 'readSession' | 'expireSession'>;

const methodTypes: MethodType[] = ['card', 'us_bank_account'];
const expand = ['setup_intent', ...intentExpansions.map((each) => `payment_intent.${each}`)];

export function checkoutOf(calls: Calls): Checkout {
  const { client, make, repeatable, read } = calls;
  const create = async (body: Stripe.Checkout.SessionCreateParams, key: string): Promise<OpenedSession> => {
    const sent = await make('checkout.sessions.create', key, (option) => client.checkout.sessions.create(body, option));
    if (sent.kind === 'refused') return refusedBy(sent);
    const { id, url, expires_at } = sent.answer;
    // Sent again under its key, a session that is over by now is answered as it was.
    if (url === null) return { kind: 'refused', code: null, why: `${id} has no page` };
    return { kind: 'session', id, url, expiresAtMs: expires_at * 1000 };
  };
  const readSession: Checkout['readSession'] = async (id) => {
    const session = await read('checkout.sessions.retrieve', () => client.checkout.sessions.retrieve(id, { expand }));
    return session && sessionReadingOf(session);
  };
  return {
    createSetupSession: (request) => create(setupBody(request), request.idempotencyKey),
    createPaymentSession: (request) => create(paymentBody(request), request.idempotencyKey),
    readSession,
    expireSession: async (id) => {
      const sent = await repeatable('checkout.sessions.expire', () =>
        client.checkout.sessions.expire(id, {}, newKey()),
      );
      if (sent.kind === 'answered') return { kind: 'expired' };
      const session = await readSession(id);
      // One that is not there is as good as over.
      if (session === undefined || session.status === 'expired') return { kind: 'expired' };
      return { kind: 'refused', session };
    },
  };
}

function sharedBody({ customer, workspace, successUrl, cancelUrl }: SetupSessionRequest) {
  return {
    customer,
    client_reference_id: workspace,
    allowed_payment_method_types: methodTypes,
    success_url: successUrl,
    cancel_url: cancelUrl,
  } satisfies Stripe.Checkout.SessionCreateParams;
}

function setupBody(request: SetupSessionRequest): Stripe.Checkout.SessionCreateParams {
  const metadata = { workspace: request.workspace };
  return { ...sharedBody(request), mode: 'setup', currency: 'usd', metadata, setup_intent_data: { metadata } };
}

function paymentBody(request: PaymentSessionRequest): Stripe.Checkout.SessionCreateParams {
  const { workspace, invoice, attempt, description, keepsMethod } = request;
  const metadata = { workspace, invoice, attempt };
  return {
    ...sharedBody(request),
    mode: 'payment',
    ...(request.expiresAtMs === undefined ? {} : { expires_at: secondsOf(request.expiresAtMs) }),
    line_items: [
      {
        quantity: 1,
        price_data: {
          currency: 'usd',
          unit_amount: amountOf(request.amountCents),
          product_data: { name: description },
        },
      },
    ],
    metadata,
    payment_intent_data: {
      description,
      metadata,
      ...(keepsMethod ? { setup_future_usage: 'off_session' as const } : {}),
    },
  };
}

function sessionReadingOf(session: Stripe.Checkout.Session): SessionReading {
  const payment = expanded(session.payment_intent);
  return {
    id: session.id,
    mode: knownWord(['setup', 'payment'], session.mode),
    status: knownWord(['open', 'complete', 'expired'], session.status),
    paymentStatus: knownWord(['paid', 'unpaid', 'no_payment_required'], session.payment_status),
    customer: idOf(session.customer),
    url: session.url,
    expiresAtMs: session.expires_at * 1000,
    setup: setupOf(expanded(session.setup_intent)),
    payment: payment && readingOf(payment),
  };
}

// What was set up counts once it succeeded: until then a method may still fail its verification.
function setupOf(intent: Stripe.SetupIntent | null): SessionReading['setup'] {
  if (intent === null) return null;
  const isDone = intent.status === 'succeeded';
  return {
    setupIntent: intent.id,
    paymentMethod: isDone ? idOf(intent.payment_method) : null,
    mandate: isDone ? idOf(intent.mandate) : null,
  };
}
