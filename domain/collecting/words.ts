// What an invoice waits for, as operators read it.
import type { AwaitedThing } from './decide';

export const awaitedWords: { readonly [what in AwaitedThing]: string } = {
  method: 'there is a payment method',
  new_method: 'there is another payment method, or it is paid otherwise',
  method_updated: 'its card is updated, or there is another payment method',
  authentication: 'the customer confirms the payment, or there is another payment method',
  retry: 'the next attempt, as the last was declined',
  card_budget: 'its card may be tried again',
  processing: 'the bank debit has settled',
  dispute: 'the dispute about its payment is decided',
  payer: 'the customer pays',
  more: 'the workspace owes enough to be charged',
  operator: 'somebody looks at what Stripe refused, or payments are switched on',
};

/** What happens next with an invoice, as its customer reads it. When it does stands beside it, where it is known. */
export const nextWords: { readonly [what in AwaitedThing]: string } = {
  method: 'No payment method is on file. Once you add one, this invoice is paid with it; you can also pay it now.',
  new_method:
    'The payment method on file is not tried again for this invoice. Add another one, and it is paid with that, or pay it now.',
  method_updated: 'Once your card is updated, or you add another payment method, this invoice is paid with it.',
  authentication: 'Your bank wants you to confirm the payment: pay now, and it will ask you.',
  retry: 'The payment is tried again by itself. You can also pay now, or with another payment method.',
  card_budget: 'Your card was tried often and is tried again by itself later. You can also pay now with another one.',
  processing: 'A bank debit is under way. It takes some days, and there is nothing for you to do.',
  dispute: 'Your bank is looking into a payment of this invoice. Until it has decided there is nothing for you to do.',
  payer: 'This invoice is paid by you: pay it now, or as it says.',
  more: 'It is too little to be charged alone and is collected with a later invoice. There is nothing for you to do.',
  operator: 'The payment waits for us. There is nothing for you to do.',
};

/** Everything that an invoice may wait for. */
export const awaitedThings = Object.keys(nextWords) as readonly AwaitedThing[];

const byTheClock: readonly AwaitedThing[] = ['retry', 'card_budget'];

/** Whether what an invoice waits for comes by time alone, so that its customer can be told when. */
export function isByTheClock(what: AwaitedThing): boolean {
  return byTheClock.includes(what);
}
