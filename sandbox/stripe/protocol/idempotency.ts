// Idempotency keys: the answer of the first request that was executed is given again to every later one with the same key.

import { createHash } from 'node:crypto';
import type { World } from '../world';
import { StripeFailure } from './errors';

export type KeptAnswer = {
  /** The key itself. */
  readonly id: string;
  /** Of method, address and parameters. */
  readonly content: string;
  readonly requestId: string;
  readonly status: number;
  readonly body: string;
  readonly atMs: number;
};

const keptMs = 24 * 3600 * 1000;
const keyLengthMax = 255;

export function contentOf(method: string, address: string, form: string): string {
  return createHash('sha256')
    .update(JSON.stringify([method, address, form]))
    .digest('hex');
}

/** The answer kept under the key, if there is one. Another content under the same key is refused. */
export function keptAnswer({ store, clock }: World, key: string, content: string): KeptAnswer | undefined {
  if (key.length > keyLengthMax) {
    throw failure(400, `Idempotency keys can be at most ${keyLengthMax} characters long; this one has ${key.length}.`);
  }
  const kept = store.get('answers', key);
  if (kept === undefined) return undefined;
  if (kept.atMs + keptMs <= clock.nowMs()) {
    store.remove('answers', key);
    return undefined;
  }
  if (kept.content === content) return kept;
  throw failure(
    400,
    `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
  );
}

export function keyInUse(key: string): StripeFailure {
  const message = `There is currently another in-progress request using this Idempotency Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`;
  return new StripeFailure(409, { type: 'idempotency_error', code: 'idempotency_key_in_use', message }, false, {
    'stripe-should-retry': 'true',
  });
}

function failure(status: number, message: string): StripeFailure {
  return new StripeFailure(status, { type: 'idempotency_error', message }, false);
}

/** Keys whose time is over; they are kept in the order in which they came. */
export function forgetKeys({ store, clock }: World): void {
  const nowMs = clock.nowMs();
  for (let oldest = store.first('answers'); oldest !== undefined; oldest = store.first('answers')) {
    if (oldest.atMs + keptMs > nowMs) return;
    store.remove('answers', oldest.id);
  }
}
