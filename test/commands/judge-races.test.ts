// What may happen while a workspace is judged and its models are told: each race with its outcome.
import { correctUsage } from '../../commands/correct-usage';
import type { ModelCommand, ModelsGateway } from '../../gateways/models/models';
import { type Guarding, model, otherModel, startGuarding, workspace } from './guarding';

let g: Guarding;
beforeEach(async () => {
  g = await startGuarding();
  g.platform.platform.stop({ workspace, model: otherModel }, Date.now());
});
afterEach(() => g?.stop());

const states = () => [g.model(), g.model(otherModel)];
const stoppedOnce = async () => {
  expect(await g.suspensions()).toEqual(['credits models']);
  expect(await g.episodes()).toEqual([['11:00', null]]);
};

/** The platform, with something that happens around its commands. */
function around(happening: {
  before?: (command: ModelCommand) => Promise<void>;
  after?: (command: ModelCommand) => Promise<void>;
}): { models: ModelsGateway } {
  const real = g.connections.models as ModelsGateway;
  const wrapped = (call: ModelsGateway['deactivateModel']) => async (command: ModelCommand) => {
    await happening.before?.(command);
    const outcome = await call(command);
    await happening.after?.(command);
    return outcome;
  };
  return {
    models: {
      listModels: real.listModels,
      deactivateModel: wrapped(real.deactivateModel),
      reactivateModel: wrapped(real.reactivateModel),
    },
  };
}

const once = (happens: () => Promise<unknown>) => {
  let done = false;
  return async () => {
    if (done) return;
    done = true;
    await happens();
  };
};

test('a method that is added while models are deactivated: the next judgement starts what was stopped', async () => {
  await g.almostGone();
  expect(await g.judge(workspace, around({ before: once(() => g.addCard()) }))).toMatchObject({ state: 'suspended' });
  expect(await g.judge()).toMatchObject({ state: 'ok' });
  expect(states()).toEqual(['active', 'owner']);
  expect(await g.suspensions()).toEqual(['credits models until method']);
  expect(await g.episodes()).toEqual([['11:00', '11:00']]);
});

test('credits that are granted while models are deactivated: the same', async () => {
  await g.almostGone();
  const granted = once(() => g.grant({ key: 'more', amount: '10' }));
  await g.judge(workspace, around({ after: granted }));
  expect(await g.judge()).toMatchObject({ state: 'ok', remaining: '10.5' });
  expect(states()).toEqual(['active', 'owner']);
  expect(await g.suspensions()).toEqual(['credits models until credits']);
});

test('usage that is corrected after the suspension gives credits back: what was stopped goes on', async () => {
  await g.almostGone();
  await g.judge();
  await g.run('10:59:00', '11:00:00');
  g.to('11:04:00');
  await g.mark(g.now());
  await g.tick();
  expect(await g.judge()).toMatchObject({ state: 'suspended', remaining: '0' });
  const span = { model, from: '2025-03-10T10:10:00Z', to: '2025-03-10T10:20:00Z' };
  const entry = { key: 'c1', reason: 'never ran', as: 'refund', ranges: [span] } as const;
  await correctUsage(g.connections, { workspace, entry, actor: 'test', isPreview: false });
  expect((await g.signals()).length).toBeGreaterThan(1);
  expect(await g.judge()).toMatchObject({ remaining: '5' });
  expect(states()).toEqual(['active', 'owner']);
});

test('a worker that is killed between the record and the call: the next one sends it', async () => {
  await g.almostGone();
  const killed = around({ before: () => Promise.reject(new Error('killed')) });
  await expect(g.judge(workspace, killed)).rejects.toThrow('killed');
  expect(states()).toEqual(['active', 'owner']);
  await stoppedOnce();
  await g.judge();
  expect(states()).toEqual(['billing', 'owner']);
  await stoppedOnce();
});

test('a worker that is killed between the call and its confirmation: the same command again, confirmed once', async () => {
  await g.almostGone();
  const killed = around({ after: () => Promise.reject(new Error('killed')) });
  await expect(g.judge(workspace, killed)).rejects.toThrow('killed');
  const generations = () =>
    g.db('model_wishes').where({ workspace_id: workspace }).orderBy('model').pluck('generation');
  const before = await generations();
  await g.judge();
  expect(await generations()).toEqual(before);
  expect((await g.wishes()).every((wish) => wish.endsWith('stop done'))).toBe(true);
  await stoppedOnce();
});

test('two guards of one workspace at once: one suspension, one episode, and a command a model', async () => {
  await g.almostGone();
  await Promise.all([g.judge(), g.judge(), g.judge()]);
  await stoppedOnce();
  expect(states()).toEqual(['billing', 'owner']);
  expect((await g.wishes()).filter((wish) => wish.includes('stop done'))).toHaveLength(3);
  await g.addCard();
  await Promise.all([g.judge(), g.judge()]);
  expect(states()).toEqual(['active', 'owner']);
});

test('a platform that answers 500 is told again within a second, and so on', async () => {
  await g.almostGone();
  const { models } = around({});
  const refusing = { ...models, deactivateModel: async () => ({ kind: 'failed', why: 'answered 500' }) as const };
  const judged = await g.judge(workspace, { models: refusing });
  expect(judged).toMatchObject({ state: 'suspended', lookAt: '2025-03-10T10:59:51Z' });
  expect((await g.db('model_wishes').first()).last_error).toBe('answered 500');
  g.to('10:59:51');
  expect(await g.judge(workspace, { models: refusing })).toMatchObject({ lookAt: '2025-03-10T10:59:53Z' });
  g.to('10:59:53');
  await g.judge();
  expect(states()).toEqual(['billing', 'owner']);
});

