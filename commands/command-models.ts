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
  const inTurn = oneAtATime();
  const sendRest = async () => {
    for (const wish of due) {
      if (!(await send(commanding, { ...of, wish, inTurn }))) return;
    }
  };
  await Promise.all(Array.from({ length: callsAtOnce }, sendRest));
  return noteSent(db, { workspace, nowMs: await clock() });
}

async function send(
  { db, clock, models }: Commanding,
  of: { readonly workspace: string; readonly sequence: number; readonly wish: Wish; readonly inTurn: InTurn },
): Promise<boolean> {
  const { workspace, sequence, inTurn } = of;
  const { model, wish, reason, message, generation } = of.wish;
  const sent = { workspace, model, generation };
  const claimedMs = await clock();
  if (!(await inTurn(() => claimWish(db, { ...sent, sequence, nowMs: claimedMs })))) return false;
  const command = { ...sent, reason, message };
  const outcome = await (wish === 'stop' ? models.deactivateModel(command) : models.reactivateModel(command));
  const nowMs = await clock();
  await inTurn(() =>
    outcome.kind === 'failed'
      ? postponeWish(db, { ...sent, error: outcome.why, nowMs })
      : confirmWish(db, { ...sent, outcome: outcomeOf(outcome), nowMs }),
  );
  return true;
}

type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

// Calls wait beside each other, statements one after the other: an activity has one connection of the pool.
function oneAtATime(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work, work);
    last = done;
    return done;
  };
}

// A model that its owner has stopped meanwhile is his.
function outcomeOf(outcome: Exclude<CommandOutcome, { kind: 'failed' }>): 'done' | 'owner' | 'gone' | 'superseded' {
  if (outcome.kind !== 'done') return outcome.kind;
  return outcome.now.state === 'stopped' && outcome.now.stoppedBy === 'owner' ? 'owner' : 'done';
}
