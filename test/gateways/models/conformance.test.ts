// The check that platform teams run: green for one that keeps the contract, and red for each way of not keeping it.
import { checkPlatform } from '../../../gateways/models/conformance';
import { type Fault, type FaultyPlatform, key, startFaultyPlatform } from './platform';

let platform: FaultyPlatform;
beforeEach(async () => {
  platform = await startFaultyPlatform(Date.UTC(2026, 0, 1));
});
afterEach(() => platform.close());

const asked = { key, workspace: 'enterprise-volume' };

async function faults(model = 'assistant-70b', generation = 1): Promise<string[]> {
  const found: string[] = [];
  for await (const { what, fault } of checkPlatform({ ...asked, url: platform.url, model, generation })) {
    if (fault !== undefined) found.push(`${what}: ${fault}`);
  }
  return found;
}

test('finds nothing wrong with the simulated platform, twice', async () => {
  await expect(faults()).resolves.toEqual([]);
  await expect(faults('assistant-70b', 10)).resolves.toEqual([]);
});

test('finds a model that is not there', async () => {
  expect((await faults('none'))[0]).toMatch(/lists the model, active: .*not in the list/);
});

test.each<[string, number, Fault]>([
  ['the list', 1, { status: 500 }],
  ['a workspace that is not there', 2, { status: 404 }],
  ['stopping', 5, 'garbage'],
  ['starting', 8, { status: 202 }],
])('finds what is wrong with %s', async (_what, nth, fault) => {
  platform.fail('none', nth - 1);
  platform.fail(fault);
  expect((await faults()).length).toBeGreaterThan(0);
});
