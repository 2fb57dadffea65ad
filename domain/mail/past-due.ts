// "Past due": the last attempt was declined, and nothing more is tried by itself.
import { wordsOfRow } from '../dunning/follow';
import { type Collected, methodLinks, payButton, type Saying } from './collecting-email';

export function pastDue(facts: Collected): Saying {
  const { number, remaining, method, row } = facts;
  return {
    subject: `${remaining} past due`,
    preview: `${remaining} past due for`,
    heading: `Invoice ${number} is past due`,
    amount: remaining,
    amountSays: 'Past due',
    paragraphs: [
      `We could not collect it from ${method}. ${wordsOfRow(row).why}`,
      'We will not try this payment method again by ourselves. Please pay through the link, or add another payment method: it is charged at once.',
    ],
    ...payButton(facts),
    ...methodLinks(facts),
  };
}
