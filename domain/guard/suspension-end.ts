// What ends a suspension, in words.
import type { SuspensionReason } from './notices';

const ends: { readonly [reason in SuspensionReason]: string } = {
  credits: 'a payment method on file, more credits, or terms under which invoices are not charged by themselves',
  past_due: 'the past due invoices are paid or written off, or an operator pauses it',
  operator: 'an operator lifts it',
};

/** What ends a suspension of this reason. */
export function endsWhen(reason: SuspensionReason): string {
  return ends[reason];
}
