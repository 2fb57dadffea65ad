// What the page of a link to add or replace a payment method says.
import { expiryLabel, isExpired, methodLabel, type StoredMethod } from '../../domain/payment-method';
import type { Fact, Page } from './page';

/** What is on file, and a button. */
export function methodPage(method: StoredMethod | undefined, nowMs: number): Page {
  const note = 'You type it on a page of Stripe, our payment processor. What you type there does not reach us.';
  if (method === undefined) {
    return {
      heading: 'Add a payment method',
      paragraphs: [
        'No payment method is on file. Add a card or a US bank account, and your invoices are paid with it automatically, those that are open at once.',
      ],
      button: 'Add a payment method',
      note,
    };
  }
  return {
    heading: 'Replace your payment method',
    paragraphs: [
      'Your invoices are paid with it automatically. Once you have added another one, that takes its place.',
    ],
    facts: factsOf(method, nowMs),
    button: 'Replace it',
    note,
  };
}

function factsOf(method: StoredMethod, nowMs: number): readonly Fact[] {
  const expires = expiryLabel(method);
  const label = isExpired(method, nowMs) ? 'Expired' : 'Expires';
  return [
    { label: 'On file', value: capitalised(methodLabel(method)), strong: true },
    ...(expires === undefined ? [] : [{ label, value: expires }]),
  ];
}

/** `Card ending 4242`, where the name of a method begins a line. */
export function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
