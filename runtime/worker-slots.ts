// How many activities of each queue a worker does at the same time, and how many connections its pool has for them: each holds
// at most one, so that whoever begins finds one free, however busy a month's end is. Both are decided here, together.
import type { TaskQueue } from '../workflows/task-queues';
import type { Config } from './config';

export type Slots = { readonly [queue in TaskQueue]: number };

export type WorkerSlots = { readonly slots: Slots; readonly poolMax: number };

// Four lanes of the relay, slots of calls to Stripe, the gauges, and one for what is done now and then.
const besides = 7;

/**
 * Wanted of each queue, and had where DATABASE_POOL_MAX leaves it. Of `stripe` as many as keep some calls a second going whose
 * banks take their time, of `mail` as many as the mailer has connections to its server; of
 * `guard` as many as judge while others wait for the platform; of `webhooks` few, as each tells ten events at once, and endpoints
 * that hang take nothing but each other's time.
 */
const wanted = { billing: 7, mail: 5, stripe: 10, guard: 10, webhooks: 4 } as const satisfies Partial<Slots>;

type Shared = keyof typeof wanted;
const shared = Object.keys(wanted) as Shared[];

/**
 * Metering has what METERING_PARALLEL says; what is left is shared out as wanted, at least one each. A pool that has no room
 * for that is exceeded by as much.
 */
export function workerSlots({ poolMax, meteringParallel }: Pick<Config, 'poolMax' | 'meteringParallel'>): WorkerSlots {
  const sharedMax = poolMax === undefined ? sumOf(wanted) : poolMax - besides - meteringParallel;
  const slots: Slots = { usage: meteringParallel, ...sharedOut(sharedMax) };
  return { slots, poolMax: besides + sumOf(slots) };
}

function sharedOut(among: number): { readonly [queue in Shared]: number } {
  const share = Math.min(1, among / sumOf(wanted));
  const parts = shared.map((queue) => [queue, Math.max(1, Math.floor(wanted[queue] * share))] as const);
  const slots = Object.fromEntries(parts) as { readonly [queue in Shared]: number };
  // What is more goes to issuing invoices, which waits for processors and Postgres alone.
  return { ...slots, billing: slots.billing + Math.max(0, among - sumOf(slots)) };
}

function sumOf(slots: Readonly<Record<string, number>>): number {
  return Object.values(slots).reduce((sum, each) => sum + each, 0);
}
