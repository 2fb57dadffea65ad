// Rows that are chosen by a query with a limit or a lock, to be deleted or updated.

/**
 * SQL: whether a row of a table is one of those that `query` answers the `ctid` of, which is asked once.
 *
 * As an array, and by where they lie: of a table that was empty when Postgres looked last it expects one row, and a subselect
 * was run again for each that there is. Of 10,000 that took minutes, and others than the first were chosen each time.
 * What others may change meanwhile the query has to lock: a row is not compared again here.
 */
export const isChosenBy = (query: string) => `ctid = any(array(${query}))`;
