// Minutebook is away around the zero of a workspace: the platform stops it by its copy of the gates, billing takes it as its own
// when it comes back, and a card starts again exactly that.

import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { buildApp } from '../../api/app';
import { createClient } from '../../client/http';
import { createApiKey } from '../../commands/create-key';
import { formatInstant } from '../../domain/period';
import type { ModelState, ModelsGateway } from '../../gateways/models/models';
import { pdfRenderer } from '../../gateways/pdf/render';
import { createGatekeeper, type Gatekeeper } from '../../sandbox/platform/gatekeeper';
import type { Platform } from '../../sandbox/platform/platform';
import { type Guarding, model, otherModel, startGuarding, workspace } from '../commands/guarding';

let guarding: Guarding;
let app: FastifyInstance;
let keeper: Gatekeeper;
beforeEach(async () => {
  guarding = await startGuarding();
});
afterEach(async () => {
  await app.close();
  await guarding.stop();
});

const open = async (platform: Pick<Platform, 'stopForBilling'>) => {
  const { connections, db } = guarding;
  const api = { ...connections, bodyLimitBytes: 1_000_000, pdf: pdfRenderer({}), log: pino({ level: 'silent' }) };
  app = await buildApp(api);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const key = await createApiKey(db, { role: 'platform', name: 'tests' });
  const client = createClient({ url, key, patienceMs: 0, timeoutMs: 5000 });
  keeper = createGatekeeper({ client, platform, say: () => undefined });
};

const heed = async (from: string, to: string) => {
  guarding.to(to);
  const toMs = guarding.now();
  guarding.to(from);
  for (let nowMs = guarding.now(); nowMs <= toMs; nowMs += 1000) {
    guarding.setNow(nowMs);
    await keeper.tick(nowMs);
  }
};

test('the platform stops what nothing pays for, and billing takes it from there', async () => {
  await open(guarding.platform.platform);
  await guarding.addWorkspace('2');
  guarding.platform.platform.stop({ workspace, model: otherModel }, guarding.now());
  await guarding.run('10:00:00', '10:01:00');
  guarding.to('10:01:05');
  await guarding.judge();
  await heed('10:01:06', '10:02:10');
  expect(keeper.gateOf(workspace)).toEqual({ allowed: true, runUntil: '2025-03-10T10:04:00Z' });

  await app.close();
  await heed('10:02:11', '10:03:57');
  expect(guarding.model()).toBe('active');
  await heed('10:03:58', '10:04:30');
  expect([guarding.model(), guarding.model(otherModel)]).toEqual(['billing', 'owner']);
  expect(keeper.isAnswering()).toBe(false);

  guarding.to('10:14:00');
  await guarding.run('10:01:00', '10:03:59');
  await guarding.mark(guarding.now());
  await guarding.judge();
  expect(await guarding.suspensions()).toEqual(['credits models']);
  expect(await guarding.wishes()).toContain('assistant-70b stop done');
  expect(await guarding.wishes()).not.toContain(`${otherModel} stop done`);

  guarding.to('10:20:30');
  await guarding.addCard();
  await guarding.judge();
  expect([guarding.model(), guarding.model(otherModel)]).toEqual(['active', 'owner']);
  const billed = await guarding.db('usage_hours').where({ workspace_id: workspace }).sum('list_nanos as nanos').first();
  expect(BigInt(billed?.['nanos'] ?? 0)).toBe(2_000_000_000n);
});

test('fifty that end while it is away for ten minutes are stopped in their last covered minute, and billed nothing more', async () => {
  const fleet = startFleet();
  await open(fleet);
  const workspaces = Array.from({ length: 50 }, (_, at) => ({ id: `w${at}`, dollars: 2 + (at % 3) }));
  for (const { id, dollars } of workspaces) {
    await guarding.addWorkspace(String(dollars), id);
    await guarding.run('10:00:00', '10:01:00', { workspace: id });
  }
  guarding.to('10:01:05');
  for (const { id } of workspaces) await guarding.judge(id, { models: fleet });
  await heed('10:01:06', '10:02:10');

  await app.close();
  await heed('10:02:11', '10:12:10');
  expect(fleet.stopped.size).toBe(workspaces.length);

  guarding.to('10:12:11');
  for (const { id } of workspaces) {
    const until = formatInstant(fleet.stopped.get(id) ?? 0).slice(11, 19);
    await guarding.run('10:01:00', until, { workspace: id });
  }
  await guarding.mark(guarding.now());
  const found = [];
  for (const { id } of workspaces) {
    await guarding.judge(id, { models: fleet });
    const used = await guarding.db('usage_hours').where({ workspace_id: id }).sum('list_nanos as nanos').first();
    found.push([id, Number(used?.['nanos'] ?? 0) / 1e9, ...(await guarding.suspensions(id))]);
    await guarding.addCard(id);
    await guarding.judge(id, { models: fleet });
  }
  expect(found).toEqual(workspaces.map(({ id, dollars }) => [id, dollars, 'credits models']));
  expect(fleet.stopped.size).toBe(0);
});

// A platform that runs one model a workspace, and remembers since when it is stopped.
function startFleet() {
  const stopped = new Map<string, number>();
  const stateOf = (of: string): ModelState =>
    stopped.has(of) ? { state: 'stopped', stoppedBy: 'billing' } : { state: 'active' };
  const models: ModelsGateway = {
    listModels: async (of) => ({ kind: 'listed', models: [{ model, ...stateOf(of) }] }),
    deactivateModel: async ({ workspace: of }) => {
      stopped.set(of, guarding.now());
      return { kind: 'done', now: stateOf(of) };
    },
    reactivateModel: async ({ workspace: of }) => {
      stopped.delete(of);
      return { kind: 'done', now: stateOf(of) };
    },
  };
  const stopForBilling: Platform['stopForBilling'] = (of, nowMs) => {
    if (!stopped.has(of)) stopped.set(of, nowMs);
    return [model];
  };
  return { ...models, stopForBilling, stopped };
}
