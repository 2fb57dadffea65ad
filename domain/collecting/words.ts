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
