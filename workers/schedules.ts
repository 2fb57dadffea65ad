// What Temporal does by the clock, as data; made or brought up to date when a worker starts.

import { createHash } from 'node:crypto';
import { type Client, ScheduleAlreadyRunning, type ScheduleOptions, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Config } from '../runtime/config';
import type { rereadPayments, sweepStripeEvents } from '../workflows/follow-stripe';
import type { mend } from '../workflows/mend';
import type { meterUsage } from '../workflows/meter-usage';
import { taskQueues } from '../workflows/task-queues';

/**
 * Raise it with every change to what `schedules` makes of the same settings, and when a schedule's workflow changes its
 * arguments. A worker leaves a schedule of a higher revision alone: while a deployment is rolled back, or half through, a
 * worker of the version before would otherwise undo it.
 */
export const schedulesRevision = 3;

type Schedule = ScheduleOptions & { readonly action: { readonly type: 'startWorkflow' } };

/** Every schedule, by the settings. */
export function schedules(
  config: Pick<Config, 'meteringEveryMs' | 'meteringParallel'> & { readonly payments?: Config['payments'] },
): readonly Schedule[] {
  return [
    {
      scheduleId: 'meterUsage',
      spec: { intervals: [{ every: config.meteringEveryMs }] },
      // A tick takes up whatever is waiting, so one that would overlap, or was missed, is not needed.
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '10s' },
      action: {
        type: 'startWorkflow',
        workflowId: 'meterUsage',
        // Its type, so that the name and the arguments are checked; the code itself lives in the workflow bundle.
        workflowType: 'meterUsage' as unknown as typeof meterUsage,
        taskQueue: taskQueues.usage,
        args: [{ parallel: config.meteringParallel }],
        staticSummary: 'Reports to hours, days and credits',
      },
    },
    {
      scheduleId: 'mend',
      // After the closings of a month's end, and after those of the day later, when nobody waits for sources any more.
      spec: { calendars: [{ hour: 3, minute: 30 }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' },
      action: {
        type: 'startWorkflow',
        workflowId: 'mend',
        workflowType: 'mend' as unknown as typeof mend,
        taskQueue: taskQueues.billing,
        args: [],
        staticSummary: 'Months and periods that were lost',
      },
      // Where the schedule is new, Temporal may be as well, and have lost every workflow. At other starts of a worker there
      // is no reason to look: fifty of them that are replaced would look fifty times.
      state: { triggerImmediately: true },
    },
    ...(config.payments === undefined ? [] : paymentSchedules),
  ];
}

// Missed rounds are not caught up with: each lists from where the last one ended.
const whenFree = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' } as const;

const paymentSchedules: readonly Schedule[] = [
  {
    scheduleId: 'sweepStripeEvents',
    spec: { intervals: [{ every: '15 minutes' }] },
    policies: whenFree,
    action: {
      type: 'startWorkflow',
      workflowId: 'sweepStripeEvents',
      workflowType: 'sweepStripeEvents' as unknown as typeof sweepStripeEvents,
      taskQueue: taskQueues.stripe,
      args: [],
      staticSummary: 'Events that no webhook brought',
    },
    state: { triggerImmediately: true },
  },
  {
    scheduleId: 'rereadPayments',
    spec: { intervals: [{ every: '1 hour' }] },
    policies: whenFree,
    action: {
      type: 'startWorkflow',
      workflowId: 'rereadPayments',
      workflowType: 'rereadPayments' as unknown as typeof rereadPayments,
      taskQueue: taskQueues.stripe,
      args: [],
      staticSummary: 'Payments that should have come to an end',
    },
  },
];

/**
 * Makes the schedules that are missing and brings the others up to date, unless they are of a newer worker's making. A
 * pause by an operator stays.
 */
export async function ensureSchedules(
  client: Client,
  wanted: readonly Schedule[],
  revision = schedulesRevision,
): Promise<void> {
  for (const schedule of wanted) {
    const marked = { ...schedule, action: { ...schedule.action, memo: markOf(schedule, revision) } };
    try {
      await client.schedule.create(marked);
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await bringUpToDate(client, marked);
    }
  }
}

// Kept with the action, as a schedule's own memo cannot be changed any more; each of its workflows shows it.
type Mark = { readonly revision: number; readonly settings: string };

function markOf({ spec, policies, action }: Schedule, revision: number): Mark {
  const settings = createHash('sha256').update(JSON.stringify({ spec, policies, action }));
  return { revision, settings: settings.digest('hex').slice(0, 16) };
}

async function bringUpToDate(
  client: Client,
  { scheduleId, spec, policies, action }: Schedule & { readonly action: { readonly memo: Mark } },
): Promise<void> {
  const handle = client.schedule.getHandle(scheduleId);
  const { memo: there } = (await handle.describe()).action;
  const { revision, settings } = action.memo;
  const thereRevision = typeof there?.['revision'] === 'number' ? there['revision'] : 0;
  if (thereRevision > revision) return;
  if (thereRevision === revision && there?.['settings'] === settings) return;
  await handle.update(({ state }) => ({ spec, action, state, ...(policies === undefined ? {} : { policies }) }));
}
