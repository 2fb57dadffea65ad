import type { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { Registry } from 'prom-client';
import { createWorkerMetrics } from '../../runtime/worker-metrics';
import { countActivities } from '../../workers/activity-metrics';
import { sampleOf } from '../harness/exposition';

const registry = new Registry();
const metrics = createWorkerMetrics(registry);
const { inbound } = countActivities(metrics)({ info: { activityType: 'work' } } as Context);
const run = (next: () => Promise<unknown>) => inbound?.execute?.({ args: [], headers: {} }, next);
const of = async (name: string, labels: Record<string, string> = {}) =>
  sampleOf(await registry.metrics(), `minutebook_${name}`, { activity: 'work', ...labels });

test('counts how activities end, each as what it was, and lets results and errors through', async () => {
  const failed = new Error('no');
  await expect(run(() => Promise.reject(failed))).rejects.toBe(failed);
  await expect(run(() => Promise.reject(new CancelledFailure('stopped')))).rejects.toThrow('stopped');
  // One that has only ever failed has no last success.
  expect(await of('activity_last_success_timestamp_seconds')).toBeUndefined();
  const during = await run(async () => of('activities_running'));
  expect([during, await of('activities_running')]).toEqual([1, 0]);
  for (const outcome of ['failed', 'cancelled', 'completed']) expect(await of('activities_total', { outcome })).toBe(1);
  expect(await of('activity_duration_seconds_count')).toBe(3);
  expect(await of('activity_last_success_timestamp_seconds')).toBeGreaterThan(Date.now() / 1000 - 60);
});

test('one that runs, or ended a moment ago, is recent', async () => {
  expect(metrics.isRecent('never', 60_000)).toBe(false);
  expect(await run(async () => metrics.isRecent('work', 0))).toBe(true);
  expect(metrics.isRecent('work', 60_000)).toBe(true);
  expect(metrics.isRecent('work', 0)).toBe(false);
});

test('calls to Stripe are counted by what came of them, and how long they waited for their turn is told', async () => {
  metrics.stripeCallEnded({ operation: 'payment_intents.create', outcome: 'answered', tookMs: 400, waitedMs: 2_000 });
  metrics.stripeCallEnded({ operation: 'payment_intents.create', outcome: 'unknown', tookMs: 60_000, waitedMs: 0 });
  const page = await registry.metrics();
  expect(page).toContain('minutebook_stripe_calls_total{operation="payment_intents.create",outcome="unknown"} 1');
  expect(page).toContain('minutebook_stripe_call_wait_seconds_sum 2');
  expect(page).toContain('minutebook_stripe_call_duration_seconds_sum{operation="payment_intents.create"} 60.4');
});
