// What invoices draw of grants, and what credit notes return of that: stored alike, a row a grant, its hours as arrays.
import type { Draw } from '../../domain/credits';
import { numberArray } from '../connection/statement';

/** SQL: the rows that `:draws`, bound to drawRows, lists. */
export const listedDraws = `jsonb_to_recordset(:draws::jsonb) as draw ("grantKey" text, hours int[], amounts int8[])`;

/** What `:draws` is bound to: for each grant its hours, ascending, and their amounts. */
export function drawRows(draws: readonly Draw[]): string {
  const byGrant = new Map<string, { readonly hours: number[]; readonly amounts: bigint[] }>();
  for (const { grantKey, hour, amountNanos } of inTimeOrder(draws)) {
    const drawn = byGrant.get(grantKey);
    if (drawn === undefined) byGrant.set(grantKey, { hours: [hour], amounts: [amountNanos] });
    else {
      drawn.hours.push(hour);
      drawn.amounts.push(amountNanos);
    }
  }
  // As Postgres' own literals, which it reads five times as fast as arrays of JSON.
  const rows = [...byGrant].map(([grantKey, { hours, amounts }]) => ({
    grantKey,
    hours: numberArray(hours),
    amounts: numberArray(amounts),
  }));
  return JSON.stringify(rows);
}

// A bill has them so already.
function inTimeOrder(draws: readonly Draw[]): readonly Draw[] {
  const isInOrder = draws.every(({ hour }, at) => at === 0 || (draws[at - 1]?.hour ?? 0) <= hour);
  return isInOrder ? draws : [...draws].sort((one, other) => one.hour - other.hour);
}
