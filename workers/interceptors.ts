// Around every activity: our errors reach Temporal under their code, and a worker that died is noticed soon.

import type { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import { errorRegistry, MinutebookError } from '../domain/errors';

// Of the heartbeat timeout. One statement over a large fleet takes longer than that timeout; as long as the worker lives
// it is waited for. Short activities never beat.
const beatAfterShare = 1 / 3;

export function activityInterceptors(context: Context): ActivityInterceptors {
  return {
    inbound: {
      execute: async (input, next) => {
        const timeoutMs = context.info.heartbeatTimeoutMs;
        const beating = timeoutMs && setInterval(() => context.heartbeat(), timeoutMs * beatAfterShare);
        try {
          return await next(input);
        } catch (error) {
          throw asFailure(error);
        } finally {
          clearInterval(beating);
        }
      },
    },
  };
}

/** One of our own errors as Temporal understands it: type and retrying come from the registry. Others as they are. */
export function asFailure(error: unknown): unknown {
  if (!(error instanceof MinutebookError)) return error;
  return ApplicationFailure.create({
    message: error.detail,
    type: error.code,
    nonRetryable: !errorRegistry[error.code].retryable,
    details: error.faults === undefined ? [] : [error.faults],
    cause: error,
  });
}
