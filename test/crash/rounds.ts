// Kills by the dozen: all of a round are held up where they are to die, and die with one kill. In the next round another worker
// goes on with them; then those that are to be killed again are, and others for the first time.

import { speakForTheDead, untilThrough } from './going-on';
import type { Halt, HaltingWorker } from './halting-worker';
import { mailsByAddress } from './mails';
import type { Names } from './names';
import { type Case, haltAt, type Sample, scenarios } from './scenarios';
import { type Scene, workflowOf } from './scene';
import { addWorkspace, type Outcome, outcomeOf } from './workspaces';

/**
 * What became of a case. `killed`: how often it was where it was to be; less, where it was through before it came there. One
 * that was not killed at all is tried again with another workspace.
 */
export type Ran = Case & {
  readonly workspace: string;
  readonly killed: number;
  readonly diedAtMs: number;
  readonly outcome: Outcome;
};

export type Rounds = {
  readonly sample: Sample;
  readonly cases: readonly Case[];
  /** Whether Temporal is told at once of what a killed worker was doing, instead of noticing it by itself. */
  readonly isHurried: boolean;
  readonly say?: (line: string) => void;
};

const triesMax = 3;

type Running = {
  readonly of: Case;
  readonly workspace: string;
  readonly shard: number;
  killed: number;
  diedAtMs: number;
  state: 'dying' | 'going on' | 'through';
};

export async function runRounds(scene: Scene, rounds: Rounds): Promise<readonly Ran[]> {
  const identities = new Set<string>();
  const all: Running[] = [];
  let waiting = rounds.cases;
  for (let nth = 1; waiting.length > 0 || all.some(({ state }) => state !== 'through'); nth++) {
    const again = all.filter(({ state }) => state === 'dying');
    const goingOn = all.filter(({ state }) => state === 'going on');
    const { admitted, later } = admit(waiting, { again, names: scene.names });
    all.push(...admitted);
    await runRound(scene, { ...rounds, again, admitted, goingOn, identities });
    // It was through sooner than the sample: the step was not there in this run. Another may have it.
    const missed = admitted.filter(({ killed }) => killed === 0).map(({ of }) => of);
    waiting = [...later, ...missed.filter((of) => all.filter((each) => each.of === of).length < triesMax)];
    for (const { of, kills } of missed) rounds.say?.(`nobody came to step ${kills[0]} of ${of}`);
    const dying = again.length + admitted.length - missed.length;
    rounds.say?.(`round ${nth}: ${goingOn.length} went on, ${dying} held up and killed; ${waiting.length} wait`);
  }
  return withOutcomes(scene, all);
}

async function withOutcomes(scene: Scene, all: readonly Running[]): Promise<readonly Ran[]> {
  const mails = await mailsByAddress(scene.inbox);
  return Promise.all(
    all.map(async ({ of, workspace, killed, diedAtMs }) => {
      const outcome = await outcomeOf(scene, { workspace, mails: mails.get(workspace) ?? {} });
      return { ...of, workspace, killed, diedAtMs, outcome };
    }),
  );
}

/** The cases of which nobody came to their first step. */
export function neverKilled(ran: readonly Ran[]): readonly string[] {
  const isKilled = (key: string) => ran.some((each) => nameOf(each) === key && each.killed > 0);
  return [...new Set(ran.map(nameOf))].filter((key) => !isKilled(key));
}

function nameOf({ of, kills }: Case): string {
  return `${of} ${kills.join(' ')}`;
}

type Round = Pick<Rounds, 'isHurried' | 'sample'> & {
  readonly again: readonly Running[];
  readonly admitted: readonly Running[];
  readonly goingOn: readonly Running[];
  /** Of the workers that were killed. */
  readonly identities: Set<string>;
};

async function runRound(scene: Scene, round: Round): Promise<void> {
  const { again, admitted, sample, identities } = round;
  const dying = [...again, ...admitted];
  const worker = await scene.worker(planOf(dying, sample));
  try {
    await untilAllSettled(scene, worker, round);
    const halted = worker.halted();
    for (const each of dying) {
      const isHalted = halted.has(workflowOfDying(each));
      if (isHalted) each.killed++;
      if (!isHalted || each.killed === each.of.kills.length) each.state = 'going on';
    }
  } finally {
    await worker.kill();
    identities.add(worker.identity);
    for (const each of dying) each.diedAtMs = Date.now();
  }
}

// Issuing an invoice holds locks, and e-mails wait for it: what goes on does so first, then the others die, and at last those.
async function untilAllSettled(scene: Scene, worker: HaltingWorker, round: Round): Promise<void> {
  const { goingOn, again, admitted, identities, isHurried } = round;
  const workspacesOf = (running: readonly Running[]) => running.map(({ workspace }) => workspace);
  const spokenFor = (running: readonly Running[], work: () => Promise<void>) =>
    isHurried ? speakForTheDead(scene, { workspaces: workspacesOf(running), identities }, work) : work();
  await spokenFor(goingOn, () => untilThrough(scene, worker, workspacesOf(goingOn)));
  for (const each of goingOn) each.state = 'through';
  for (const isIssued of [false, true]) {
    const isNow = ({ of }: Running) => isIssuing(of) === isIssued;
    const added = admitted.filter(isNow);
    for (const { of, workspace } of added) await addWorkspace(scene, { id: workspace, ...scenarios[of.of] });
    const dying = [...again, ...admitted].filter(isNow).map(workflowOfDying);
    await spokenFor(again.filter(isNow), () => worker.untilSettled(dying));
  }
}

const workflowOfDying = ({ of, workspace }: Running) => workflowOf(workspace, scenarios[of.of].activity);

function isIssuing({ of }: Case): boolean {
  return scenarios[of].begins === 'used';
}

function planOf(dying: readonly Running[], sample: Sample): ReadonlyMap<string, Halt> {
  return new Map(
    dying.map((each) => [workflowOfDying(each), haltAt(each.of.of, each.of.kills[each.killed] ?? 1, sample)]),
  );
}

// Issuing an invoice may hold its shard alone, and meters all that waits there: there is one a shard in each round.
function admit(
  waiting: readonly Case[],
  { again, names }: { readonly again: readonly Running[]; readonly names: Names },
): { readonly admitted: readonly Running[]; readonly later: readonly Case[] } {
  const taken = new Set(again.filter(({ of }) => isIssuing(of)).map(({ shard }) => shard));
  const [admitted, later]: [Running[], Case[]] = [[], []];
  for (const of of waiting) {
    const named = names.take(of.of, (shard) => !isIssuing(of) || !taken.has(shard));
    if (named === undefined) later.push(of);
    else {
      if (isIssuing(of)) taken.add(named.shard);
      admitted.push({ of, ...named, killed: 0, diedAtMs: 0, state: 'dying' });
    }
  }
  return { admitted, later };
}
