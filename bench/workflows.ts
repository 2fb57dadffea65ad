// The limit that a month's end is measured against: a workflow of the same shape with nothing in it.
import {
  condition,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { searchAttributes } from '../workflows/search-attributes';
import { closeRequested, usageComplete } from '../workflows/signals';

export type EmptyPeriod = {
  readonly workspace: string;
  readonly month: string;
  readonly closesAtMs: number;
  /** How many workflows of one activity follow, each started by the one before: as an invoice is collected, and mailed. */
  readonly steps?: number;
};

const { nothing } = proxyActivities<{ nothing(period: EmptyPeriod): Promise<string> }>({
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '30s',
});

/** Sleeps until `closesAtMs`, runs one activity that does nothing, sets the same attributes, ends. */
export async function emptyPeriod(period: EmptyPeriod): Promise<string> {
  let wakings = 0;
  setHandler(closeRequested, () => {
    wakings++;
  });
  setHandler(usageComplete, () => {
    wakings++;
  });
  setCurrentDetails(`open; closes at ${period.closesAtMs}`);
  await condition(() => wakings > 0, period.closesAtMs - Date.now());
  const answer = await nothing(period);
  upsertSearchAttributes([
    { key: searchAttributes.billingStatus, value: 'invoiced' },
    { key: searchAttributes.invoiceId, value: answer },
    { key: searchAttributes.amountDueCents, value: 1 },
  ]);
  setCurrentDetails(`invoice ${answer}`);
  return answer;
}

/** Runs one activity that does nothing, and ends. */
export async function emptyStep(period: EmptyPeriod): Promise<string> {
  const answer = await nothing(period);
  setCurrentDetails(answer);
  return answer;
}
