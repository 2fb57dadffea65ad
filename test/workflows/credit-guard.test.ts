// The guard of a workspace as a workflow: a Temporal server that skips time, a real Postgres, and the simulated platform over HTTP.

import { lockWorkspaceRow } from '../../db/locks';
import { addMethod } from '../../db/payments/methods';
import { guardWorkflowId } from '../../domain/ids';
import type { Judged } from '../../domain/outcomes';
import { dayMs, formatInstant, hourMs, minuteMs } from '../../domain/period';
import { type FaultyPlatform, key, startFaultyPlatform } from '../gateways/models/platform';
import { type Billing, startBilling } from '../harness/billing';
import { countActions, keepHistory } from '../harness/histories';
import { until } from '../harness/until';
import { at, giveGrant, putPrices, serving, usd } from '../harness/workspace';

const workspace = 'enterprise-volume';
const model = 'assistant-70b';
const everything = { group: 0, groups: 1 };

let billing: Billing;
let platform: FaultyPlatform;
beforeAll(async () => {
  platform = await startFaultyPlatform(at('2025'));
  const secret = `whsec_${key.toString('base64')}`;
  billing = await startBilling(undefined, { platform: { url: platform.url, secret } });
  await putPrices(billing.db, { instanceType: 'T4x1', points: [{ fromMs: at('2020'), usdPerMinute: '0.5' }] });
});
afterAll(async () => {
  await billing?.stop();
  platform?.close();
});

const handle = (id = workspace) => billing.client.workflow.getHandle(guardWorkflowId(id));
const stateAt = (): string | undefined => {
  const found = platform.platform
    .models(Date.now())
    .find((each) => each.workspace === workspace && each.model === model);
  return found?.state === 'stopped' ? found.stoppedBy : found?.state;
};
const standing = async (): Promise<Judged> => (await handle().query('standing')) as Judged;
const details = async (): Promise<string> =>
  ((await handle().query('__temporal_workflow_metadata')) as { currentDetails: string }).currentDetails;

async function tick(): Promise<void> {
  await billing.activities.usage.foldReports(everything);
  await billing.activities.usage.rollUpHours(everything);
  await billing.activities.usage.applyCredits(everything);
  await billing.settled();
}

async function run(fromMs: number, toMs: number, id = workspace): Promise<void> {
  const reports = [serving({ workspace: id, model, fromMs, toMs })];
  await billing.report({ source: 'cluster', reports, completeThroughMs: toMs });
}

async function addCard(): Promise<void> {
  const nowMs = await billing.clock();
  const card = { type: 'card', brand: 'visa', last4: '4242', expMonth: 12, expYear: 2034, funding: 'credit' } as const;
  const method = { ...card, method: `pm_${nowMs}`, bankName: null, fingerprint: 'f' };
  await billing.db.transaction(async (trx) => {
    await lockWorkspaceRow(trx, workspace);
    await addMethod(trx, { workspace, method, state: 'active', addedAtMs: nowMs, nowMs });
  });
  await billing.settled();
}

test('a guard wakes before the zero, stops the models in the last minute, and a card brings them back', async () => {
  const begin = Math.ceil((await billing.clock()) / hourMs) * hourMs;
  await billing.advanceTo(begin);
  await billing.createWorkspace({ id: workspace, startsAtMs: begin });
  const grant = { key: 'free', amountNanos: usd('30'), validFromMs: begin, nowMs: begin };
  await giveGrant(billing.db, { workspace, ...grant });
  await billing.advanceTo(begin + 20 * minuteMs);
  await run(begin, begin + 20 * minuteMs);
  await tick();
  await until('the guard has judged', async () => (await standing()) !== undefined);
  const zeroAt = formatInstant(begin + hourMs);
  expect(await standing()).toMatchObject({ state: 'low', remaining: '20', zeroAt });
  expect(await details()).toMatch(/\$20 of credits left, \$30 an hour, gone at .*; no payment method is on file/);
  await billing.advanceTo(begin + 58 * minuteMs);
  await run(begin + 20 * minuteMs, begin + 58 * minuteMs);
  expect(stateAt()).toBe('active');
  await billing.advanceTo(begin + hourMs);
  await until('the model is stopped', async () => stateAt() === 'billing');
  const wish = await billing.db('model_wishes').where({ workspace_id: workspace, model }).first();
  // Never before the last minute that is covered whole. A server that skips time stands still while an activity runs.
  expect(wish.wished_at).toBeGreaterThanOrEqual(begin + hourMs - minuteMs);
  expect(wish.wished_at).toBeLessThanOrEqual(begin + hourMs);
  await until('it is confirmed', async () => (await standing()).state === 'suspended');
  expect(await details()).toMatch(/models and deployments stopped for credits: a payment method, or credits/);
  await addCard();
  await until('the model runs again', async () => stateAt() === 'active');
  await until('the guard has judged', async () => (await standing()).state === 'ok');
  await keepHistory('guard-stopped-and-restored', handle());
});

test('a guard of which nothing is heard sleeps for four weeks at a time, for two Temporal actions', async () => {
  const before = countActions(await handle().fetchHistory());
  await billing.advanceTo((await billing.clock()) + 30 * dayMs);
  const after = countActions(await handle().fetchHistory());
  expect(after - before).toBeLessThanOrEqual(4);
});

test('two starts are one guard, and signals that come late, doubled or reordered judge no more than once each', async () => {
  const { sequence } = await standing();
  for (const old of [sequence, 1, sequence - 1, 1]) await handle().signal('woken', old);
  const judged = (await billing.db('guards').where({ workspace_id: workspace }).first()).judged_at;
  await billing.db('outbox').insert({
    kind: 'start',
    workflow_type: 'creditGuard',
    workflow_id: guardWorkflowId(workspace),
    arguments: JSON.stringify({ workspace }),
  });
  await billing.settled();
  expect((await billing.db('guards').where({ workspace_id: workspace }).first()).judged_at).toBe(judged);
  await handle().signal('woken', sequence + 5);
  await until('it has judged', async () => {
    const row = await billing.db('guards').where({ workspace_id: workspace }).first();
    return row.judged_at >= judged && (await standing()).sequence === Number(row.wake_sequence);
  });
});
