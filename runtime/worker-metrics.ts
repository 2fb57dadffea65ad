// What a worker counts: activities, and what came of telling Temporal of the outbox.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CallRecord } from '../gateways/payments/calls';

export type ActivityOutcome = 'completed' | 'failed' | 'cancelled';
export type DeliveryOutcome = 'delivered' | 'away' | 'refused';

export type WorkerMetrics = {
  activityStarted(activity: string): void;
  activityEnded(activity: string, ended: { readonly outcome: ActivityOutcome; readonly seconds: number }): void;
  deliveryEnded(outcome: DeliveryOutcome): void;
  stripeCallEnded(record: CallRecord): void;
  /** Whether an activity of this name runs in this worker, or has ended within so many milliseconds. */
  isRecent(activity: string, withinMs: number): boolean;
};

// From a look-up to the longest that an activity may take.
const buckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];

export function createWorkerMetrics(registry: Registry): WorkerMetrics {
  const registers = [registry];
  const activities = new Counter({
    name: 'minutebook_activities_total',
    help: 'Attempts of activities that have ended in this worker, by activity and outcome',
    labelNames: ['activity', 'outcome'],
    registers,
  });
  const duration = new Histogram({
    name: 'minutebook_activity_duration_seconds',
    help: 'How long attempts of activities took in this worker',
    labelNames: ['activity'],
    buckets,
    registers,
  });
  const running = new Gauge({
    name: 'minutebook_activities_running',
    help: 'Activities that run in this worker',
    labelNames: ['activity'],
    registers,
  });
  const succeeded = new Gauge({
    name: 'minutebook_activity_last_success_timestamp_seconds',
    help: 'When an activity last completed in this worker; each tick of metering begins with beginRound',
    labelNames: ['activity'],
    registers,
  });
  const deliveries = new Counter({
    name: 'minutebook_outbox_deliveries_total',
    help: 'Rows of the outbox that this worker told Temporal of, by what came of it',
    labelNames: ['outcome'],
    registers,
  });
  const stripe = stripeMetrics(registers);
  const runningNow = new Map<string, number>();
  const endedMs = new Map<string, number>();
  const count = (activity: string, change: 1 | -1) => {
    runningNow.set(activity, (runningNow.get(activity) ?? 0) + change);
    running.inc({ activity }, change);
  };
  for (const outcome of ['delivered', 'away', 'refused'] as const) deliveries.inc({ outcome }, 0);
  return {
    activityStarted: (activity) => count(activity, 1),
    activityEnded: (activity, { outcome, seconds }) => {
      count(activity, -1);
      endedMs.set(activity, performance.now());
      activities.inc({ activity, outcome });
      duration.observe({ activity }, seconds);
      if (outcome === 'completed') succeeded.setToCurrentTime({ activity });
    },
    deliveryEnded: (outcome) => deliveries.inc({ outcome }),
    stripeCallEnded: stripe,
    isRecent: (activity, withinMs) =>
      (runningNow.get(activity) ?? 0) > 0 ||
      performance.now() - (endedMs.get(activity) ?? Number.NEGATIVE_INFINITY) < withinMs,
  };
}

function stripeMetrics(registers: Registry[]): (record: CallRecord) => void {
  const calls = new Counter({
    name: 'minutebook_stripe_calls_total',
    help: 'Calls to Stripe of this worker, by what came of them',
    labelNames: ['operation', 'outcome'],
    registers,
  });
  const waits = new Histogram({
    name: 'minutebook_stripe_call_wait_seconds',
    help: 'How long calls to Stripe waited in this worker for their turn, which STRIPE_RATE gives',
    buckets,
    registers,
  });
  const took = new Histogram({
    name: 'minutebook_stripe_call_duration_seconds',
    help: 'How long calls to Stripe took, without their wait',
    labelNames: ['operation'],
    buckets,
    registers,
  });
  return ({ operation, outcome, waitedMs, tookMs }) => {
    calls.inc({ operation, outcome });
    waits.observe(waitedMs / 1000);
    took.observe({ operation }, tookMs / 1000);
  };
}
