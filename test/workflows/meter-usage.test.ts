// A tick of metering, as a workflow.

import { type Billing, startBilling } from '../harness/billing';

let billing: Billing;
const called: string[] = [];
let isGroupOneBroken = false;

beforeAll(async () => {
  billing = await startBilling((activities) => ({
    ...activities,
    usage: {
      foldReports: async ({ group }) => {
        called.push(`fold ${group}`);
        if (group === 1 && isGroupOneBroken) throw new Error('this group is broken');
        return 1;
      },
      rollUpHours: async ({ group }) => {
        called.push(`roll up ${group}`);
        return 10;
      },
      applyCredits: async ({ group }) => {
        called.push(`credits ${group}`);
        return 100;
      },
    },
  }));
});

afterAll(() => billing?.stop());

async function meter(workflowId: string): Promise<unknown> {
  called.length = 0;
  return billing.client.workflow.execute('meterUsage', { workflowId, taskQueue: 'usage', args: [{ groups: 3 }] });
}

test('each group is folded, rolled up and has its credits applied, in this order', async () => {
  expect(await meter('whole')).toEqual({ replicaHours: 3, workspaceHours: 30, workspacesWithCredits: 300 });
  for (const group of [0, 1, 2]) {
    expect(called.filter((call) => call.endsWith(`${group}`))).toEqual([
      `fold ${group}`,
      `roll up ${group}`,
      `credits ${group}`,
    ]);
  }
});

test('a group that keeps failing fails the tick, but not the other groups, and not for ever', async () => {
  isGroupOneBroken = true;
  await expect(meter('broken')).rejects.toMatchObject({ cause: { cause: { message: 'this group is broken' } } });
  expect(called.filter((call) => call.startsWith('credits')).sort()).toEqual(['credits 0', 'credits 2']);
  expect(called.filter((call) => call === 'fold 1')).toHaveLength(3);
});
