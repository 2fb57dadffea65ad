// The guard of one workspace's credits, as long as the workspace lives: judges, and waits until what the judgement says, or until
// somebody has something new to say.
import { condition, continueAsNew, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Judged } from '../activities';
import type { CreditGuardArguments } from '../domain/delivery';
import { judge } from './activities';
import { guardStanding, guardWoken } from './signals';

export async function creditGuard({ workspace }: CreditGuardArguments): Promise<never> {
  let heard = 0;
  setHandler(guardWoken, (sequence) => {
    heard = Math.max(heard, sequence);
  });
  let judged: Judged | undefined;
  setHandler(guardStanding, () => judged);
  for (;;) {
    judged = await judge({ workspace });
    setCurrentDetails(judged.words);
    await waitFor(judged, (sequence) => heard > sequence);
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof creditGuard>({ workspace });
  }
}

// A judgement looks a little ahead of what it waits for. Clocks that differ make no tight loop of it.
const againMsMin = 1000;

async function waitFor({ sequence, lookAt }: Judged, isNews: (since: number) => boolean): Promise<void> {
  const leftMs = Math.max(Date.parse(lookAt) - Date.now(), againMsMin);
  await condition(() => isNews(sequence), leftMs, { summary: 'Until the next look' });
}
