// Counting what may be a backlog: counted up to a bound, as a count of a million rows would be read again and again.

/** A count that reaches this says "at least so many". */
export const countedMax = 10_001;

/** SQL: how many rows `rows` (from a table on, without a limit) has, counted up to the bound. */
export function boundedCount(rows: string): string {
  return `(select count(*)::int from (select ${rows} limit ${countedMax}) as bounded)`;
}
