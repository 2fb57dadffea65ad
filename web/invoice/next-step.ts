// What happens next with an unpaid invoice, in a customer's words.
import type { AwaitedThing } from '../../domain/collecting/decide';
import type { Answer } from '../data/coming';
import { instant } from '../shown/format';

type Invoice = Pick<Answer<'getInvoice'>, 'status' | 'collection'>;
type Payments = Answer<'getInvoicePayments'>;

const sentences: { readonly [what in AwaitedThing]: (at: string | undefined) => string } = {
  method: () => 'It is charged as soon as a payment method is on file; you can also pay it now.',
  new_method: () => 'That payment method is not tried again: use another one, or pay it now.',
  method_updated: () => 'It is tried again once your bank has sent us the new details of the card; or use another one.',
  authentication: () => 'Pay it now to confirm it with your bank, or use another payment method.',
  retry: (at) => `It is tried again by itself${at === undefined ? '' : ` on ${instant(at)}`}.`,
  card_budget: (at) => `That card may be tried again${at === undefined ? ' later' : ` from ${instant(at)}`}.`,
  processing: () => 'There is nothing for you to do: a bank debit takes some days.',
  dispute: () => 'Your bank is looking into a payment of it; until it has decided nothing is charged.',
  payer: () => 'You can pay it by card or bank debit now, or by the transfer that the invoice names.',
  more: () => 'It is too little to be charged alone, and is collected together with a later invoice.',
  operator: () => 'Something went wrong on our side; we are looking into it.',
};

/** Empty where nothing is known of it. */
export function nextSentence({ status, collection }: Invoice, { waitsFor, looksAgainAt }: Payments): string {
  if (waitsFor !== undefined) return sentences[waitsFor](looksAgainAt);
  if (status === 'past_due') return 'Nothing more is tried by itself.';
  return collection === 'invoice' ? sentences.payer(undefined) : '';
}
