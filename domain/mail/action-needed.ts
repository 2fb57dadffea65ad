// "Action needed": the customer's bank wants the payment confirmed, which only the customer can do.
import { wordsOfRow } from '../dunning/follow';
import { type Collected, methodLinks, payButton, type Saying } from './collecting-email';

export function actionNeeded(facts: Collected): Saying {
  const { number, tried, method, row } = facts;
  const { why, whatToDo } = wordsOfRow(row);
  return {
    subject: `Action needed for the payment of ${tried}`,
    preview: `${tried} wait for you to confirm them for`,
    heading: `Please confirm the payment for invoice ${number}`,
    amount: tried,
    amountSays: `Not collected from ${method} yet`,
    paragraphs: [why, whatToDo],
    ...payButton(facts),
    ...methodLinks(facts),
  };
}
