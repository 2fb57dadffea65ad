// The one calculation: hours, terms and grants become a bill. The dashboard, the credit guard, the preview and the
// invoice all call it, so they cannot disagree.
import { type Draw, drawCredits, type Grant, spend, spendingOrder } from './credits';
import {
  assertMoney,
  type Cents,
  centsToNanos,
  type Nanos,
  nanos,
  roundToCentsHalfUp,
  sumNanos,
  zeroNanos,
} from './money';
import { type Month, monthHours } from './period';
import { type RatedHour, rateHour } from './rating';
import { type ProgramKind, type TermsPoint, termsInForce } from './terms';

/** The list amount of one hour (hours since the epoch) over all models of a workspace. */
export type HourTotal = { readonly hour: number; readonly listNanos: Nanos };

/** The hours of one month that a bill bills: its own, or minutes of an earlier month that no invoice holds yet. */
export type BillPart = {
  readonly month: Month;
  readonly late: boolean;
  /** The list amount that earlier invoices hold of this month: the volume discount goes on from there. */
  readonly listBefore: Nanos;
  /** Ascending; those without minutes are left out. */
  readonly hours: readonly HourTotal[];
};

export type BillInput = {
  /** Late parts, oldest first, then the own one. */
  readonly parts: readonly BillPart[];
  /** Ascending. */
  readonly terms: readonly TermsPoint[];
  /** With what is left of them before this bill; in any order. */
  readonly grants: readonly Grant[];
};

/** The five exact amounts, all positive: due = list - volume discount - program discount - credits applied. */
export type BillAmounts = {
  readonly listNanos: Nanos;
  readonly volumeDiscountNanos: Nanos;
  readonly programDiscountNanos: Nanos;
  readonly creditsAppliedNanos: Nanos;
  readonly amountDueNanos: Nanos;
};

/** What one tier took off in one month. */
export type VolumeTotal = {
  readonly month: Month;
  readonly basisPoints: number;
  readonly fromNanos: Nanos;
  readonly upToNanos: Nanos | null;
  readonly amountNanos: Nanos;
};

/** What one program discount took off in one month. */
export type ProgramTotal = {
  readonly month: Month;
  readonly kind: ProgramKind;
  readonly basisPoints: number;
  readonly amountNanos: Nanos;
};

export type Bill = BillAmounts & {
  /** The amount due, rounded half-up to the cent: the only rounded amount. */
  readonly totalCents: Cents;
  /** Total less amount due. */
  readonly roundingNanos: Nanos;
  readonly volume: readonly VolumeTotal[];
  readonly program: readonly ProgramTotal[];
  readonly draws: readonly Draw[];
  readonly parts: readonly (BillAmounts & { readonly month: Month; readonly late: boolean })[];
};

type BilledPart = BillAmounts & {
  readonly rated: readonly RatedHour[];
  readonly draws: readonly Draw[];
  readonly grants: readonly Grant[];
};

/**
 * Bills hour by hour in time order, each hour under the terms in force in it: list, volume discount, program discount,
 * credits. Throws `internal` where an invariant of money does not hold, or where the parts are out of order.
 */
export function computeBill({ parts, terms, grants }: BillInput): Bill {
  assertOrder(parts);
  let purse: readonly Grant[] = spendingOrder(grants.filter(({ remainingNanos }) => remainingNanos > 0n));
  const billed = parts.map((part) => {
    const result = billPart(part, terms, purse);
    purse = result.grants;
    return { ...result, month: part.month, late: part.late };
  });
  const amounts = addAmounts(billed);
  const totalCents = roundToCentsHalfUp(amounts.amountDueNanos);
  const bill: Bill = {
    ...amounts,
    totalCents,
    roundingNanos: nanos(centsToNanos(totalCents) - amounts.amountDueNanos),
    volume: billed.flatMap(({ month, rated }) => volumeTotals(month, rated)),
    program: billed.flatMap(({ month, rated }) => programTotals(month, rated)),
    draws: billed.flatMap(({ draws }) => draws),
    parts: billed.map(({ rated, draws, grants: _, ...part }) => part),
  };
  assertBill(bill);
  return bill;
}

/** Bills several unissued periods in order: each sees what the bills before it leave of the grants. */
export function billChain(
  inputs: readonly { readonly parts: readonly BillPart[] }[],
  shared: { readonly terms: readonly TermsPoint[]; readonly grants: readonly Grant[] },
): Bill[] {
  let { grants } = shared;
  return inputs.map(({ parts }) => {
    const bill = computeBill({ parts, terms: shared.terms, grants });
    grants = remainingAfter(grants, bill);
    return bill;
  });
}

/** The grants with what a bill leaves of them. Throws where it draws more than there is, or from an unknown grant. */
export function remainingAfter(grants: readonly Grant[], bill: Pick<Bill, 'draws'>): Grant[] {
  const drawn = new Map<string, bigint>();
  for (const { grantKey, amountNanos } of bill.draws) drawn.set(grantKey, (drawn.get(grantKey) ?? 0n) + amountNanos);
  const left = grants.map((grant) => {
    const amount = drawn.get(grant.key);
    drawn.delete(grant.key);
    return amount === undefined ? grant : spend(grant, nanos(amount));
  });
  assertMoney(drawn.size === 0, 'every draw is from a known grant');
  return left;
}

