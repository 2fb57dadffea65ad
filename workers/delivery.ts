// Telling Temporal of one outbox row: a start or a signal under its business key.

import {
  type Client,
  isGrpcServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import {
  startApplyStripeEvent,
  startBillingPeriod,
  startCollectPayment,
  startCreditGuard,
  startDeliverWebhooks,
  startDetachMethod,
  startRefund,
  startSendEmail,
} from '../client/workflows';
import type { OutboxRow } from '../db/outbox';
import type { StartArguments, WorkflowType } from '../domain/delivery';
import { guardedBy } from '../domain/ids';

export type Outcome =
  | { readonly kind: 'delivered' }
  /** Nobody could be told at the moment; it says nothing about this row. */
  | { readonly kind: 'away'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string };

const deadlineMs = 5000;

export async function deliver(client: Client, row: OutboxRow): Promise<Outcome> {
  try {
    await client.withDeadline(Date.now() + deadlineMs, () =>
      row.kind === 'start' ? start(client, row) : signal(client, row),
    );
    return { kind: 'delivered' };
  } catch (error) {
    // Told before, and completed since: that is what the row wanted.
    if (error instanceof WorkflowExecutionAlreadyStartedError) return { kind: 'delivered' };
    // A signal comes after its workflow's start, which is an earlier row. Not there any more: it has ended.
    if (error instanceof WorkflowNotFoundError && row.kind === 'signal') return { kind: 'delivered' };
    return { kind: isAway(error) ? 'away' : 'refused', reason: reasonOf(error) };
  }
}

async function signal(client: Client, row: Extract<OutboxRow, { kind: 'signal' }>): Promise<void> {
  const carried = row.sequence === undefined ? [] : [row.sequence];
  try {
    await client.workflow.getHandle(row.workflowId).signal(row.signal, ...carried);
  } catch (error) {
    // A guard never ends by itself: one that somebody ended is begun anew by whoever wakes it, and judges everything afresh.
    if (!(error instanceof WorkflowNotFoundError) || row.type !== 'creditGuard') throw error;
    await startCreditGuard(client, { workspace: guardedBy(row.workflowId) });
  }
}

// How each type is started. What a row holds is what `deliver` was given for its type.
const starters: {
  readonly [type in WorkflowType]: (client: Client, of: StartArguments[type]) => Promise<unknown>;
} = {
  billingPeriod: startBillingPeriod,
  sendEmail: startSendEmail,
  collectPayment: startCollectPayment,
  detachMethod: startDetachMethod,
  refund: startRefund,
  applyStripeEvent: startApplyStripeEvent,
  creditGuard: startCreditGuard,
  deliverWebhooks: startDeliverWebhooks,
};

// Its arguments come back from the outbox as JSON.
type Starter = (client: Client, of: unknown) => Promise<unknown>;

async function start(client: Client, row: Extract<OutboxRow, { kind: 'start' }>): Promise<void> {
  const starter = starters[row.type] as Starter | undefined;
  if (starter === undefined) {
    const known = Object.keys(starters).join(', ');
    throw new Error(`expected an outbox row to start one of ${known}, came ${row.type}; is this worker too old?`);
  }
  await starter(client, row.arguments);
}

// gRPC's numbers; @grpc/grpc-js, which names them, is the SDK's own dependency.
const awayCodes: ReadonlySet<number> = new Set([
  4, // DEADLINE_EXCEEDED
  7, // PERMISSION_DENIED
  8, // RESOURCE_EXHAUSTED
  14, // UNAVAILABLE
  16, // UNAUTHENTICATED
]);

function isAway(error: unknown): boolean {
  if (error instanceof NamespaceNotFoundError) return true;
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return isGrpcServiceError(cause) && awayCodes.has(cause.code);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
