// The telling of one endpoint: as long as there is anything to tell, a round after the other, and in between it sleeps until
// something is due. It ends when nothing is left, and whoever has more starts it again. A workflow an endpoint and not an event: a
// thousand endpoints that are down for three days are a thousand timers, whatever happens meanwhile.
import { condition, continueAsNew, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { DeliverWebhooksArguments } from '../domain/delivery';
import type { DeliveryRound } from '../domain/outcomes';
import { probeEndpoint, tellEndpoint, tellEndpointDisabled } from './activities';
import { webhooksWoken } from './signals';

export async function deliverWebhooks(of: DeliverWebhooksArguments): Promise<void> {
  // Counted, so that a signal that comes while we tell is not lost when we go on to wait, or end.
  let wakings = 0;
  setHandler(webhooksWoken, () => {
    wakings++;
  });
  let isFailing = false;
  const mail = mailing(of);
  for (;;) {
    const asked = wakings;
    const isWoken = () => wakings > asked;
    const round: DeliveryRound = await (isFailing ? probeEndpoint(of) : tellEndpoint(of));
    isFailing = 'isFailing' in round && round.isFailing;
    setCurrentDetails(wordsOf(of, round));
    if (round.kind === 'disabled') mail.begin();
    if (round.kind === 'waiting') await waitUntil(round.until, isWoken);
    // An endpoint that is enabled again does not wait for a mail server.
    else if (round.kind !== 'more') await condition(() => isWoken() || mail.isThrough());
    mail.throwIfFailed();
    if (workflowInfo().continueAsNewSuggested && mail.isThrough()) await continueAsNew<typeof deliverWebhooks>(of);
    if (round.kind === 'done' && !isWoken()) return;
  }
}

/** The e-mail that says that it was disabled, sent beside everything else. */
function mailing(of: DeliverWebhooksArguments) {
  let isThrough = true;
  let failure: unknown;
  return {
    begin: () => {
      if (!isThrough) return;
      isThrough = false;
      tellEndpointDisabled(of)
        .catch((error: unknown) => {
          failure = error;
        })
        .finally(() => {
          isThrough = true;
        });
    },
    isThrough: () => isThrough,
    throwIfFailed: () => {
      if (failure !== undefined) throw failure;
    },
  };
}

// Temporal's clock and the worker's differ a little. Should a wait seem to be over before it has begun, asking in a tight loop
// until they agree would cost an action each time.
const againMsMin = 1000;

async function waitUntil(until: string, isWoken: () => boolean): Promise<void> {
  const leftMs = Math.max(Date.parse(until) - Date.now(), againMsMin);
  await condition(isWoken, leftMs, { summary: `Until something is due, at ${until}` });
}

function wordsOf({ endpoint }: DeliverWebhooksArguments, round: DeliveryRound): string {
  switch (round.kind) {
    case 'done':
      return `**${endpoint}:** everything is told`;
    case 'more':
      return `**${endpoint}:** ${round.isFailing ? 'failing, there is' : 'telling, there is'} more`;
    case 'waiting':
      return `**${endpoint}:** ${round.isFailing ? 'failing, ' : ''}goes on at ${round.until}`;
    case 'disabled':
      return `**${endpoint}:** was disabled, which an e-mail tells`;
    default:
      return round satisfies never;
  }
}