function billPart(part: BillPart, terms: readonly TermsPoint[], purse: readonly Grant[]): BilledPart {
  let listBeforeNanos = part.listBefore;
  let grants = purse;
  const rated: RatedHour[] = [];
  const draws: Draw[] = [];
  const due: Nanos[] = [];
  for (const { hour, listNanos } of part.hours) {
    const rating = rateHour({ listBeforeNanos, listNanos, terms: termsInForce(terms, hour) });
    const drawn = drawCredits({ grants, hour, dueNanos: rating.dueNanos });
    listBeforeNanos = nanos(listBeforeNanos + listNanos);
    grants = drawn.grants;
    rated.push(rating);
    draws.push(...drawn.draws);
    due.push(drawn.leftNanos);
  }
  return {
    listNanos: sumNanos(part.hours.map((hour) => hour.listNanos)),
    volumeDiscountNanos: sumNanos(rated.map((hour) => hour.volumeNanos)),
    programDiscountNanos: sumNanos(rated.map((hour) => hour.programNanos)),
    creditsAppliedNanos: sumNanos(draws.map((draw) => draw.amountNanos)),
    amountDueNanos: sumNanos(due),
    rated,
    draws,
    grants,
  };
}

function addAmounts(parts: readonly BillAmounts[]): BillAmounts {
  const sumOf = (amount: keyof BillAmounts) => sumNanos(parts.map((part) => part[amount]));
  return {
    listNanos: sumOf('listNanos'),
    volumeDiscountNanos: sumOf('volumeDiscountNanos'),
    programDiscountNanos: sumOf('programDiscountNanos'),
    creditsAppliedNanos: sumOf('creditsAppliedNanos'),
    amountDueNanos: sumOf('amountDueNanos'),
  };
}

function volumeTotals(month: Month, rated: readonly RatedHour[]): VolumeTotal[] {
  const tiers = rated.flatMap((hour) => hour.volume);
  return totalBy(tiers, ({ fromNanos, upToNanos, basisPoints }) => `${fromNanos} ${upToNanos} ${basisPoints}`).map(
    ({ basisPoints, fromNanos, upToNanos, amountNanos }) => ({ month, basisPoints, fromNanos, upToNanos, amountNanos }),
  );
}

function programTotals(month: Month, rated: readonly RatedHour[]): ProgramTotal[] {
  const programs = rated.flatMap((hour) => (hour.programNanos > 0n && hour.program ? [hour.program] : []));
  return totalBy(programs, ({ kind, basisPoints }) => `${kind} ${basisPoints}`).map((each) => ({ month, ...each }));
}

/** One entry for each key, in the order of their first, with the amounts added up. */
export function totalBy<Each extends { readonly amountNanos: Nanos }>(
  entries: readonly Each[],
  keyOf: (each: Each) => string,
): Each[] {
  const totals = new Map<string, Each>();
  for (const entry of entries) {
    const key = keyOf(entry);
    const amountNanos = nanos((totals.get(key)?.amountNanos ?? zeroNanos) + entry.amountNanos);
    totals.set(key, { ...(totals.get(key) ?? entry), amountNanos });
  }
  return [...totals.values()];
}

function assertOrder(parts: readonly BillPart[]): void {
  parts.forEach((part, at) => {
    const before = parts[at - 1];
    assertMoney(
      before === undefined || (before.late && before.month < part.month),
      'late parts come first, oldest first',
    );
    const { from, to } = monthHours(part.month);
    let last = from - 1;
    const inOrder = part.hours.every(({ hour, listNanos }) => {
      const holds = hour > last && hour < to && listNanos >= 0n;
      last = hour;
      return holds;
    });
    assertMoney(inOrder, `hours of ${part.month} ascend and lie within it`);
  });
}

function assertBill(bill: Bill): void {
  const { listNanos, volumeDiscountNanos, programDiscountNanos, creditsAppliedNanos, amountDueNanos } = bill;
  const discounted = listNanos - volumeDiscountNanos - programDiscountNanos;
  assertMoney(discounted - creditsAppliedNanos === amountDueNanos, 'list - discounts - credits = due');
  assertMoney(discounted >= 0n && creditsAppliedNanos >= 0n && amountDueNanos >= 0n, 'no amount is negative');
  const sumOf = (entries: readonly { readonly amountNanos: Nanos }[]) =>
    sumNanos(entries.map((each) => each.amountNanos));
  assertMoney(sumOf(bill.volume) === volumeDiscountNanos, 'the tiers add up to the volume discount');
  assertMoney(sumOf(bill.program) === programDiscountNanos, 'the programs add up to the program discount');
  assertMoney(sumOf(bill.draws) === creditsAppliedNanos, 'the draws add up to the credits applied');
}
