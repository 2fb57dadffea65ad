// What Temporal does by the clock, as data; made or brought up to date when a worker starts.

import { type Client, ScheduleAlreadyRunning, type ScheduleOptions, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Config } from '../runtime/config';
import type { meterUsage } from '../workflows/meter-usage';
import { taskQueues } from '../workflows/task-queues';

type Schedule = ScheduleOptions & { readonly action: { readonly type: 'startWorkflow' } };

/** Every schedule, by the settings. */
export function schedules(config: Pick<Config, 'meteringEveryMs' | 'meteringParallel'>): readonly Schedule[] {
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
        args: [{ groups: config.meteringParallel }],
        staticSummary: 'Reports to hours, days and credits',
      },
    },
  ];
}

/** Makes the schedules that are missing and brings the others up to date; a pause by an operator stays. */
export async function ensureSchedules(client: Client, wanted: readonly Schedule[]): Promise<void> {
  for (const schedule of wanted) {
    try {
      await client.schedule.create(schedule);
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      const { spec, policies, action } = schedule;
      await client.schedule
        .getHandle(schedule.scheduleId)
        .update(({ state }) => ({ spec, action, state, ...(policies === undefined ? {} : { policies }) }));
    }
  }
}