test('a platform that stops one of two models at once and the other a second later: what both used and nobody reported is gone', async () => {
  g.platform.platform.start({ workspace, model: otherModel }, Date.now());
  await g.addWorkspace('60');
  g.to('10:58:05');
  await g.run('10:00:00', '10:58:00');
  await g.run('10:00:00', '10:58:00', { model: otherModel, replica: 'other' });
  await g.tick();
  g.to('10:59:50');
  const { models } = around({});
  const halting: ModelsGateway = {
    ...models,
    deactivateModel: async (command) =>
      command.model === model ? { kind: 'failed', why: 'answered 500' } : models.deactivateModel(command),
  };
  expect(await g.judge(workspace, { models: halting })).toMatchObject({ state: 'suspended' });
  for (const time of ['10:59:51', '10:59:53']) {
    g.to(time);
    expect(await g.judge(workspace, { models: halting })).toMatchObject({ state: 'suspended' });
  }
  expect(states()).toEqual(['active', 'billing']);
  g.to('11:00:10');
  await g.judge();
  expect(states()).toEqual(['billing', 'billing']);
  await stoppedOnce();
});

test('a platform that does it and whose answer is lost is told again, which changes nothing', async () => {
  await g.almostGone();
  g.platform.fail('none');
  g.platform.fail('lost_after', 3);
  await g.judge();
  expect(states()).toEqual(['billing', 'owner']);
  expect(await g.wishes()).toContain(`${model} stop unconfirmed`);
  g.to('10:59:55');
  await g.judge();
  expect(await g.wishes()).toContain(`${model} stop done`);
  await stoppedOnce();
});

test('a model that is listed and gone is noted as gone, and nobody starts it again', async () => {
  await g.almostGone();
  const { models } = around({});
  const ghost = { model: 'ghost', state: 'active' } as const;
  const listModels = async (id: string) => {
    const listed = await models.listModels(id);
    return listed.kind === 'listed' ? { ...listed, models: [...listed.models, ghost] } : listed;
  };
  await g.judge(workspace, { models: { ...models, listModels } });
  expect(await g.wishes()).toContain('ghost stop gone');
  await g.addCard();
  await g.judge();
  expect(await g.wishes()).toContain('ghost run gone');
  expect(states()).toEqual(['active', 'owner']);
});

test('a platform that is away for an hour: what runs by the reports is wanted stopped at once, the rest once it is there', async () => {
  await g.almostGone();
  const away = async () => ({ kind: 'failed', why: 'away' }) as const;
  const models = { listModels: away, deactivateModel: away, reactivateModel: away };
  expect(await g.judge(workspace, { models })).toMatchObject({ state: 'suspended' });
  expect(await g.wishes()).toEqual([`${model} stop unconfirmed`]);
  await stoppedOnce();
  for (let n = 0; n < 20; n++) {
    const { lookAt } = await g.judge(workspace, { models });
    expect(Date.parse(lookAt) - g.now()).toBeLessThanOrEqual(300_000);
    g.setNow(Date.parse(lookAt));
  }
  expect((await g.guard()).unlisted_since).not.toBeNull();
  g.to('11:59:00');
  await g.judge();
  expect(states()).toEqual(['billing', 'owner']);
  expect((await g.wishes()).filter((wish) => wish.includes('stop done'))).toHaveLength(3);
  const [episode] = await g.db('guard_episodes');
  expect([episode.commanded_at < episode.confirmed_at, episode.confirmed_at]).toEqual([true, g.now()]);
  expect((await g.guard()).unlisted_since).toBeNull();
});

test('a platform that answers garbage has not been understood: it is asked again', async () => {
  await g.almostGone();
  g.platform.fail('garbage', 2);
  await g.judge();
  expect(await g.wishes()).toEqual([`${model} stop unconfirmed`]);
  g.to('11:00:30');
  await g.judge();
  expect(states()).toEqual(['billing', 'owner']);
});

test('a platform that stopped by itself while nobody answered: taken over, and started again once a card is there', async () => {
  await g.almostGone();
  g.to('10:59:20');
  await g.judge();
  const stop = { workspace, model, verb: 'deactivate', generation: 1 } as const;
  g.platform.platform.obey(stop, Date.now());
  await g.addCard();
  // Minutebook comes back.
  g.to('11:20:00');
  expect(await g.judge()).toMatchObject({ state: 'ok' });
  expect(states()).toEqual(['active', 'owner']);
  expect(await g.wishes()).toEqual([`${model} run done`]);
});

test('a platform that stopped by itself and the credits are gone: taken over as it is, without another command', async () => {
  await g.almostGone();
  g.to('10:59:20');
  await g.judge();
  g.platform.platform.obey({ workspace, model, verb: 'deactivate', generation: 1 }, Date.now());
  await g.run('10:59:00', '11:00:00');
  g.to('11:20:00');
  await g.judge();
  expect(g.platform.calls.filter(({ url }) => url.endsWith(`${model}/deactivate`))).toEqual([]);
  expect(await g.wishes()).toContain(`${model} stop done`);
  await g.grant({ key: 'more', amount: '50' });
  await g.judge();
  expect(states()).toEqual(['active', 'owner']);
});
