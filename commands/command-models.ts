// What a judgement wants of models is told to the platform: recorded before each call and confirmed after it, a few at a time.
import { claimWish, confirmWish, listDueWishes, noteSent, postponeWish, type Wish } from '../db/guard/wishes';
import type { CommandOutcome, ModelsGateway } from '../gateways/models/models';
import type { Connections } from './connections';

const callsAtOnce = 10;

type Commanding = Pick<Connections, 'db' | 'clock'> & { readonly models: ModelsGateway };

/**
 * Sends what is due. Stops in the middle where the workspace is to be judged by something new: what is left may not be wanted
 * any more. Answers when something is to be sent again (epoch milliseconds), null where everything is confirmed.
 */
export async function commandModels(
  commanding: Commanding,
  of: { readonly workspace: string; readonly sequence: number },
): Promise<number | null> {
  const { db, clock } = commanding;
  const { workspace } = of;
  const due = (await listDueWishes(db, { workspace, nowMs: await clock() })).values();
  const sendRest = async () => {
    for (const wish of due) {
      if (!(await send(commanding, { ...of, wish }))) return;
    }
  };
  await Promise.all(Array.from({ length: callsAtOnce }, sendRest));
  return noteSent(db, { workspace, nowMs: await clock() });
}

async function send(
  { db, clock, models }: Commanding,
  of: { readonly workspace: string; readonly sequence: number; readonly wish: Wish },
): Promise<boolean> {
  const { workspace, sequence } = of;
  const { model, wish, reason, message, generation } = of.wish;
  const sent = { workspace, model, generation };
  if (!(await claimWish(db, { ...sent, sequence, nowMs: await clock() }))) return false;
  const command = { ...sent, reason, message };
  const outcome = await (wish === 'stop' ? models.deactivateModel(command) : models.reactivateModel(command));
  const nowMs = await clock();
  if (outcome.kind === 'failed') await postponeWish(db, { ...sent, error: outcome.why, nowMs });
  else await confirmWish(db, { ...sent, outcome: outcomeOf(outcome), nowMs });
  return true;
}

// A model that its owner has stopped meanwhile is his.
function outcomeOf(outcome: Exclude<CommandOutcome, { kind: 'failed' }>): 'done' | 'owner' | 'gone' | 'superseded' {
  if (outcome.kind !== 'done') return outcome.kind;
  return outcome.now.state === 'stopped' && outcome.now.stoppedBy === 'owner' ? 'owner' : 'done';
}
