// What every part of the emulator is given: what it knows, what time it is, and where it answers.

import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from './clock';
import type { Store } from './store';

export type World = {
  readonly store: Store;
  readonly clock: Clock;
  readonly secretKey: string;
  /** Its own address; known once it listens. */
  readonly url: () => string;
  /** The request being executed, for the events that it causes; null for what time brings. */
  cause: { readonly id: string; readonly idempotency_key: string | null } | null;
};

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** An id as Stripe's look: `cus_` and letters. */
export function newId(prefix: string, length = 24): string {
  return prefix + [...randomBytes(length)].map((byte) => letters[byte % letters.length]).join('');
}

/** Equal numbers are recognised by it, and nothing else can be read from it. */
export function fingerprintOf({ store }: World, number: string): string {
  const salt = store.get('settings', 'salt') ?? store.put('settings', { id: 'salt', value: newId('', 32) });
  return createHmac('sha256', salt.value).update(number).digest('base64url').replace(/[-_]/g, 'x').slice(0, 16);
}

/** The id, whether a reference was expanded or not. */
export function idOf(reference: string | { readonly id: string } | null | undefined): string | null {
  return typeof reference === 'string' ? reference : (reference?.id ?? null);
}
