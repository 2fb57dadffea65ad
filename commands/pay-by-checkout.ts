// A customer pays an invoice now, on a page of the processor's. The row comes before the call, and one is open an invoice:
// pressed three times, it is the same page.

import type { Trx } from '../db/connection/knex';
import { lockWorkspaceRow } from '../db/locks';
import { type AttemptKey, readAttempt } from '../db/payments/attempts';
import {
  nextAttemptNumber,
  noteSession,
  type PayableInvoice,
  readPayable,
  storeCheckout,
} from '../db/payments/checkouts';
import { MinutebookError } from '../domain/errors';
import { invoiceNumber } from '../domain/ids';
import { type Cents, cents } from '../domain/money';
import { decidePayment, type NotPayable, type PayDecision } from '../domain/paying';
import { monthName } from '../domain/period';
import type { PaymentSessionRequest } from '../gateways/payments/payments';
import type { Charging } from './connections';
import { ensureCustomer } from './ensure-customer';
import { recordIntentOutcome } from './record-outcome';
import { settleCheckout } from './settle-checkout';

export type PayPage =
  /** Of the processor: the customer is sent there. */
  { readonly kind: 'page'; readonly url: string } | NotPayable;

export type WantedPayment = {
  readonly workspace: string;
  readonly invoice: string;
  /** Where whoever changes his mind comes back to. */
  readonly cancelUrl: string;
};

const roundsMax = 5;

/** A page on which to pay what remains of an invoice, or why there is none. Throws `unavailable` where Stripe is away. */
export async function payByCheckout(connections: Charging, wanted: WantedPayment): Promise<PayPage> {
  const customer = await ensureCustomer(connections, wanted.workspace);
  // What is found over is settled, and looked at again.
  for (let round = 0; round < roundsMax; round++) {
    const nowMs = await connections.clock();
    const decision = await connections.db.transaction((trx) =>
      decide(trx, connections, { ...wanted, customer, nowMs }),
    );
    const page = await carryOut(connections, { ...wanted, decision });
    if (page !== undefined) return page;
  }
  const detail = `what is to be paid of ${wanted.invoice} kept changing; try again`;
  throw new MinutebookError({ code: 'unavailable', detail });
}

/** A request as it is stored with its attempt. */
type CheckoutBody = Omit<PaymentSessionRequest, 'amountCents'> & { readonly amountCents: string };

type Deciding = WantedPayment & { readonly customer: string; readonly nowMs: number };
type Decided = Exclude<PayDecision, { readonly kind: 'open' }>;

async function decide(trx: Trx, { settings }: Charging, wanted: Deciding): Promise<Decided> {
  const { workspace, invoice, nowMs } = wanted;
  await lockWorkspaceRow(trx, workspace);
  const payable = await readPayable(trx, wanted);
  if (payable === undefined) throw new MinutebookError({ code: 'not_found', detail: `there is no invoice ${invoice}` });
  const decision = decidePayment(payable, nowMs);
  if (decision.kind === 'give_up') {
    await recordIntentOutcome(
      trx,
      { workspace, invoice, number: decision.number },
      { outcome: { kind: 'expired' }, nowMs },
    );
  }
  if (decision.kind !== 'open') return decision;
  const number = await nextAttemptNumber(trx, wanted);
  const { amountCents } = decision;
  const request = requestOf(payable, { ...wanted, number, amountCents, publicUrl: settings.publicUrl ?? '' });
  const body: CheckoutBody = { ...request, amountCents: String(amountCents) };
  await storeCheckout(trx, { workspace, invoice, number, body, amountCents, nowMs });
  return { kind: 'ask_again', number };
}

function requestOf(
  { month, number: nth }: PayableInvoice,
  wanted: Deciding & { readonly number: number; readonly amountCents: Cents; readonly publicUrl: string },
): PaymentSessionRequest {
  const { workspace, invoice, customer, cancelUrl, number, amountCents, publicUrl } = wanted;
  return {
    customer,
    workspace,
    invoice,
    attempt: String(number),
    amountCents,
    description: `Invoice ${invoiceNumber({ workspace, number: nth })}, ${monthName(month)}`,
    successUrl: `${publicUrl}/return/{CHECKOUT_SESSION_ID}`,
    cancelUrl,
    // Paying this once is no word about the next time: what is on file stays as it is.
    keepsMethod: false,
    idempotencyKey: `checkout/${invoice}/${number}`,
  };
}

/** Undefined: look again. */
async function carryOut(
  connections: Charging,
  { workspace, invoice, decision }: WantedPayment & { readonly decision: Decided },
): Promise<PayPage | undefined> {
  switch (decision.kind) {
    case 'ask_again':
      return ask(connections, { workspace, invoice, number: decision.number });
    case 'reuse':
      return reuse(connections, decision.session);
    case 'replace':
      return replace(connections, decision.session);
    case 'give_up':
      return undefined;
    default:
      return decision;
  }
}

async function ask({ db, clock, payments }: Charging, key: AttemptKey): Promise<PayPage | undefined> {
  const body = (await readAttempt(db, key))?.body as CheckoutBody;
  const opened = await payments.createPaymentSession({ ...body, amountCents: cents(BigInt(body.amountCents)) });
  if (opened.kind === 'session') {
    const { id: session, url } = opened;
    if (await noteSession(db, { ...key, session, url })) return { kind: 'page', url };
    // Its row was closed meanwhile, as nobody could know that it would still be answered: nobody is to pay there.
    await payments.expireSession(session);
    return undefined;
  }
  const nowMs = await clock();
  await db.transaction((trx) => recordIntentOutcome(trx, key, { outcome: opened, nowMs }));
  throw new MinutebookError({
    code: 'internal',
    detail: `Stripe refuses a page on which ${key.invoice} could be paid: ${opened.why}`,
  });
}

// The customer may have paid there, and we have not heard of it yet.
async function reuse(connections: Charging, session: string): Promise<PayPage | undefined> {
  const reading = await connections.payments.readSession(session);
  if (reading?.status === 'open' && reading.url !== null) return { kind: 'page', url: reading.url };
  return settled(connections, session, reading);
}

async function replace(connections: Charging, session: string): Promise<PayPage | undefined> {
  const expired = await connections.payments.expireSession(session);
  const reading = expired.kind === 'refused' ? expired.session : await connections.payments.readSession(session);
  return settled(connections, session, reading);
}

async function settled(
  connections: Charging,
  session: string,
  reading: Awaited<ReturnType<Charging['payments']['readSession']>>,
): Promise<PayPage | undefined> {
  const { kind } = await settleCheckout(connections, { session, reading });
  return kind === 'told' ? undefined : { kind: 'under_way' };
}
