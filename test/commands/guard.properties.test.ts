// Whatever is granted, used, reported late, corrected, priced otherwise, paid for, past due and told to guards too late, twice or
// never: no workspace is stopped for which there is no reason, none runs on for which there is one once all is said, and each
// reason ends by its own end.
import fc from 'fast-check';
import { formatInstant, minuteMs } from '../../domain/period';
import { charged, type Step, step } from './guard-happenings';
import { ladder } from './guard-oracle';
import { World } from './guard-world';
import { type Guarding, startGuarding } from './guarding';

let g: Guarding;
beforeAll(async () => {
  g = await startGuarding({ pastDueLadder: ladder, deadlineMs: 0 });
});
afterAll(() => g?.stop());

async function live(world: World, steps: readonly Step[]): Promise<void> {
  for (const { after, happening, way } of steps) {
    await world.pass(after);
    await world.happen(happening);
    await world.workflow.hear(way);
  }
}

/** All that was said is heard, what was lost is mended, and all that ran is reported. */
async function settle(world: World): Promise<void> {
  world.fleet.failures = 0;
  world.lagMinutes = 0;
  await world.workflow.hear('heard');
  for (let round = 0; round < 8; round++) {
    // By what wakes it, and by its own timer: nobody asks it besides. After ten minutes it is missed.
    await world.tick();
    if (round === 5) await world.mend();
    await world.workflow.hear('heard');
    await world.pass(150);
  }
  // Within the last minute that is covered it is stopped ten seconds before its end.
  await world.pass(55 + (Math.floor(g.now() / minuteMs) + 1) * 60 - g.now() / 1000);
}

/** What is foreseen is what the bill of each minute to come says; where a card or a suspension stands, nothing is. */
async function expectZero(world: World): Promise<void> {
  const { oracle, workspace } = world;
  if (oracle.hasCard || oracle.isInvoiced() || (await world.isStopped())) return;
  await world.report();
  await world.workflow.lookIfStarted();
  const right = oracle.zeroMs();
  if (right === null || (await world.isStopped())) return;
  expect({ zeroAt: formatInstant((await g.guard(workspace))?.zero_at) }).toEqual({ zeroAt: formatInstant(right) });
}

async function expectRight(world: World): Promise<void> {
  const { oracle, fleet, workspace } = world;
  const { leftNanos, needNanos, needMostNanos } = oracle.left();
  const standing = await world.standing();
  const right = oracle.stops().map(({ reason, scope }) => `${reason} ${scope}`);
  // What was stopped is not priced anew: less than a minute of what it took starts nothing.
  const isAlmostGone = standing.includes('credits models') && !oracle.hasCard && leftNanos < needMostNanos;
  const all = isAlmostGone ? [...new Set([...right, 'credits models'])] : right;
  expect({ standing, leftNanos, needNanos }).toEqual({ standing: all.sort(), leftNanos, needNanos });
  const isStopped = all.some((each) => each.endsWith('models'));
  for (const { by } of fleet.models) expect(by === 'owner' || (by === 'billing') === isStopped).toBe(true);
  const wishes = await g.db('model_wishes').where({ workspace_id: workspace });
  expect(wishes.filter(({ outcome }) => outcome === null)).toEqual([]);
  // The platform has been told the gravest of what stands by now.
  const told = wishes.filter(({ wish, outcome }) => wish === 'stop' && outcome === 'done').map(({ reason }) => reason);
  const reason = ['operator', 'past_due', 'credits'].find((each) => all.includes(`${each} models`));
  expect(told).toEqual(told.map(() => reason));
}

test('no false suspension, none that is missed, and each ends by its own end', async () => {
  await fc.assert(
    fc.asyncProperty(charged, fc.array(step, { minLength: 2, maxLength: 16, size: 'max' }), async (terms, steps) => {
      const world = new World(g);
      await world.set(terms);
      await live(world, steps);
      await settle(world);
      await expectRight(world);
      await expectZero(world);
    }),
    // What fails is made smaller for as long, and then told.
    {
      numRuns: Number(process.env['GUARD_RUNS'] ?? 12),
      ...(process.env['GUARD_SEED']
        ? { seed: Number(process.env['GUARD_SEED']), path: process.env['GUARD_PATH'] ?? '', endOnFailure: true }
        : {}),
      interruptAfterTimeLimit: Number(process.env['GUARD_MS'] ?? 300_000),
    },
  );
}, 600_000);
