// "Refund of $N came back": a bank did not take what was on its way, and the customer had been told of it.
import { type Cents, cents } from '../money';
import type { Seller } from '../parties';
import { type ComposedEmail, composeLetter } from './letter';
import { plainLine } from './plain';
import { dollars } from './wording';

/** As it is stored: amounts as text. `number` is the invoice's. */
export type RefundFailedFacts = {
  readonly number: string;
  readonly cents: string;
  /** Where it was to go. */
  readonly to: string;
};

export function composeRefundFailed(
  { number, cents: text, to, buyerName }: RefundFailedFacts & { readonly buyerName: string },
  { seller }: { readonly seller: Seller },
): ComposedEmail {
  const amount = dollars(centsOf(text));
  const reach = seller.email === undefined ? 'us' : seller.email;
  return composeLetter({
    subject: `Refund of ${amount} for invoice ${number} came back`,
    preheader: `${amount} could not be refunded to ${plainLine(to, 60)}; it is not lost (invoice ${number})`,
    heading: `The refund for invoice ${number} came back`,
    amount,
    amountSays: 'Did not reach you',
    paragraphs: [
      `The bank behind ${plainLine(to, 100)} did not take the refund that we told you of. The money is back with us, and it is still yours.`,
      `We send it another way. Please tell ${plainLine(reach, 200)} where it may go, if the card or account is closed.`,
    ],
    rows: [
      { label: 'Account', value: plainLine(buyerName) },
      { label: 'Invoice', value: number },
      { label: 'To', value: plainLine(to) },
      { label: 'Amount', value: amount, strong: true },
    ],
    links: [],
    seller,
  });
}

function centsOf(text: string): Cents {
  return cents(BigInt(text));
}
