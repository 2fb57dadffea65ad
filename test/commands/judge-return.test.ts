// Minutebook comes back after the zero of a workspace, which the platform has stopped by itself, before what ran is reported.
import { correctUsage } from '../../commands/correct-usage';
import { suspendWorkspace } from '../../commands/suspend-workspace';
import { dayMs } from '../../domain/period';
import type { ModelsGateway } from '../../gateways/models/models';
import { type Guarding, model, otherModel, startGuarding, workspace } from './guarding';

let g: Guarding;
beforeEach(async () => {
  g = await startGuarding();
  g.platform.platform.stop({ workspace, model: otherModel }, Date.now());
  await g.addWorkspace('30');
  g.to('10:50:05');
  await g.run('10:00:00', '10:50:00');
  await g.tick();
  await g.judge();
  // Minutebook is away. The zero was foreseen for eleven.
  g.platform.platform.obey({ workspace, model, verb: 'deactivate', generation: 1 }, Date.now());
});
afterEach(() => g?.stop());

test.each(['11:01:00', '11:20:00'])(
  'at %s: nothing is started before its reports are in, and then what they leave',
  async (time) => {
    g.to(time);
    expect(await g.judge()).toMatchObject({ state: 'suspended', zeroAt: '2025-03-10T11:00:00Z' });
    expect([g.model(), g.model(otherModel)]).toEqual(['billing', 'owner']);
    expect(await g.episodes()).toEqual([['11:00', null]]);
    await g.run('10:50:00', '11:00:00');
    await g.mark(g.now());
    await g.tick();
    expect(await g.judge()).toMatchObject({ state: 'suspended', remaining: '0' });
    expect(g.model()).toBe('billing');
  },
);

test('where the reports say that credits are left, it is started again then', async () => {
  g.to('11:01:00');
  expect(await g.judge()).toMatchObject({ lookAt: '2025-03-10T11:03:00Z' });
  g.to('11:03:00');
  expect(await g.judge()).toMatchObject({ state: 'suspended', lookAt: '2025-03-10T11:05:00Z' });
  g.to('11:05:00');
  // Ever more seldom: who reported may never come back.
  expect(await g.judge()).toMatchObject({ state: 'suspended', lookAt: '2025-03-10T11:09:00Z' });
  g.to('11:09:00');
  await g.run('10:50:00', '10:55:00');
  await g.mark(g.now());
  expect(await g.judge()).toMatchObject({ remaining: '2.5' });
  expect([g.model(), g.model(otherModel)]).toEqual(['active', 'owner']);
  expect(await g.suspensions()).toEqual(['credits models until credits']);
});

test('where less is left than a minute of what ran, it stays stopped', async () => {
  await g.grant({ key: 'little', amount: '0.4' });
  g.to('11:01:00');
  await g.judge();
  await g.run('10:50:00', '11:00:00');
  await g.mark(g.now());
  await g.tick();
  expect(await g.judge()).toMatchObject({ state: 'suspended', remaining: '0.4' });
});

test('with a card it is started at once', async () => {
  await g.addCard();
  g.to('11:01:00');
  expect(await g.judge()).toMatchObject({ state: 'ok' });
  expect([g.model(), g.model(otherModel)]).toEqual(['active', 'owner']);
  expect(await g.suspensions()).toEqual([]);
});

test('a stop that took more to run than did is lifted by itself, once that is reported', async () => {
  g.platform.platform.obey({ workspace, model, verb: 'reactivate', generation: 2 }, Date.now());
  await g.run('10:00:00', '10:50:00', { replica: 'second' });
  await g.grant({ key: 'more', amount: '30' });
  g.to('10:58:05');
  await g.run('10:50:00', '10:57:00');
  await g.run('10:50:00', '10:57:00', { replica: 'second' });
  await g.tick();
  await g.judge();
  g.to('10:59:50');
  const { lookAt } = await g.judge();
  expect([g.model(), lookAt]).toEqual(['billing', '2025-03-10T11:01:50Z']);
  // Both had been scaled down at 10:57.
  g.setNow(Date.parse(lookAt));
  await g.mark(g.now());
  expect(await g.judge()).toMatchObject({ remaining: '3' });
  expect([g.model(), await g.suspensions()]).toEqual(['active', ['credits models until credits']]);
});

test('what was being deployed while an operator suspended the workspace is stopped two minutes later', async () => {
  await g.addCard();
  g.platform.platform.obey({ workspace, model, verb: 'reactivate', generation: 2 }, Date.now());
  await g.judge();
  const real = g.connections.models as ModelsGateway;
  const author = { actor: 'test', nowMs: g.now() };
  const wanted = { workspace, message: 'abuse', scope: 'models', author } as const;
  await g.db.transaction((trx) => suspendWorkspace(trx, wanted));
  const listModels = async () => ({ kind: 'listed', models: [] }) as const;
  const { lookAt } = await g.judge(workspace, { models: { ...real, listModels } });
  expect([g.model(), Date.parse(lookAt) - g.now()]).toEqual(['active', 120_000]);
  g.setNow(Date.parse(lookAt));
  expect(Date.parse((await g.judge()).lookAt) - g.now()).toBe(7 * dayMs);
  expect(g.model()).toBe('billing');
});

test('what is credited months later, when nobody reports of it any more, starts it again', async () => {
  g.to('11:01:00');
  await g.run('10:50:00', '11:00:00');
  await g.mark(g.now());
  await g.judge();
  g.to('11:03:00');
  await g.judge();
  g.setNow(g.now() + 100 * dayMs);
  const span = { model, from: '2025-03-10T10:10:00Z', to: '2025-03-10T10:20:00Z' };
  const entry = { key: 'c1', reason: 'never ran', as: 'refund', ranges: [span] } as const;
  await correctUsage(g.connections, { workspace, entry, actor: 'test', isPreview: false });
  expect(await g.judge()).toMatchObject({ remaining: '5', state: 'low' });
  expect(g.model()).toBe('active');
});
