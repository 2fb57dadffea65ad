// A Temporal server that jumps to the next timer, for tests that need months. One for each test file: its clock is
// global, so two files sharing one would push each other forward.

import { TestWorkflowEnvironment } from '@temporalio/testing';
import { defineSearchAttributes } from '../../sandbox/temporal';
import { testServers } from './environment';

const attempts = 3;

/** Call `teardown()` of what it returns in afterAll. */
export async function startTimeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  const environment = await startServer(attempts);
  await defineSearchAttributes(environment.connection, environment.namespace ?? 'default');
  return environment;
}

// Of the SDK's ways only this one knows that the server skips time; createFromExistingServer always says that it does
// not. It waits 5 s for the server, which two busy cores sometimes exceed, so it tries again.
async function startServer(left: number): Promise<TestWorkflowEnvironment> {
  const executable = { type: 'existing-path', path: testServers().timeSkippingBinary } as const;
  try {
    return await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
  } catch (error) {
    if (left <= 1) throw error;
    return startServer(left - 1);
  }
}
