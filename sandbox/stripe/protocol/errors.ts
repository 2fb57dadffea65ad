// How Stripe refuses: a status, and an error with the fields that its client libraries read.

import type Stripe from 'stripe';

export type ErrorBody = {
  readonly type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  readonly message: string;
  readonly code?: string;
  readonly decline_code?: string;
  readonly advice_code?: string;
  readonly network_advice_code?: string;
  readonly network_decline_code?: string;
  readonly param?: string;
  readonly charge?: string;
  readonly payment_intent?: Stripe.PaymentIntent;
  readonly payment_method?: Stripe.PaymentMethod;
  readonly payment_method_type?: string;
  readonly setup_intent?: Stripe.SetupIntent;
};

export class StripeFailure extends Error {
  constructor(
    readonly status: number,
    readonly body: ErrorBody,
    /** Whether an idempotency key keeps this answer: it does once the request was executed. */
    readonly executed: boolean,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(body.message);
  }
}

type Refusal = { readonly message: string; readonly code?: string; readonly param?: string };

/** The parameters themselves are wrong: nothing was executed. */
export function invalid(refusal: Refusal): StripeFailure {
  return new StripeFailure(400, { type: 'invalid_request_error', ...refusal }, false);
}

/** The parameters are fine, but what they ask for cannot be. */
export function refused(refusal: Refusal & Partial<ErrorBody>, status = 400): StripeFailure {
  return new StripeFailure(status, { type: 'invalid_request_error', ...refusal }, true);
}

/** Nothing has this id: 404 where the address names it, 400 where a parameter does. */
export function missing(what: string, id: string, param = 'id'): StripeFailure {
  return refused({ code: 'resource_missing', message: `No such ${what}: '${id}'`, param }, param === 'id' ? 404 : 400);
}

export function written({ body }: StripeFailure, requestId: string): object {
  const about = body.code === undefined ? {} : { doc_url: `https://stripe.com/docs/error-codes/${dashed(body.code)}` };
  return { error: { ...about, ...body, request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}` } };
}

function dashed(code: string): string {
  return code.replaceAll('_', '-');
}
