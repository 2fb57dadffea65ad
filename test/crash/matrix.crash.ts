// The whole crash matrix, and the page that shows it (docs/crash-matrix.md). CRASH_SEED and CRASH_PAIRS choose the pairs of
// kills; otherwise they are the same each time.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expectBooksToBalance } from '../commands/collecting';
import { type Faulty, faultKinds, isRight, openFaultScene } from './faulty-calls';
import { neverKilled, type Ran, type Rounds, runRounds } from './rounds';
import { takeSample } from './sampling';
import { type Case, eachStep, type Sample, type ScenarioName, scenarioNames, scenarios, somePairs } from './scenarios';
import { openScene, type Scene } from './scene';
import { pageOf } from './table';
import { faultOf } from './workspaces';

const seed = Number(process.env['CRASH_SEED'] ?? 20261126);
const count = Number(process.env['CRASH_PAIRS'] ?? 8);
const page = path.resolve(__dirname, '..', '..', 'docs', 'crash-matrix.md');
const say = (line: string) => process.stderr.write(`crash matrix: ${line}\n`);

let scene: Scene;
let sample: Sample;
beforeAll(async () => {
  say(`seed ${seed}, ${count} pairs of each`);
  scene = await openScene();
  sample = await takeSample(scene);
}, 200_000);
afterAll(() => scene?.stop());

let [singles, pairs, unhurried]: (readonly Ran[])[] = [];
let faults: readonly Faulty[] = [];

async function run(cases: readonly Case[], rounds: Partial<Rounds> = {}): Promise<readonly Ran[]> {
  const ran = await runRounds(scene, { sample, cases, isHurried: true, say, ...rounds });
  const wrong = ran.flatMap((each) => {
    const fault = faultOf(each.outcome, scenarios[each.of]);
    return fault === undefined ? [] : [`${each.workspace}, killed at ${each.kills.join(' and ')}: ${fault}`];
  });
  expect(wrong).toEqual([]);
  for (const { workspace } of ran) await expectBooksToBalance(scene.connections.db, workspace);
  return ran;
}

test('killed at each step in turn', async () => {
  const ran = await run(eachStep(sample));
  expect(neverKilled(ran)).toEqual([]);
  singles = ran.filter(({ killed }) => killed > 0);
}, 1_200_000);

test('killed twice', async () => {
  pairs = (await run(somePairs(sample, { seed, count }))).filter(({ killed }) => killed > 0);
}, 1_200_000);

test('killed while nobody tells Temporal of it', async () => {
  const ran = await run(scenarioNames.map(atWorst), { isHurried: false });
  expect(neverKilled(ran)).toEqual([]);
  unhurried = ran.filter(({ killed }) => killed > 0);
}, 600_000);

// In the middle of what cannot be undone: the invoice is written, Stripe has charged, the mail is gone.
function atWorst(of: ScenarioName): Case {
  const worst = { issue: /insert into invoices/, credited: /insert into invoices/, collect: /^POST/, mail: /^SMTP/ }[
    of
  ];
  const at = sample[of].findIndex(({ what }) => worst.test(what));
  return { of, kills: [at + 2] };
}

test('every fault at every call', async () => {
  const faulty = await openFaultScene();
  try {
    const shown: Faulty[] = [];
    for (const call of await faulty.calls()) {
      for (const kind of faultKinds) shown.push(await faulty.show({ ...call, kind }));
    }
    const received = await faulty.received();
    expect(shown.filter((each) => !isRight(each, received.get(each.workspace)))).toEqual([]);
    for (const { workspace } of shown) await expectBooksToBalance(faulty.db, workspace);
    faults = shown;
  } finally {
    await faulty.stop();
  }
}, 600_000);

test('the page is written', () => {
  if (singles === undefined || pairs === undefined || unhurried === undefined || faults.length === 0) {
    throw new Error('nothing is written of a matrix that is not whole');
  }
  writeFileSync(page, pageOf({ sample, singles, pairs, seed, unhurried, faults }));
  say(`wrote ${page}`);
});
