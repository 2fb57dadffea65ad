// What must come after the kills: another worker goes on, and everything comes to its end.

import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { until } from '../harness/until';
import type { HaltingWorker } from './halting-worker';
import { type Scene, workflowsOf } from './scene';

type Dead = { readonly workspaces: readonly string[]; readonly identities: ReadonlySet<string> };

// PENDING_ACTIVITY_STATE_STARTED: a worker has it. One that is between two attempts has nobody to speak for.
const started = 2;

/**
 * Says, while some work is done, of what killed workers were doing that it failed, as Temporal does by itself once heartbeats
 * are overdue, and has it tried again at once: a minute that a test need not wait. Again and again, as a task may still reach
 * a dead worker.
 */
export async function speakForTheDead(scene: Scene, dead: Dead, work: () => Promise<void>): Promise<void> {
  const stopping = new AbortController();
  const speaking = speakUntil(scene, dead, stopping.signal);
  try {
    await work();
  } finally {
    stopping.abort();
    await speaking;
  }
}

async function speakUntil(scene: Scene, { workspaces, identities }: Dead, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    for (const workflowId of workspaces.flatMap(workflowsOf)) {
      if (!stopping.aborted) await speakFor(scene, workflowId, identities);
    }
    await sleep(1000, undefined, { signal: stopping }).catch(() => undefined);
  }
}

async function speakFor({ client }: Scene, workflowId: string, identities: Dead['identities']): Promise<void> {
  const description = await client.workflow.getHandle(workflowId).describe().catch(nothingIfMissing);
  const runId = description?.raw.workflowExecutionInfo?.execution?.runId ?? '';
  for (const { activityId, state, lastWorkerIdentity } of description?.raw.pendingActivities ?? []) {
    if (state !== started || !identities.has(lastWorkerIdentity ?? '')) continue;
    const failure = ApplicationFailure.create({ message: 'the worker was killed', nextRetryDelay: '500ms' });
    await client.activity.fail({ workflowId, runId, activityId: activityId ?? '' }, failure).catch(nothingIfMissing);
  }
}

// Not started yet, or through in the meantime.
function nothingIfMissing(error: unknown): undefined {
  if (error instanceof Error && (error instanceof WorkflowNotFoundError || error.name === 'ActivityNotFoundError'))
    return undefined;
  throw error;
}

/** Waits until every invoice is paid and mailed, and nothing is left that could do any of it once more. */
export async function untilThrough(scene: Scene, worker: HaltingWorker, workspaces: readonly string[]): Promise<void> {
  const through = async () => {
    worker.assertAlive();
    return (await unpaid(scene, workspaces)).length === 0;
  };
  await until('every invoice is paid and mailed', through, throughWithinMs).catch(async (error: Error) => {
    const left = await unpaid(scene, workspaces);
    const states = await Promise.all(left.map(async (workspace) => `${workspace}: ${await stateOf(scene, workspace)}`));
    throw new Error(`${error.message}\n${states.join('\n')}`);
  });
  for (const workspace of workspaces) {
    const isOver = async () => (await running(scene, workspace)).length === 0;
    await until(`nothing runs of ${workspace}`, isOver);
  }
}

// As in halting-worker.ts: heartbeats, the first pause of a mail, and as much again.
const throughWithinMs = 150_000;

async function unpaid({ connections: { db } }: Scene, workspaces: readonly string[]): Promise<readonly string[]> {
  const { rows } = await db.raw(
    `select id from unnest(?::text[]) as listed (id)
    where not exists (select from invoices where workspace_id = listed.id and status = 'paid')
      or exists (select from invoices join collectings on invoice_id = invoices.id
        where invoices.workspace_id = listed.id and ended_at is null)
      or not exists (select from emails where workspace_id = listed.id)
      or exists (select from email_addresses where workspace_id = listed.id and state <> 'sent')`,
    [[...workspaces]],
  );
  return rows.map(({ id }: { id: string }) => id);
}

async function running({ client }: Scene, workspace: string): Promise<readonly string[]> {
  const found = await Promise.all(
    workflowsOf(workspace).map(async (workflowId) => {
      const description = await client.workflow.getHandle(workflowId).describe().catch(nothingIfMissing);
      return description?.status.name === 'RUNNING' ? [workflowId] : [];
    }),
  );
  return found.flat();
}

/** What keeps it, for whoever reads a failure. */
async function stateOf(scene: Scene, workspace: string): Promise<string> {
  const { connections, client } = scene;
  const states = await Promise.all(
    (await running(scene, workspace)).map(async (workflowId) => {
      const { raw } = await client.workflow.getHandle(workflowId).describe();
      const pending = (raw.pendingActivities ?? []).map(({ activityType, attempt, state, lastFailure }) => {
        return `${activityType?.name}, attempt ${attempt}, state ${state}, ${lastFailure?.message ?? 'no failure'}`;
      });
      return `${workflowId} (${pending.join('; ') || 'nothing pending'})`;
    }),
  );
  const waits = await connections
    .db('collectings')
    .where({ workspace_id: workspace })
    .select('waits_for', 'until', 'trouble');
  const outbox = await connections
    .db('outbox')
    .where('workflow_id', 'like', `%:${workspace}:%`)
    .select('workflow_id', 'next_attempt_at');
  return `${states.join(', ') || 'nothing runs'}; collectings ${JSON.stringify(waits)}; outbox ${JSON.stringify(outbox)}`;
}
