// A worker killed by SIGKILL at every step of issuing and of collecting an invoice: each statement and each call is one, taken
// from a run without a kill, so that whatever is added to the code is killed as well. Then another worker goes on, and the
// books are looked at: charged once, allocated to the cent, each posting balanced.

import { expectBooksToBalance } from '../commands/collecting';
import { until } from '../harness/until';
import { type Halt, type Step, untilDone } from './halting-worker';
import { type Killing, startKilling } from './killed';

let killing: Killing;
let steps: { readonly finalizeInvoice: readonly Step[]; readonly collect: readonly Step[] };

beforeAll(async () => {
  killing = await startKilling();
  const worker = await killing.worker();
  // The first makes partitions and the like, which nobody makes after it.
  await killing.add('first');
  await until('the first is collected', () => killing.isCollected(['first']), 120_000);
  await killing.add('whole');
  await untilDone(worker, async () => {
    const isCollected = await killing.isCollected(['whole']);
    if (isCollected) steps = { finalizeInvoice: stepsOf('finalizeInvoice'), collect: stepsOf('collect') };
    return isCollected;
  });
  function stepsOf(activity: string): readonly Step[] {
    const workflowId = killing.workflowOf('whole', activity);
    return worker.steps().filter((step) => step.workflowId === workflowId && step.activity === activity);
  }
}, 240_000);
afterAll(() => killing.stop());

test('there is something to be killed at', () => {
  const whats = (of: readonly Step[]) => of.map(({ what }) => what).join('\n');
  expect(whats(steps.finalizeInvoice)).toMatch(/insert into invoices/);
  expect(whats(steps.collect)).toMatch(/POST \/v1\/payment_intents/);
  expect(steps.finalizeInvoice.length).toBeGreaterThan(8);
  expect(steps.collect.length).toBeGreaterThan(10);
});

describe.each(['finalizeInvoice', 'collect'] as const)('killed in %s', (activity) => {
  test('at each step in turn, every invoice is paid once and the books are right', async () => {
    const workspaces = await killAtEach(haltsOf(activity, steps[activity].length));
    await untilDone(await killing.worker(), () => killing.isCollected(workspaces)).catch(async (error: Error) => {
      throw new Error(`${error.message}\n${await killing.whatIsLeft(workspaces)}`);
    });
    const found = await Promise.all(workspaces.map(async (workspace) => [workspace, await outcomeOf(workspace)]));
    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries(workspaces.map((workspace) => [workspace, rightOutcome()])),
    );
    for (const workspace of workspaces) await expectBooksToBalance(killing.db, workspace);
  }, 600_000);
});

/** Each place to be killed in: before every step, and after the last. */
function haltsOf(activity: string, count: number): readonly Halt[] {
  return [...Array.from({ length: count }, (_, at) => ({ activity, before: at + 1 })), { activity, after: count }];
}

const aRound = 16;

// All of a round are held up where they are to die, and die with one kill. Who did not get there is killed next time, as
// another: what the first has done already it would not do again.
async function killAtEach(halts: readonly Halt[]): Promise<readonly string[]> {
  const workspaces: string[] = [];
  let left = halts;
  for (let round = 1; left.length > 0; round++) {
    const some = left.slice(0, aRound);
    const [first] = some;
    const added = await killing.addApart(`${first?.activity}-${round}`, some.length);
    const planned = new Map(
      added.flatMap((workspace, at) => (some[at] === undefined ? [] : [[workspace, some[at]] as const])),
    );
    const dead = await killOnce(planned);
    workspaces.push(...added);
    await killing.endHeartbeats(workspaces);
    if (dead.size === 0) throw new Error(`nobody came to be held up of ${JSON.stringify(some)}`);
    left = left.filter((halt) => !dead.has(halt));
  }
  return workspaces;
}

async function killOnce(planned: ReadonlyMap<string, Halt>): Promise<ReadonlySet<Halt>> {
  const worker = await killing.worker(planned);
  await worker.untilHalted();
  const halted = worker.halted();
  await worker.kill();
  const dead = new Set<Halt>();
  for (const [workspace, halt] of planned) {
    if (halted.has(killing.workflowOf(workspace, halt.activity))) dead.add(halt);
  }
  return dead;
}

type Outcome = { readonly charged: readonly number[]; readonly invoice: object; readonly allocated: readonly string[] };

async function outcomeOf(workspace: string): Promise<Outcome> {
  const { db } = killing;
  const [invoice] = await db('invoices')
    .where({ workspace_id: workspace, month: killing.month })
    .select('status', 'total_cents', 'paid_cents', 'remaining_cents');
  const allocated = await db('payment_allocations').where({ workspace_id: workspace }).pluck('amount_cents');
  return { charged: await killing.charged(workspace), invoice, allocated: allocated.map(String) };
}

function rightOutcome(): Outcome {
  const total = BigInt(killing.cents);
  return {
    charged: [killing.cents],
    invoice: { status: 'paid', total_cents: total, paid_cents: total, remaining_cents: 0n },
    allocated: [String(killing.cents)],
  };
}
