// Changes to the commands of workflows that were running when the change came: each has a name here, for good. Where a
// history was written before it, `patched` answers no, and the workflow goes on as it was begun.

export const patches = {
  /** A billing period that waits continues as new once its history is long. */
  continueAsNew: 'billingPeriod: continue as new',
} as const;
