// Amounts as the API says them.

import { type Nanos, parseUsd } from '../../domain/money';

/** A decimal amount of the API, exactly. */
export function amount(text: string): Nanos {
  const value = parseUsd(text);
  if (value === undefined) throw new Error(`expected an amount from the API, came ${text}`);
  return value;
}
