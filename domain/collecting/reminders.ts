// When who pays by invoice is reminded: before the invoice is due, when it is, and after.
import { dayMs, hourMs } from '../period';

export type ReminderName = 'before' | 'due' | 'after-7' | 'after-14';

const reminders: readonly { readonly name: ReminderName; readonly afterDueMs: number }[] = [
  { name: 'before', afterDueMs: -3 * dayMs },
  { name: 'due', afterDueMs: 0 },
  { name: 'after-7', afterDueMs: 7 * dayMs },
  { name: 'after-14', afterDueMs: 14 * dayMs },
];

type Invoice = { readonly issuedAtMs: number; readonly dueMs: number };

// Who has just had the invoice itself is not reminded of it.
const restMs = dayMs;

function timesOf({ issuedAtMs, dueMs }: Invoice) {
  return reminders
    .map(({ name, afterDueMs }) => ({ name, atMs: dueMs + afterDueMs }))
    .filter(({ atMs, name }) => atMs >= issuedAtMs + (name === 'before' ? restMs : hourMs));
}

/** When the next is due; null after the last. */
export function nextReminderMs(invoice: Invoice, nowMs: number): number | null {
  return timesOf(invoice).find(({ atMs }) => atMs > nowMs)?.atMs ?? null;
}

/** The reminder that is due by now: those before it, had they been missed, say nothing more. */
export function reminderDue(invoice: Invoice, nowMs: number): ReminderName | undefined {
  return timesOf(invoice).findLast(({ atMs }) => atMs <= nowMs)?.name;
}
