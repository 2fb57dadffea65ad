// Declines for tests: everything unsaid but what the test says.
import type { Decline } from '../../../domain/dunning/decline';

export function declineOf(said: Partial<Decline>): Decline {
  return {
    methodType: 'card',
    brand: 'visa',
    code: 'card_declined',
    declineCode: null,
    adviceCode: null,
    networkDeclineCode: null,
    networkAdviceCode: null,
    returnCode: null,
    ...said,
  };
}

export function debitOf(said: Partial<Decline>): Decline {
  return declineOf({ methodType: 'us_bank_account', brand: null, code: null, ...said });
}
