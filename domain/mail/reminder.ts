// "Reminder": an invoice that the customer pays by himself is due soon, due, or was due.
import { type Collected, payButton, type Saying } from './collecting-email';

export function reminder(facts: Collected): Saying {
  const { number, remaining, dueDay, isOverdue } = facts;
  const due = isOverdue ? `was due on ${dueDay}` : `is due on ${dueDay}`;
  return {
    subject: `Reminder: ${remaining} ${isOverdue ? 'overdue' : `due ${dueDay}`}`,
    preview: `${remaining} ${isOverdue ? 'overdue since' : 'due'} ${dueDay} for`,
    heading: `Invoice ${number} ${due}`,
    amount: remaining,
    amountSays: isOverdue ? `Overdue since ${dueDay}` : `Due ${dueDay}`,
    paragraphs: [
      `Invoice ${number} ${due}. If you have paid it in the last days, thank you: please disregard this reminder.`,
    ],
    ...payButton(facts),
  };
}
