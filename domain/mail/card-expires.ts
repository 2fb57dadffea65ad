// "Your card expires": a month before the card on file can be charged no more.
import type { Seller } from '../parties';
import { expiryLabel, methodLabel } from '../payment-method';
import { type ComposedEmail, composeLetter } from './letter';
import { plainLine } from './plain';

/** As it is stored; the buyer is added as the workspace has it. */
export type CardExpiresFacts = {
  readonly brand: string | null;
  readonly last4: string;
  readonly expMonth: number;
  readonly expYear: number;
  /** Where another can be given; left out where there is no such page. */
  readonly methodUrl?: string;
};

/** The e-mail of a card whose last month has begun, or is over already. */
export function composeCardExpires(
  { methodUrl, ...card }: CardExpiresFacts,
  { seller, buyerName }: { readonly seller: Seller; readonly buyerName: string },
): ComposedEmail {
  const name = methodLabel({ ...card, type: 'card', bankName: null });
  const shown = name.slice(0, 1).toUpperCase() + name.slice(1);
  const expiry = expiryLabel(card) ?? '';
  return composeLetter({
    subject: `Your card expires: ${name}, ${expiry}`,
    preheader: `${shown} expires at the end of ${expiry}: please give us another in time.`,
    heading: 'Your card on file expires',
    amount: expiry,
    amountSays: shown,
    paragraphs: [
      `Your invoices are paid with ${name}, which expires at the end of ${expiry}. Please give us another payment method in time; if your bank has sent you a new card with the same number, give us that one.`,
      'Where your bank tells us of the new card by itself, there is nothing for you to do.',
    ],
    rows: [
      { label: 'Account', value: plainLine(buyerName) },
      { label: 'Card', value: shown },
      { label: 'Expires', value: expiry, strong: true },
    ],
    ...(methodUrl === undefined ? {} : { button: { label: 'Replace the card', url: methodUrl } }),
    links: [],
    seller,
  });
}
