// How often a card may be tried: our own budgets, and the schemes' limits, which ours have to stay below.
import { MinutebookError } from '../errors';
import { dayMs } from '../period';

/** Attempts an invoice, the first included. */
export const attemptsOfInvoiceMax = 5;

type Budget = { readonly attemptsMax: number; readonly windowMs: number };

/** Attempts a card, over all invoices. Stripe advises 8 in two weeks. */
export const ownCardBudget: Budget = { attemptsMax: 8, windowMs: 30 * dayMs };

/**
 * Visa: 20 attempts again in 30 days (since 2025-05; 15 before). Mastercard: 10 declines in 24 hours and 35 in 30 days on
 * one card and amount. Counted here over all attempts and amounts, which can only be stricter.
 */
export const schemeBudgets: readonly (Budget & { readonly brand: string })[] = [
  { brand: 'visa', attemptsMax: 20, windowMs: 30 * dayMs },
  { brand: 'mastercard', attemptsMax: 10, windowMs: dayMs },
  { brand: 'mastercard', attemptsMax: 35, windowMs: 30 * dayMs },
];

/** Whether one more attempt at `atMs` keeps a card within our own budget. */
export function isInsideOwnBudget(attemptsMs: readonly number[], atMs: number): boolean {
  return isInside(ownCardBudget, { attemptsMs, atMs });
}

/** Throws `internal` unless one more attempt keeps a card within the limits of its scheme. */
export function assertInsideSchemes(attempt: {
  readonly brand: string | null;
  readonly attemptsMs: readonly number[];
  readonly atMs: number;
}): void {
  const broken = schemeBudgets.find((budget) => budget.brand === attempt.brand && !isInside(budget, attempt));
  if (broken === undefined) return;
  const { brand, attemptsMax, windowMs } = broken;
  throw new MinutebookError({
    code: 'internal',
    detail: `expected at most ${attemptsMax} attempts of a ${brand} card in ${windowMs / dayMs} days; one more would be too many`,
  });
}

function isInside(
  { attemptsMax, windowMs }: Budget,
  { attemptsMs, atMs }: { readonly attemptsMs: readonly number[]; readonly atMs: number },
): boolean {
  return attemptsMs.filter((ms) => ms > atMs - windowMs).length < attemptsMax;
}
