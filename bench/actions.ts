// What workflows cost: Temporal actions, counted from their histories.
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
