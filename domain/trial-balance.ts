// The trial balance: what each account began a month with, what was posted to it, and what it ended with.
import { type Account, accounts } from './ledger';
import { type Month, monthsFrom } from './period';

/** What was posted to an account in a month: both positive, in nano-dollars. Sums over workspaces may leave 64 bits. */
export type Movement = {
  readonly month: Month;
  readonly account: Account;
  readonly debitsNanos: bigint;
  readonly creditsNanos: bigint;
};

/** A line of the trial balance: closing = opening + debits - credits. */
export type BalanceLine = {
  readonly openingNanos: bigint;
  readonly debitsNanos: bigint;
  readonly creditsNanos: bigint;
  readonly closingNanos: bigint;
};

export type MonthBalance = {
  readonly month: Month;
  /** In the order of `accounts`; those that nothing was ever posted to are left out. */
  readonly accounts: readonly (BalanceLine & { readonly account: Account })[];
  readonly total: BalanceLine;
};

const nothing: BalanceLine = { openingNanos: 0n, debitsNanos: 0n, creditsNanos: 0n, closingNanos: 0n };

/**
 * Every month from the first posting to the last, those without postings too, or one month alone: the balances that it began
 * with where nothing was posted in it, and nothing where that is before the first. Movements come in any order.
 */
export function trialBalance(movements: readonly Movement[], only: Month | null = null): readonly MonthBalance[] {
  const months = movements.map(({ month }) => month).sort();
  const [first, last] = [months[0], months.at(-1)];
  if (first === undefined || last === undefined) return [];
  const balances = balancesOf(movements, monthsFrom(first, only !== null && only > last ? only : last));
  return only === null ? balances : balances.filter(({ month }) => month === only);
}

function balancesOf(movements: readonly Movement[], months: readonly Month[]): readonly MonthBalance[] {
  const posted = new Map(movements.map((movement) => [`${movement.month} ${movement.account}`, movement]));
  const closing = new Map<Account, bigint>();
  return months.map((month) => {
    const lines = accounts.flatMap((account) => {
      const line = lineOf(closing.get(account), posted.get(`${month} ${account}`));
      if (line === undefined) return [];
      closing.set(account, line.closingNanos);
      return [{ account, ...line }];
    });
    return { month, accounts: lines, total: lines.reduce(addLines, nothing) };
  });
}

/** Undefined where nothing was posted so far. */
function lineOf(openingNanos: bigint | undefined, movement: Movement | undefined): BalanceLine | undefined {
  if (openingNanos === undefined && movement === undefined) return undefined;
  const { debitsNanos, creditsNanos } = movement ?? nothing;
  const opening = openingNanos ?? 0n;
  return { openingNanos: opening, debitsNanos, creditsNanos, closingNanos: opening + debitsNanos - creditsNanos };
}

function addLines(one: BalanceLine, other: BalanceLine): BalanceLine {
  return {
    openingNanos: one.openingNanos + other.openingNanos,
    debitsNanos: one.debitsNanos + other.debitsNanos,
    creditsNanos: one.creditsNanos + other.creditsNanos,
    closingNanos: one.closingNanos + other.closingNanos,
  };
}
