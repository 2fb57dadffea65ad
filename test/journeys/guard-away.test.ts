// Minutebook is away around the zero of a workspace: the platform stops it by its copy of the gates, billing takes it as its own
// when it comes back, and a card starts again exactly that.

import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { buildApp } from '../../api/app';
import { createClient } from '../../client/http';
import { createApiKey } from '../../commands/create-key';
import { pdfRenderer } from '../../gateways/pdf/render';
import { createGatekeeper, type Gatekeeper } from '../../sandbox/platform/gatekeeper';
import { type Guarding, otherModel, startGuarding, workspace } from '../commands/guarding';

let guarding: Guarding;
let app: FastifyInstance;
let keeper: Gatekeeper;
beforeAll(async () => {
  guarding = await startGuarding();
  const { connections, db, platform } = guarding;
  const api = { ...connections, bodyLimitBytes: 1_000_000, pdf: pdfRenderer({}), log: pino({ level: 'silent' }) };
  app = await buildApp(api);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const key = await createApiKey(db, { role: 'platform', name: 'tests' });
  const client = createClient({ url, key, patienceMs: 0, timeoutMs: 5000 });
  keeper = createGatekeeper({ client, platform: platform.platform, say: () => undefined });
});
afterAll(async () => {
  await app.close();
  await guarding.stop();
});

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
