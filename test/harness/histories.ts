// Histories of workflows: keeping some of them as the corpus that later code has to replay.

import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';

export { countActions } from '../../bench/actions';

export const historiesDirectory = path.resolve(__dirname, '..', 'histories');

/**
 * With UPDATE_HISTORIES=1, keeps the history of a workflow under this name for the replay test, unless there is one of this
 * name: that is how workflows began that are still asleep.
 */
export async function keepHistory(name: string, handle: WorkflowHandle): Promise<void> {
  const file = path.join(historiesDirectory, `${name}.json`);
  if (!process.env['UPDATE_HISTORIES'] || existsSync(file)) return;
  await writeFile(file, `${historyToJSON(await handle.fetchHistory())}\n`);
}
