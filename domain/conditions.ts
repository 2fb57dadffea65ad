// On which conditions an invoice is issued: how it is collected, and until when it is to be paid.
import { dayMs, type Month, monthHours } from './period';
import { type Collection, type TermsPoint, termsInForce } from './terms';

export type Conditions = { readonly collection: Collection; readonly dueAtMs: number };

/** By the terms in force in the period's last hour. */
export function conditionsOf(of: {
  readonly terms: readonly TermsPoint[];
  readonly month: Month;
  readonly issuedAtMs: number;
}): Conditions {
  const { collection, netDays } = termsInForce(of.terms, monthHours(of.month).to - 1);
  return { collection, dueAtMs: of.issuedAtMs + netDays * dayMs };
}
