// Money is an integer of nano-dollars, and the only divisions of it in the project are in this file.
import { MinutebookError } from './errors';

declare const unit: unique symbol;

/** Nano-dollars (1 USD = 1,000,000,000), within a signed 64-bit integer as Postgres stores it. */
export type Nanos = bigint & { readonly [unit]: 'nanos' };
/** Cents (1 USD = 100). */
export type Cents = bigint & { readonly [unit]: 'cents' };

export const nanosPerUsd = 1_000_000_000n;
export const nanosPerCent = 10_000_000n;
const int8Max = 2n ** 63n - 1n;

/** Throws unless an invariant of money holds: a broken one is a bug, and no bill may leave with it. */
export function assertMoney(holds: boolean, invariant: string): void {
  if (!holds) throw new MinutebookError({ code: 'internal', detail: `money invariant broken: ${invariant}` });
}

/** Marks an integer as nano-dollars. Throws `sum_too_large` where it does not fit a signed 64-bit integer. */
export function nanos(amount: bigint): Nanos {
  if (amount > int8Max || amount < -int8Max) throw sumTooLarge(`${amount} nano-dollars do not fit 64 bits`);
  return amount as Nanos;
}

/** `what` does not fit, or Postgres says that something does not. */
export function sumTooLarge(what: string, cause?: Error): MinutebookError {
  const detail = `${what} (9.2 billion US dollars): most likely a price is mistyped; put it right, and what waits for it goes on by itself`;
  return new MinutebookError({ code: 'sum_too_large', detail, ...(cause && { cause }) });
}

export const zeroNanos = nanos(0n);

/** Marks an integer as cents. */
export function cents(amount: bigint): Cents {
  return amount as Cents;
}

/** The sum of amounts in nano-dollars; zero for none. */
export function sumNanos(amounts: Iterable<bigint>): Nanos {
  let sum = 0n;
  for (const amount of amounts) sum += amount;
  return nanos(sum);
}

/** The smaller of two amounts. */
export function lesserNanos(one: Nanos, other: Nanos): Nanos {
  return one < other ? one : other;
}

/** The smaller of two amounts in cents. */
export function lesserCents(one: Cents, other: Cents): Cents {
  return one < other ? one : other;
}

/** The greater of two amounts. */
export function greaterCents(one: Cents, other: Cents): Cents {
  return one < other ? other : one;
}

/** The greater of two amounts. */
export function greaterNanos(one: Nanos, other: Nanos): Nanos {
  return one < other ? other : one;
}

/**
 * Reads a decimal number of dollars, such as `-12.5` or `0.02012`. Undefined where the text is not one, has more than
 * nine decimals, or does not fit a signed 64-bit integer of nano-dollars.
 */
export function parseUsd(text: string): Nanos | undefined {
  const match = /^(-?)(\d{1,20})(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = ''] = match;
  const amount = BigInt(whole + fraction.padEnd(9, '0'));
  if (amount > int8Max) return undefined;
  return nanos(sign === '-' ? -amount : amount);
}

/** `12.345000000`: always nine decimals, exact. Sums over many workspaces, which may leave 64 bits, are taken, too. */
export function formatUsd(amount: bigint): string {
  return decimal(amount, 9);
}

/** The shortest exact form: `0.02012`, `30`, `-0.5`. */
export function formatUsdShort(amount: Nanos): string {
  return decimal(amount, 9).replace(/\.?0+$/, '');
}

/** `12.35`: always two decimals. */
export function formatCents(amount: Cents): string {
  return decimal(amount, 2);
}

/** `10,000.00`: for people; at least two decimals, more where the amount has them, thousands apart. */
export function formatUsdGrouped(amount: bigint): string {
  const [whole = '', fraction = ''] = decimal(amount, 9).split('.');
  const decimals = fraction.replace(/0+$/, '').padEnd(2, '0');
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${decimals}`;
}

function decimal(amount: bigint, decimals: number): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, '0');
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** Whole cents as nano-dollars, exactly. */
export function centsToNanos(amount: Cents): Nanos {
  return nanos(amount * nanosPerCent);
}

/** An amount that is whole cents; undefined where it is not. */
export function wholeCents(amount: Nanos): Cents | undefined {
  return amount % nanosPerCent === 0n ? cents(amount / nanosPerCent) : undefined;
}

/** Rounds half-up to the cent: a tie goes towards positive infinity, so -0.005 becomes 0.00. */
export function roundToCentsHalfUp(amount: Nanos): Cents {
  return cents(floorDivide(amount + nanosPerCent / 2n, nanosPerCent));
}

/** A percent (in basis points, 0 to 10000) of an amount, rounded half-up to the nano-dollar. */
export function percentHalfUp(amount: Nanos, basisPoints: number): Nanos {
  // Most tiers of most hours: three bigint operations saved, a quarter of a bill's time.
  if (amount === 0n || basisPoints === 0) return zeroNanos;
  return nanos(floorDivide(amount * BigInt(basisPoints) + 5_000n, 10_000n));
}

/** A part of a whole of an amount, rounded down to the nano-dollar: two days of seven, a mean. `whole` is above zero. */
export function floorShare(
  amount: Nanos,
  { part, whole }: { readonly part: bigint; readonly whole: bigint | number },
): Nanos {
  return nanos(floorDivide(amount * part, BigInt(whole)));
}

/**
 * Shares a total in cents out over exact amounts by largest remainder: each gets its floor, then the cents left go one
 * each to the largest remainders, the earlier of equal ones first. The shares add up to the total, or it throws: the
 * total has to be the amounts' own sum, rounded to a cent either way.
 */
export function shareCents(amounts: readonly Nanos[], total: Cents): Cents[] {
  const floors = amounts.map((amount) => floorDivide(amount, nanosPerCent));
  const remainderAt = (at: number) => (amounts[at] ?? 0n) - (floors[at] ?? 0n) * nanosPerCent;
  const left = total - sumNanos(floors);
  assertMoney(left >= 0n && left <= BigInt(amounts.length), `${total} cents are not the rounded sum of the amounts`);

  const byRemainder = amounts.map((_, at) => at).sort((one, other) => Number(remainderAt(other) - remainderAt(one)));
  const raised = new Set(byRemainder.slice(0, Number(left)));
  const shares = floors.map((floor, at) => cents(raised.has(at) ? floor + 1n : floor));
  assertMoney(sumNanos(shares) === BigInt(total), 'the shares in cents add up to the total');
  return shares;
}

/**
 * Shares cents out in proportion to weights, which are not negative: each gets what the sum up to and with it has, rounded down,
 * more than the sum before it. So they add up to the total. Nothing is shared out where the weights are nothing: the last has it.
 */
export function shareInProportion(total: Cents, weights: readonly Nanos[]): Cents[] {
  const whole = sumNanos(weights);
  let through = 0n;
  let given = 0n;
  return weights.map((weight, at) => {
    through += weight;
    const isLast = at === weights.length - 1;
    const inProportion = whole === 0n ? 0n : floorDivide(total * through, whole);
    const upTo = isLast ? total : inProportion;
    const share = cents(upTo - given);
    given = upTo;
    return share;
  });
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend % divisor < 0n ? quotient - 1n : quotient;
}
