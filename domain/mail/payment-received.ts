// "Payment received": money came in after the invoice's own e-mail.
import type { Collected, Saying } from './collecting-email';
import { payButton } from './collecting-email';

export function paymentReceived(facts: Collected): Saying {
  const { number, received, remaining, method, isPaid } = facts;
  const left = isPaid ? 'The invoice is paid in full. Thank you.' : `${remaining} are left to pay.`;
  return {
    subject: `Payment of ${received} received`,
    preview: `${received} received for`,
    heading: `We received your payment for invoice ${number}`,
    amount: received,
    amountSays: `Received: ${method}`,
    paragraphs: [left],
    ...(isPaid ? {} : payButton(facts)),
  };
}
