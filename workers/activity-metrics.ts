// Counts activities and measures them, as they end.
import { performance } from 'node:perf_hooks';
import { CancelledFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { WorkerMetrics } from '../runtime/worker-metrics';

export function countActivities(metrics: WorkerMetrics): ActivityInterceptorsFactory {
  return ({ info: { activityType } }) => ({
    inbound: {
      execute: async (input, next) => {
        const startedMs = performance.now();
        const ended = (outcome: 'completed' | 'failed' | 'cancelled') =>
          metrics.activityEnded(activityType, { outcome, seconds: (performance.now() - startedMs) / 1000 });
        metrics.activityStarted(activityType);
        try {
          const result = await next(input);
          ended('completed');
          return result;
        } catch (error) {
          ended(error instanceof CancelledFailure ? 'cancelled' : 'failed');
          throw error;
        }
      },
    },
  });
}
