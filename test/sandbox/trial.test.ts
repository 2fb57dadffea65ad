// What a newcomer sees of `npm start`: a workspace's credits run out, its model stops, a card brings it back. Over HTTP alone.

import { rm } from 'node:fs/promises';
import { type Client, createClient } from '../../client/http';
import type { SandboxFile } from '../../runtime/sandbox-file';
import { fill } from '../../sandbox/platform/checkout';
import type { RunningModel } from '../../sandbox/platform/platform';
import { until } from '../harness/until';
import { endOf, makeHome, ready, type Start, start, takeTurn, turnWithinMs } from './starting';

const workspace = 'trial-ending';
const card = { method: 'card', number: '4242424242424242', exp: '12 / 34', cvc: '123', name: 'Ada Example' };

let home: string;
let started: Start;
let file: SandboxFile;
let client: Client;
let endTurn: () => Promise<void>;

beforeAll(async () => {
  endTurn = await takeTurn();
  home = await makeHome();
  started = start(home);
  file = await ready(started);
  client = createClient({ url: file.api, key: file.keys.admin });
}, turnWithinMs + 90_000);
afterAll(async () => {
  started.child.kill('SIGTERM');
  await endOf(started);
  await rm(home, { recursive: true, force: true });
  await endTurn();
}, 60_000);

async function stateOf(model: string): Promise<string | undefined> {
  const { items } = (await (await fetch(`${file.platform}/models?workspace=${workspace}`)).json()) as {
    readonly items: readonly RunningModel[];
  };
  const found = items.find((each) => each.model === model);
  return found?.state === 'stopped' ? found.stoppedBy : found?.state;
}
const order = (place: string, fields: Record<string, string> = {}) =>
  fetch(`${file.platform}${place}`, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
const kinds = async () => (await client.listEmails(workspace)).map(({ kind }) => kind);

test('credits run out, billing stops what runs and refuses what is new, and a card brings back what it stopped', async () => {
  await until('the trial runs', async () => (await stateOf('image-maker')) === 'active', 60_000);
  await until('it is told of', async () => started.output().includes(`watch ${workspace} on`), 60_000);
  await order('/deploy', { workspace, model: 'sketch', instanceType: '1x2' });
  await order(`/models/${workspace}/sketch/deactivate`);
  expect(await stateOf('sketch')).toBe('owner');

  await until('billing stops it', async () => (await stateOf('image-maker')) === 'billing', 180_000);
  expect(await client.getGate(workspace)).toMatchObject({ allowed: false, reason: 'credits_exhausted' });
  const refused = await order('/deploy', { workspace, model: 'poet', instanceType: '1x2' });
  expect(decodeURIComponent(refused.headers.get('location') ?? '')).toContain('Refused: Your credits are used up');
  await until('the letters are written', async () => (await kinds()).includes('deploy_refused'), 10_000);
  expect(await kinds()).toEqual(expect.arrayContaining(['suspended', 'deploy_refused']));
  expect(await client.getGuard(workspace)).toMatchObject({
    state: 'suspended',
    suspensions: [{ reason: 'credits', scope: 'models' }],
    models: [{ model: 'image-maker', wish: 'stop', state: 'confirmed', outcome: 'done' }],
  });

  const page = /Add a card on (\S+)/.exec(started.output())?.[1] ?? '';
  expect((await order('/payment-method', { workspace })).headers.get('location')).toBe(page);
  await fill(page, card);
  await until('it is back', async () => (await stateOf('image-maker')) === 'active', 30_000);
  expect(await client.getGate(workspace)).toEqual({ allowed: true });
  expect(await stateOf('sketch')).toBe('owner');
  await until('that is told', async () => (await kinds()).includes('restored'), 10_000);
  expect(await (await fetch(`${file.platform}/live`)).text()).toContain('image-maker');
}, 300_000);

async function unclosedBehind(): Promise<readonly string[]> {
  const workspaces = await client.listWorkspaces();
  const periods = await Promise.all(
    workspaces.map(async ({ id }) => (await client.listPeriods(id)).map((each) => ({ ...each, id }))),
  );
  const behind = periods.flat().filter(({ endsAt }) => Date.parse(endsAt) < Date.now());
  expect(behind.length).toBeGreaterThanOrEqual(12);
  return behind.filter(({ status }) => status === 'open' || status === 'waiting').map(({ id }) => id);
}

test('every month behind is closed, also of the trial, whose free credits never began', async () => {
  await until('none is left', async () => (await unclosedBehind()).length === 0, 60_000);
}, 90_000);
