// Why a model is stopped, as the platform is told it: what stands, and not what is over.
import { liftSuspension, suspendWorkspace } from '../../commands/suspend-workspace';
import type { ModelCommand, ModelsGateway } from '../../gateways/models/models';
import { type Guarding, model, otherModel, startGuarding, workspace } from './guarding';

let g: Guarding;
beforeEach(async () => {
  g = await startGuarding();
  g.platform.platform.stop({ workspace, model: otherModel }, Date.now());
});
afterEach(() => g?.stop());

test('another reason is told once, and the first one again where that alone is left', async () => {
  const real = g.connections.models as ModelsGateway;
  const said: ModelCommand[] = [];
  const listening = (call: ModelsGateway['deactivateModel']) => (command: ModelCommand) => {
    if (command.model === model) said.push(command);
    return call(command);
  };
  const models = {
    listModels: real.listModels,
    deactivateModel: listening(real.deactivateModel),
    reactivateModel: listening(real.reactivateModel),
  };
  const judge = () => g.judge(workspace, { models });
  const author = { actor: 'test', nowMs: g.now() };
  await g.almostGone();
  await judge();
  await g.db.transaction((trx) =>
    suspendWorkspace(trx, { workspace, message: 'abuse', scope: 'models', author: { ...author, nowMs: g.now() } }),
  );
  await judge();
  await judge();
  await g.db.transaction((trx) => liftSuspension(trx, { workspace, author: { ...author, nowMs: g.now() } }));
  await judge();
  await judge();
  expect(said.map(({ reason }) => reason)).toEqual(['credits', 'operator', 'credits']);
  const generations = said.map(({ generation }) => generation);
  expect(generations).toEqual([...new Set(generations)].sort((one, other) => one - other));
  expect(said.map(({ message }) => message)[2]).toBe(said[0]?.message);
  expect([g.model(), g.model(otherModel)]).toEqual(['billing', 'owner']);
  expect(await g.wishes()).toContain(`${model} stop done`);
});
