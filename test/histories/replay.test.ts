// Workflows that were started by earlier code sleep for weeks and go on with the present one: it must replay them. A
// history that a change cannot replay calls for `patched`, not for a new file here. The corpus grows by
// `UPDATE_HISTORIES=1 npx jest test/workflows test/workers`, under a new name for each shape: none is ever written over.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { quietTemporal } from '../harness/billing';
import { historiesDirectory } from '../harness/histories';
import { workflowBundle } from '../harness/workflow-bundle';

const files = readdirSync(historiesDirectory).filter((file) => file.endsWith('.json'));

let bundle: NonNullable<WorkerOptions['workflowBundle']>;

beforeAll(async () => {
  quietTemporal();
  bundle = await workflowBundle();
});

function read(file: string) {
  return JSON.parse(readFileSync(path.join(historiesDirectory, file), 'utf8')) as {
    events: {
      timerStartedEventAttributes?: { startToFireTimeout: string };
      workflowTaskStartedEventAttributes?: { suggestContinueAsNew?: boolean };
    }[];
  };
}

test.each(files)('today’s code replays %s', async (file) => {
  await Worker.runReplayHistory({ workflowBundle: bundle }, read(file));
});

test('a run that Temporal suggested to continue as new when our code did not do so yet goes on as it was begun', async () => {
  const history = read('month-that-waited.json');
  for (const { workflowTaskStartedEventAttributes: started } of history.events) {
    if (started !== undefined) started.suggestContinueAsNew = true;
  }
  await Worker.runReplayHistory({ workflowBundle: bundle }, history);
});

test('a history that today’s code would not have written is refused', async () => {
  const history = read('ordinary-month.json');
  const shortened = { ...history, events: history.events.filter((event) => !event.timerStartedEventAttributes) };
  await expect(Worker.runReplayHistory({ workflowBundle: bundle }, shortened)).rejects.toThrow();
});
