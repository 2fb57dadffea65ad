// How the workflows are started that nobody but a back-end team starts: a preview, and putting an e-mail up again.

import {
  type Client,
  type Workflow,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowHandle,
  type WorkflowStartOptions,
} from '@temporalio/client';
import type { PreviewArguments, ResendArguments } from '../domain/asking';
import { previewWorkflowId, resendWorkflowId } from '../domain/ids';
import { monthName } from '../domain/period';
import type { previewInvoice } from '../workflows/preview-invoice';
import type { resendEmail } from '../workflows/resend-email';
import { searchAttributes } from '../workflows/search-attributes';
import { taskQueues } from '../workflows/task-queues';
import { once } from './workflows';

/** A question, whose answer changes: those who ask at once share a run, who asks later has one of his own. */
const anew = { workflowIdConflictPolicy: 'USE_EXISTING', workflowIdReusePolicy: 'ALLOW_DUPLICATE' } as const;

/** The options that a preview is started with. */
export function previewInvoiceStart(of: PreviewArguments): WorkflowStartOptions<typeof previewInvoice> {
  const { workspace, month } = of;
  return {
    ...anew,
    workflowId: previewWorkflowId(of),
    taskQueue: taskQueues.billing,
    args: [of],
    typedSearchAttributes: [{ key: searchAttributes.workspaceId, value: workspace }],
    staticSummary: `${workspace}, preview of ${month === undefined ? 'the coming invoice' : monthName(month)}`,
  };
}

/** The options that putting an e-mail up again is started with. */
export function resendEmailStart(of: ResendArguments): WorkflowStartOptions<typeof resendEmail> {
  return {
    ...once,
    workflowId: resendWorkflowId(of),
    taskQueue: taskQueues.mail,
    args: [of],
    staticSummary: `${of.email} again, for ${of.by}`,
  };
}

/** Starts what is done once a key; where it has completed, its handle answers what came of it. */
export async function askOnce<Asked extends Workflow>(
  client: Client,
  type: string,
  start: WorkflowStartOptions<Asked>,
): Promise<WorkflowHandle<Asked>> {
  try {
    return await client.workflow.start<Asked>(type, start);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return client.workflow.getHandle<Asked>(start.workflowId);
  }
}
