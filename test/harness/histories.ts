// Histories of workflows: what they cost, and keeping some of them as the corpus that later code has to replay.

import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { temporal } from '@temporalio/proto';

type History = temporal.api.history.v1.IHistory;

const { EventType } = temporal.api.enums.v1;

// What Temporal Cloud counts as an action and what our workflows could do of it.
const actions: ReadonlySet<number> = new Set([
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
  EventType.EVENT_TYPE_TIMER_STARTED,
  EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
  EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
  EventType.EVENT_TYPE_MARKER_RECORDED,
  EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED,
  EventType.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
]);

/** How many Temporal actions a history cost; an activity's retries count as well. */
export function countActions({ events }: History): number {
  const retries = (events ?? []).map((event) => (event.activityTaskStartedEventAttributes?.attempt ?? 1) - 1);
  const counted = (events ?? []).filter((event) => actions.has(event.eventType ?? 0));
  return counted.length + retries.reduce((sum, more) => sum + more, 0);
}

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
