// Around every activity: our errors reach Temporal under their code.

import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import { type ErrorEntry, errorRegistry, MinutebookError } from '../domain/errors';

export function activityInterceptors(): ActivityInterceptors {
  return {
    inbound: {
      execute: async (input, next) => {
        try {
          return await next(input);
        } catch (error) {
          throw asFailure(error);
        }
      },
    },
  };
}

/** One of our own errors as Temporal understands it: type and retrying come from the registry. Others as they are. */
export function asFailure(error: unknown): unknown {
  if (!(error instanceof MinutebookError)) return error;
  const { retryable, againAfterMs }: ErrorEntry = errorRegistry[error.code];
  return ApplicationFailure.create({
    message: error.detail,
    type: error.code,
    nonRetryable: !retryable,
    ...(againAfterMs === undefined ? {} : { nextRetryDelay: againAfterMs }),
    details: error.faults === undefined ? [] : [error.faults],
    cause: error,
  });
}
