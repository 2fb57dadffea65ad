// Reports that are not in the masks yet.

/** SQL: the `first` of unfoldedBy for whoever needs but one of them. */
export const theOldest = 'order by reports.transaction_id limit 1';

/**
 * SQL, to be joined laterally: the reports that the row `cursor` has not folded, one of fold_cursors or set_aside. `columns` and
 * `condition` are of `reports`.
 *
 * A subquery that stays one, by its limit or offset: only so does the planner take what is folded for a place in the index.
 * Joined as a table, all reports of the shard that are kept were read and compared with it, 0.7 s for a shard of 900,000
 * with nothing new.
 */
export function unfoldedBy(
  cursor: string,
  columns: string,
  { condition = 'true', first = 'order by reports.transaction_id offset 0' } = {},
): string {
  return `(
    select ${columns} from usage_reports as reports
    where reports.shard = ${cursor}.shard and is_unfolded(reports.transaction_id, ${cursor}.folded) and ${condition}
    ${first})`;
}
