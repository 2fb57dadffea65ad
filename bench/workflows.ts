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

const { nothing } = proxyActivities<{ nothing(period: { workspace: string; month: string }): Promise<string> }>({
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '30s',
});

/** Sleeps until `closesAtMs`, runs one activity that does nothing, sets the same attributes, ends. */
export async function emptyPeriod(period: { workspace: string; month: string; closesAtMs: number }): Promise<string> {
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
