// The key that the emulator's callers show, made once.

import type { Store } from './store';
import { newId } from './world';

export function openSecretKey(store: Store, given: string | undefined): string {
  if (given !== undefined && !/^sk_test_\w{8,}$/.test(given)) {
    throw new Error('the secret key of the emulator must be sk_test_ and at least eight letters or digits');
  }
  const kept = store.get('settings', 'secretKey')?.value;
  const value = given ?? kept ?? newId('sk_test_51', 32);
  if (value !== kept) store.put('settings', { id: 'secretKey', value });
  return value;
}
