// The collecting of one invoice: looks, and waits for what the look says, until it is paid, void or written off. An invoice
// that is past due waits without a timer. Paid at once, it is two Temporal actions in all.
import { condition, continueAsNew, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import { awaitedWords } from '../domain/collecting/words';
import type { CollectPaymentArguments } from '../domain/delivery';
import type { Collected } from '../domain/outcomes';
import { collect } from './activities';
import { collectStanding, woken } from './signals';

type Waiting = Extract<Collected, { kind: 'waiting' }>;
export type CollectOutcome = Exclude<Collected, Waiting>;

export async function collectPayment(collecting: CollectPaymentArguments): Promise<CollectOutcome> {
  const { invoice } = collecting;
  // Counted, so that a signal that comes while we ask is not lost when we go on to wait.
  let wakings = 0;
  setHandler(woken, () => {
    wakings++;
  });
  let asked = wakings;
  let latest: Collected | undefined;
  setHandler(collectStanding, () => latest);
  let collected = await collect({ invoice });
  latest = collected;
  while (collected.kind === 'waiting') {
    setCurrentDetails(waitingWords(collecting, collected));
    await waitFor(() => wakings > asked, collected);
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof collectPayment>(collecting);
    asked = wakings;
    collected = await collect({ invoice });
    latest = collected;
  }
  setCurrentDetails(`**${invoice}** is ${collected.kind}`);
  return collected;
}

// Temporal's clock and the worker's differ a little. Should a wait seem to be over before it has begun, asking in a tight loop
// until they agree would cost an action each time; a signal wakes it at once all the same.
const againMsMin = 10_000;

async function waitFor(isWoken: () => boolean, { for: what, until }: Waiting): Promise<void> {
  if (until === undefined) return condition(isWoken);
  const leftMs = Math.max(Date.parse(until) - Date.now(), againMsMin);
  await condition(isWoken, leftMs, { summary: `Until ${awaitedWords[what]}` });
}

function waitingWords(
  { workspace, invoice }: CollectPaymentArguments,
  { for: what, until, isPastDue }: Waiting,
): string {
  const state = isPastDue ? 'past due, ' : '';
  const atMost = until === undefined ? '' : `; looks again at ${until} at the latest`;
  return `**${workspace}, ${invoice}:** ${state}waits until ${awaitedWords[what]}${atMost}`;
}
