// A worker killed by SIGKILL at every step of issuing, collecting and mailing an invoice: each statement and each call is one,
// taken from a run without a kill, so that whatever is added to the code is killed as well. Then another worker goes on, and
// the books are looked at. `npm run crash-matrix` does more of it, at Temporal's own pace.

import { expectBooksToBalance } from '../commands/collecting';
import { neverKilled, runRounds } from './rounds';
import { takeSample } from './sampling';
import { eachStepOnce, type Sample, scenarios, somePairs } from './scenarios';
import { openScene, type Scene } from './scene';
import type { Step } from './told';
import { faultOf } from './workspaces';

const seed = 20261126;
let scene: Scene;
let sample: Sample;
beforeAll(async () => {
  scene = await openScene();
  sample = await takeSample(scene);
}, 300_000);
afterAll(() => scene?.stop());

test('there is something to be killed at', () => {
  const whats = (of: readonly Step[]) => of.map(({ what }) => what).join('\n');
  expect(whats(sample.issue)).toMatch(/insert into invoices/);
  expect(whats(sample.credited)).toMatch(/insert into emails/);
  expect(whats(sample.collect)).toMatch(/POST \/v1\/payment_intents/);
  expect(whats(sample.mail)).toMatch(/SMTP/);
});

test('killed at each step in turn, and at some pairs of them, every invoice is paid and mailed once', async () => {
  const cases = [...eachStepOnce(sample), ...somePairs(sample, { seed, count: 2 })];
  const ran = await runRounds(scene, { sample, cases, isHurried: true });
  const wrong = ran.flatMap((each) => {
    const fault = faultOf(each.outcome, scenarios[each.of]);
    return fault === undefined ? [] : [`${each.workspace}, killed at ${each.kills.join(' and ')}: ${fault}`];
  });
  expect(wrong).toEqual([]);
  expect(neverKilled(ran)).toEqual([]);
  for (const { workspace } of ran) await expectBooksToBalance(scene.connections.db, workspace);
}, 600_000);
