// What every error that Stripe may answer with means, made by the package from an answer's body as it makes its own.
import Stripe from 'stripe';
import { MinutebookError } from '../../../domain/errors';
import { failureOf } from '../../../gateways/payments/failures';

type Raw = { readonly type?: string; readonly code?: string; readonly message?: string; readonly param?: string };

function answered(statusCode: number, raw: Raw = {}): Stripe.errors.StripeError {
  const whole = { type: 'invalid_request_error', message: 'No.', ...raw, statusCode, requestId: 'req_1', headers: {} };
  return Stripe.errors.generateV1Error(whole as Parameters<typeof Stripe.errors.generateV1Error>[0]);
}

test.each([
  ['a declined card', answered(402, { type: 'card_error', code: 'card_declined' }), 'declined'],
  ['an unusable account', answered(402, { code: 'bank_account_unusable' }), 'declined'],
  ['a wrong parameter', answered(400, { code: 'parameter_unknown' }), 'refused'],
  ['something that is not there', answered(404, { code: 'resource_missing' }), 'refused'],
  ['too many calls', answered(429, { code: 'rate_limit' }), 'rate_limited'],
  ['too many calls, the old way', answered(400, { code: 'rate_limit' }), 'rate_limited'],
  ['an object that is held', answered(429, { code: 'lock_timeout' }), 'rate_limited'],
  ['a key with another body', answered(400, { type: 'idempotency_error' }), 'unknown'],
  ['a key in flight', answered(409, { type: 'idempotency_error', code: 'idempotency_key_in_use' }), 'unknown'],
  ['another conflict', answered(409), 'unknown'],
  ['a failed dependency', answered(424), 'unknown'],
  ['an error of theirs', answered(500, { type: 'api_error' }), 'unknown'],
  ['a gateway without an answer', answered(504), 'unknown'],
  [
    'a body that is no JSON',
    new Stripe.errors.StripeAPIError({ message: 'Invalid JSON received' } as never),
    'unknown',
  ],
  [
    'a broken connection',
    new Stripe.errors.StripeConnectionError({ message: 'An error occurred' } as never),
    'unknown',
  ],
  ['a body of null', new TypeError("Cannot read properties of null (reading 'error')"), 'unknown'],
  ['something thrown that is no error', 'no', 'unknown'],
])('%s is %s', (_, error, kind) => {
  expect(failureOf(error).kind).toBe(kind);
});

test.each([
  ['a wrong key', answered(401)],
  ['a key without the right', answered(403)],
  ['an expired key', answered(400, { code: 'api_key_expired' })],
  ['a version that is refused', answered(400, { message: 'Invalid Stripe API version: 2026-10-28.endive' })],
  [
    'a key of the other mode',
    answered(404, { code: 'resource_missing', message: 'No such customer; a similar object exists in live mode, but' }),
  ],
])('%s is for whoever runs this to mend', (_, error) => {
  expect(() => failureOf(error)).toThrow(MinutebookError);
  expect(() => failureOf(error)).toThrow(/put STRIPE_SECRET_KEY right/);
  try {
    failureOf(error);
  } catch (thrown) {
    expect((thrown as MinutebookError).code).toBe('payments_misconfigured');
  }
});

test('a refusal names the code, the field and the request, without addresses and long numbers of people', () => {
  const message = "Invalid email address: jane.doe@example.com, card '4242424242424242' of +49 30 1234567";
  const failure = failureOf(answered(400, { code: 'email_invalid', param: 'email', message }));
  expect(failure).toEqual({
    kind: 'refused',
    status: 400,
    code: 'email_invalid',
    param: 'email',
    why: "400 email_invalid Invalid email address: … card '…' of +49 30 … req_1",
  });
});

test('no error of ours holds what Stripe answered', () => {
  const error = answered(401, { message: 'Invalid API Key provided' });
  try {
    failureOf(error);
  } catch (thrown) {
    expect((thrown as MinutebookError).cause).toBeUndefined();
    expect(Object.values(thrown as object)).not.toContain(error);
    return;
  }
  throw new Error('it was not thrown');
});

test("Stripe's words are cut to a line", () => {
  const failure = failureOf(answered(500, { message: 'x'.repeat(10_000) }));
  expect(failure.kind === 'unknown' && failure.why.length).toBeLessThan(250);
});
