// The platform over HTTP: what it says, and what becomes of it when it says nothing.
import { httpModels } from '../../../gateways/models/http-models';
import type { ModelCommand, ModelsGateway } from '../../../gateways/models/models';
import { type Fault, type FaultyPlatform, key, startFaultyPlatform } from './platform';

const workspace = 'enterprise-volume';
const command: ModelCommand = {
  workspace,
  model: 'assistant-70b',
  reason: 'credits',
  message: 'the credits are gone',
  generation: 3,
};
const owner = { workspace, model: 'assistant-70b' };

let platform: FaultyPlatform;
let gateway: ModelsGateway;
beforeEach(async () => {
  platform = await startFaultyPlatform(Date.UTC(2026, 0, 1));
  gateway = httpModels({ url: platform.url, key, timeoutMs: 3000 });
});
afterEach(() => platform.close());

const stoppedByBilling = { kind: 'done', now: { state: 'stopped', stoppedBy: 'billing' } };
const active = { kind: 'done', now: { state: 'active' } };

test('lists a workspace with who stopped what', async () => {
  platform.platform.stop({ workspace, model: 'moderation' }, Date.now());
  await gateway.deactivateModel(command);
  await expect(gateway.listModels(workspace)).resolves.toEqual({
    kind: 'listed',
    models: [
      { model: 'assistant-70b', state: 'stopped', stoppedBy: 'billing' },
      { model: 'search-embeddings', state: 'active' },
      { model: 'moderation', state: 'stopped', stoppedBy: 'owner' },
      { model: 'nightly-batch', state: 'active' },
    ],
  });
  await expect(gateway.listModels('unheard-of')).resolves.toEqual({ kind: 'listed', models: [] });
});

test('stops and starts a model, any number of times', async () => {
  await expect(gateway.deactivateModel(command)).resolves.toEqual(stoppedByBilling);
  await expect(gateway.deactivateModel(command)).resolves.toEqual(stoppedByBilling);
  await expect(gateway.reactivateModel({ ...command, generation: 4 })).resolves.toEqual(active);
  await expect(gateway.reactivateModel({ ...command, generation: 4 })).resolves.toEqual(active);
});

test('loses with a command that comes late', async () => {
  await gateway.reactivateModel({ ...command, generation: 4 });
  await expect(gateway.deactivateModel(command)).resolves.toEqual({ kind: 'superseded' });
  expect((await gateway.listModels(workspace)).kind).toBe('listed');
});

test('leaves alone what an owner stopped', async () => {
  platform.platform.stop(owner, Date.now());
  const stays = { kind: 'done', now: { state: 'stopped', stoppedBy: 'owner' } };
  await expect(gateway.deactivateModel(command)).resolves.toEqual(stays);
  await expect(gateway.reactivateModel({ ...command, generation: 4 })).resolves.toEqual(stays);
});

test('is told of a model that is gone', async () => {
  await expect(gateway.deactivateModel({ ...command, model: 'deleted/model:1' })).resolves.toEqual({ kind: 'gone' });
  expect(platform.calls.at(-1)?.url).toBe('/v1/workspaces/enterprise-volume/models/deleted%2Fmodel%3A1/deactivate');
});

test.each<[string, Fault, RegExp]>([
  ['an error', { status: 500 }, /answered 500/],
  ['a bare 404, as from a wrong address', { status: 404 }, /answered 404/],
  ['a bare 409', { status: 409 }, /answered 409/],
  ['garbage', 'garbage', /expected an object, came undefined/],
  ['more than it should', 'huge', /longer than/],
  ['a redirect', 'redirect', /did not answer/],
  ['nothing', 'hang', /did not answer/],
  ['nothing, after it was done', 'lost_after', /did not answer/],
])('does not know what became of a command that is answered with %s, and sends it again', async (_what, fault, why) => {
  platform.fail(fault);
  const outcome = await gateway.deactivateModel(command);
  expect(outcome).toEqual({ kind: 'failed', why: expect.stringMatching(why) });
  await expect(gateway.deactivateModel(command)).resolves.toEqual(stoppedByBilling);
});

test.each<[string, Fault]>([
  ['an error', { status: 503 }],
  ['a bare 404', { status: 404 }],
  ['garbage', 'garbage'],
  ['nothing', 'hang'],
])('does not take %s for a workspace without models', async (_what, fault) => {
  platform.fail(fault);
  await expect(gateway.listModels(workspace)).resolves.toMatchObject({ kind: 'failed' });
});

test('is refused with another secret', async () => {
  const stranger = httpModels({ url: platform.url, key: Buffer.alloc(32, 8), timeoutMs: 500 });
  await expect(stranger.listModels(workspace)).resolves.toEqual({ kind: 'failed', why: 'listModels answered 401' });
});
