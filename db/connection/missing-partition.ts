// A row that no partition holds yet: made when that happens, so that nobody has to ask beforehand.

/** Whether an insert failed for want of a partition. Named by Postgres' routine: its text depends on the language. */
export function isMissingPartition(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === '23514' &&
    'routine' in error &&
    error.routine === 'ExecFindPartition'
  );
}
