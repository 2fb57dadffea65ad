// A Temporal server that jumps to the next timer, for tests that need months. One for each test file: its clock is
// global, so two files sharing one would push each other forward.

import { TestWorkflowEnvironment } from '@temporalio/testing';
import { searchAttributes } from '../../workflows/search-attributes';
import { testServers } from './environment';

// temporal.api.enums.v1.IndexedValueType; the SDK exports no enum for it.
const indexedValueTypes = { KEYWORD: 2, INT: 3, DATETIME: 6 } as const;

const attempts = 3;

/** Call `teardown()` of what it returns in afterAll. */
export async function startTimeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  const environment = await startServer(attempts);
  // Not the worker's own way: this server cannot list what it knows already.
  const types = Object.values(searchAttributes).map(({ name, type }) => [name, indexedValueTypes[type]]);
  await environment.connection.operatorService.addSearchAttributes({
    namespace: environment.namespace ?? 'default',
    searchAttributes: Object.fromEntries(types),
  });
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
