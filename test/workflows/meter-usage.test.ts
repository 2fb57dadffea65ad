// A round of metering, as a workflow.

import { type Billing, startBilling } from '../harness/billing';
import { countActions, keepHistory } from '../harness/histories';

let billing: Billing;
let called: string[] = [];
let round = { shards: [] as number[], hasChores: false };
let broken: number | 'house' | undefined;

beforeAll(async () => {
  billing = await startBilling((activities) => ({
    ...activities,
    usage: {
      ...activities.usage,
      beginRound: async () => round,
      meterShards: async ({ shards }) => {
        called.push(shards.join());
        if (shards.some((shard) => shard === broken)) throw new Error('a shard is broken');
        return { replicaHours: shards.length, workspaceHours: 10, workspacesWithCredits: 100 };
      },
      keepHouse: async () => {
        called.push('house');
        if (broken === 'house') throw new Error('the house is on fire');
      },
    },
  }));
});

afterAll(() => billing?.stop());

/** What a round answers, what was called, and what it cost in actions of Temporal. */
async function meter(workflowId: string, of: typeof round) {
  called = [];
  round = of;
  const handle = await billing.client.workflow.start('meterUsage', {
    workflowId,
    taskQueue: 'usage',
    args: [{ parallel: 3 }],
  });
  const answer = await handle.result().catch((error: unknown) => error);
  if (!(answer instanceof Error)) await keepHistory(`metering-${workflowId}`, handle);
  return { answer, called: called.sort(), actions: countActions(await handle.fetchHistory()) };
}

// The Schedule that fires is two more.
test('a round in which there is nothing to do is one activity', async () => {
  expect(await meter('round-idle', { shards: [], hasChores: false })).toEqual({
    answer: { replicaHours: 0, workspaceHours: 0, workspacesWithCredits: 0 },
    called: [],
    actions: 2,
  });
});

test('shards that have something to do are dealt out, to no more activities than there are shards', async () => {
  expect(await meter('round', { shards: [0, 2, 3, 5, 7], hasChores: false })).toEqual({
    answer: { replicaHours: 5, workspaceHours: 30, workspacesWithCredits: 300 },
    called: ['0,5', '2,7', '3'],
    actions: 5,
  });
  expect(await meter('round-with-chores', { shards: [9], hasChores: true })).toMatchObject({
    called: ['9', 'house'],
    actions: 4,
  });
});

test.each([
  ['shards that keep failing fail', 2 as const, 'a shard is broken', ['0', '2', '2', '2', '4', 'house']],
  [
    'a house that cannot be kept fails',
    'house' as const,
    'the house is on fire',
    ['0', '2', '4', ...Array(3).fill('house')],
  ],
])('%s the round, but not the others, and not for ever', async (_what, which, message, calls) => {
  broken = which;
  const { answer, called: all } = await meter(`broken-${which}`, { shards: [0, 2, 4], hasChores: true });
  expect(answer).toMatchObject({ cause: { cause: { message } } });
  expect(all).toEqual(calls);
});
