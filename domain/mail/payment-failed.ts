// "Payment failed": a charge was declined, or a debit came back. Why in plain words, and what comes next.
import { wordsOfRow } from '../dunning/follow';
import { type Collected, methodLinks, payButton, type Saying } from './collecting-email';

export function paymentFailed(facts: Collected): Saying {
  const { number, tried, method, row, retryDay, isByInvoice } = facts;
  const { why, whatToDo } = wordsOfRow(row);
  const next = retryDay === undefined ? [] : [`We will try again on ${retryDay}.`];
  return {
    subject: `Payment of ${tried} failed`,
    preview: `${tried} could not be collected for`,
    heading: `The payment for invoice ${number} failed`,
    amount: tried,
    amountSays: `Could not be collected from ${method}`,
    paragraphs: [why, ...next, isByInvoice ? 'Please pay again through the link.' : whatToDo],
    ...payButton(facts),
    ...methodLinks(facts),
  };
}
