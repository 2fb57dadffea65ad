// The guard of one workspace's credits, as long as the workspace lives: judges, and waits until what the judgement says, or until
// somebody has something new to say.
import { condition, continueAsNew, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { CreditGuardArguments } from '../domain/delivery';
import type { Judged } from '../domain/outcomes';
import { judge } from './activities';
import { guardStanding, guardWoken } from './signals';

export async function creditGuard({ workspace }: CreditGuardArguments): Promise<never> {
  // The latest that was said since the judgement began: whatever was said before is judged by.
  let latest = 0;
  setHandler(guardWoken, (sequence) => {
    latest = Math.max(latest, sequence);
  });
  let judged: Judged | undefined;
  setHandler(guardStanding, () => judged);
  for (;;) {
    latest = 0;
    judged = await judge({ workspace });
    setCurrentDetails(judged.words);
    const { sequence } = judged;
    await waitFor(judged, () => latest > sequence);
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof creditGuard>({ workspace });
  }
}

// A judgement looks a little ahead of what it waits for. Clocks that differ make no tight loop of it.
const againMsMin = 1000;

async function waitFor({ lookAt }: Judged, isNews: () => boolean): Promise<void> {
  const leftMs = Math.max(Date.parse(lookAt) - Date.now(), againMsMin);
  await condition(isNews, leftMs, { summary: `Until the next look, at ${lookAt}` });
}
