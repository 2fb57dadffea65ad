// What an error of a call means. Only an answer that says so is a refusal: whatever else went wrong, the call may have been
// carried out.
import Stripe from 'stripe';
import { MinutebookError } from '../../domain/errors';
import type { RateLimited, Refused, Unknown } from './payments';

export type Failure =
  /** Carried out, and the bank or Stripe said no. */
  { readonly kind: 'declined'; readonly error: Stripe.errors.StripeError } | Refusal | RateLimited | Unknown;

export type Refusal = Refused & { readonly status: number; readonly param: string | null };

/** Sorts the error of a call. Throws `payments_misconfigured` where only who runs this can mend it. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Stripe.errors.StripeError)) return { kind: 'unknown', why: `no answer: ${plainWords(error)}` };
  const { statusCode: status, code = null, param = null } = error;
  const why = plainWords(error);
  if (status === 401 || status === 403 || isMisconfigured(error)) throw misconfigured(why);
  if (status === 402) return { kind: 'declined', error };
  if (status === 429 || code === 'rate_limit') return { kind: 'rate_limited', why };
  const isRefusal = status === 400 || status === 404;
  // Of an idempotency error the first request under the key may have gone through: it is to be looked up.
  if (!isRefusal || error.type === 'StripeIdempotencyError') {
    const isReplay = error.headers?.['idempotent-replayed'] === 'true';
    return { kind: 'unknown', why, ...(isReplay ? { isReplay } : {}) };
  }
  return { kind: 'refused', code, why, status, param };
}

// Without its cause: the package's errors hold whole answers, which are not for logs.
/** An error that says what is wrong with the settings. */
export function misconfigured(why: string): MinutebookError {
  return new MinutebookError({
    code: 'payments_misconfigured',
    detail: `Stripe does not take our calls (${why}): put STRIPE_SECRET_KEY right, its mode, rights and account, and restart`,
  });
}

const keyCodes = new Set([
  'api_key_expired',
  'platform_api_key_expired',
  'secret_key_required',
  'testmode_charges_only',
  'livemode_mismatch',
]);
const keyWords = /invalid stripe api version|similar object exists in (live|test) mode/i;

function isMisconfigured({ statusCode, code, message }: Stripe.errors.StripeError): boolean {
  return (statusCode === 400 || statusCode === 404) && (keyCodes.has(code ?? '') || keyWords.test(message));
}

const wordsMax = 200;

// Stripe's words, for operators, without what they may repeat of people: addresses, and long numbers.
function plainWords(error: unknown): string {
  const { message = '', code, requestId, detail, statusCode } = error as Partial<Stripe.errors.StripeError>;
  const beneath = detail instanceof Error ? ((detail as NodeJS.ErrnoException).code ?? detail.message) : undefined;
  const words = message
    .replace(/[^\s'"]+@[^\s'"]+/g, '…')
    .replace(/\d{7,}/g, '…')
    .slice(0, wordsMax);
  return [statusCode, code, words, beneath, requestId].filter((part) => part !== undefined && part !== '').join(' ');
}

/** What the port says of a refusal. */
export function refusedBy({ kind, code, why }: Refusal): Refused {
  return { kind, code, why };
}
