// How each workflow is started, in one place: its id, queue, search attributes and what operators read in the Web UI.
// The outbox relay starts workflows by these, and so can back-end teams.

import type {
  Client,
  WorkflowHandleWithFirstExecutionRunId,
  WorkflowHandleWithSignaledRunId,
  WorkflowStartOptions,
} from '@temporalio/client';
import {
  type CollectPaymentArguments,
  type CreditGuardArguments,
  type DeliverWebhooksArguments,
  type DetachMethodArguments,
  type RefundArguments,
  type SendEmailArguments,
  type StripeEventArguments,
  webhookSignals,
} from '../domain/delivery';
import {
  billingWorkflowId,
  collectWorkflowId,
  detachWorkflowId,
  emailWorkflowId,
  guardWorkflowId,
  refundWorkflowId,
  stripeEventWorkflowId,
  webhookWorkflowId,
} from '../domain/ids';
import { monthName } from '../domain/period';
import type { BillingPeriodArguments } from '../domain/timetable';
import type { applyStripeEvent } from '../workflows/apply-stripe-event';
import type { billingPeriod } from '../workflows/billing-period';
import type { collectPayment } from '../workflows/collect-payment';
import type { creditGuard } from '../workflows/credit-guard';
import type { deliverWebhooks } from '../workflows/deliver-webhooks';
import type { detachMethod } from '../workflows/detach-method';
import type { refund } from '../workflows/refund';
import { searchAttributes } from '../workflows/search-attributes';
import type { sendEmail } from '../workflows/send-email';
import { taskQueues } from '../workflows/task-queues';

export type { BillingPeriodArguments } from '../domain/timetable';
export type { BillingPeriodOutcome } from '../workflows/billing-period';
export type { CollectOutcome } from '../workflows/collect-payment';

/**
 * One run a business key: started again, it is the one that runs, or it is refused because it has completed. One that was
 * terminated or has failed has not done what it is for, and begins again.
 */
export const once = {
  workflowIdConflictPolicy: 'USE_EXISTING',
  workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
} as const;

/** The options that a billing period's workflow is started with. */
export function billingPeriodStart(period: BillingPeriodArguments): WorkflowStartOptions<typeof billingPeriod> {
  const { workspace, month, closesAt } = period;
  return {
    ...once,
    workflowId: billingWorkflowId(workspace, month),
    taskQueue: taskQueues.billing,
    args: [period],
    typedSearchAttributes: [
      { key: searchAttributes.workspaceId, value: workspace },
      { key: searchAttributes.billingPeriod, value: month },
      { key: searchAttributes.billingStatus, value: 'open' },
      { key: searchAttributes.closeAt, value: new Date(closesAt) },
    ],
    staticSummary: `${workspace}, ${monthName(month)}`,
    staticDetails: `Bills workspace \`${workspace}\` for ${monthName(month)}. Closes at ${closesAt}, or as soon after as its usage is complete.`,
  };
}

/**
 * Starts the workflow of a billing period that Postgres has open; the outbox does it for every period by itself. Throws
 * WorkflowExecutionAlreadyStartedError where it has completed.
 */
export function startBillingPeriod(
  client: Client,
  period: BillingPeriodArguments,
): Promise<WorkflowHandleWithFirstExecutionRunId<typeof billingPeriod>> {
  return client.workflow.start<typeof billingPeriod>('billingPeriod', billingPeriodStart(period));
}

/** The options that one sending of an e-mail is started with. */
export function sendEmailStart(sending: SendEmailArguments): WorkflowStartOptions<typeof sendEmail> {
  const { workspace, email, round } = sending;
  return {
    ...once,
    workflowId: emailWorkflowId(email, round),
    taskQueue: taskQueues.mail,
    args: [sending],
    typedSearchAttributes: [{ key: searchAttributes.workspaceId, value: workspace }],
    staticSummary: `${workspace}, ${email}${round === 0 ? '' : `, resend ${round}`}`,
    staticDetails: `Sends e-mail \`${email}\` to each of its addresses. GET /v1/workspaces/${workspace}/emails has what the mail server said.`,
  };
}

/**
 * Starts the sending of an e-mail that Postgres has; the outbox does it for every e-mail by itself. Throws
 * WorkflowExecutionAlreadyStartedError where it has completed.
 */
export function startSendEmail(
  client: Client,
  sending: SendEmailArguments,
): Promise<WorkflowHandleWithFirstExecutionRunId<typeof sendEmail>> {
  return client.workflow.start<typeof sendEmail>('sendEmail', sendEmailStart(sending));
}

/** Starts the detaching of a payment method that is out of use; the outbox does it for every one by itself. */
export function startDetachMethod(
  client: Client,
  of: DetachMethodArguments,
): Promise<WorkflowHandleWithFirstExecutionRunId<typeof detachMethod>> {
  const { workspace, method } = of;
  return client.workflow.start<typeof detachMethod>('detachMethod', {
    ...once,
    workflowId: detachWorkflowId(method),
    taskQueue: taskQueues.stripe,
    args: [of],
    typedSearchAttributes: [{ key: searchAttributes.workspaceId, value: workspace }],
    staticSummary: `${workspace}, payment method replaced or removed`,
    staticDetails: `Detaches \`${method}\` of workspace \`${workspace}\` at Stripe, after the payments that are under way with it.`,
  });
}

/** The options that the collecting of an invoice is started with. */
export function collectPaymentStart(collecting: CollectPaymentArguments): WorkflowStartOptions<typeof collectPayment> {
  const { workspace, invoice, run, amountDueCents } = collecting;
  return {
    ...once,
    workflowId: collectWorkflowId(invoice, run),
    taskQueue: taskQueues.stripe,
    args: [collecting],
    typedSearchAttributes: [
      { key: searchAttributes.workspaceId, value: workspace },
      { key: searchAttributes.invoiceId, value: invoice },
      { key: searchAttributes.amountDueCents, value: Number(amountDueCents) },
    ],
    staticSummary: `${workspace}, ${invoice}${run === 0 ? '' : `, collected again (${run})`}`,
    staticDetails: `Collects invoice \`${invoice}\` of workspace \`${workspace}\`. GET /v1/invoices/${invoice}/payments has its payments and attempts.`,
  };
}

/**
 * Starts the collecting of an invoice that Postgres has; the outbox does it for every one that is due by itself. Throws
 * WorkflowExecutionAlreadyStartedError where it has completed.
 */
export function startCollectPayment(
  client: Client,
  collecting: CollectPaymentArguments,
): Promise<WorkflowHandleWithFirstExecutionRunId<typeof collectPayment>> {
  return client.workflow.start<typeof collectPayment>('collectPayment', collectPaymentStart(collecting));
}

/** Starts the sending of a refund that Postgres has; the outbox does it for every one by itself. */
export function startRefund(
  client: Client,
  of: RefundArguments,
): Promise<WorkflowHandleWithFirstExecutionRunId<typeof refund>> {
  const { workspace, key } = of;
  return client.workflow.start<typeof refund>('refund', {
    ...once,
    workflowId: refundWorkflowId(of),
    taskQueue: taskQueues.stripe,
    args: [of],
    typedSearchAttributes: [{ key: searchAttributes.workspaceId, value: workspace }],
    staticSummary: `${workspace}, refund ${key}`,
    staticDetails: `Sends refund \`${key}\` of workspace \`${workspace}\` to Stripe, one payment after the other.`,
  });
}

/** Starts the applying of an event of the inbox; what stores events does it for every one by itself. */
export function startApplyStripeEvent(
  client: Client,
  of: StripeEventArguments,
): Promise<WorkflowHandleWithFirstExecutionRunId<typeof applyStripeEvent>> {
  return client.workflow.start<typeof applyStripeEvent>('applyStripeEvent', {
    ...once,
    workflowId: stripeEventWorkflowId(of.event),
    taskQueue: taskQueues.stripe,
    args: [of],
    staticSummary: of.event,
    staticDetails: `Reads what \`${of.event}\` is about at Stripe, and writes down what that says now. Its row is in \`stripe_events\`.`,
  });
}

/** The options that the guard of a workspace is started with. */
export function creditGuardStart({ workspace }: CreditGuardArguments): WorkflowStartOptions<typeof creditGuard> {
  return {
    ...once,
    workflowId: guardWorkflowId(workspace),
    taskQueue: taskQueues.guard,
    args: [{ workspace }],
    typedSearchAttributes: [{ key: searchAttributes.workspaceId, value: workspace }],
    staticSummary: `${workspace}, credits`,
    staticDetails: `Guards the credits of workspace \`${workspace}\`: stops its models when they are gone and no payment method is on file, and starts them again.`,
  };
}

/** Starts the guard of a workspace; the outbox does it where there is something to guard. */
export function startCreditGuard(
  client: Client,
  of: CreditGuardArguments,
): Promise<WorkflowHandleWithFirstExecutionRunId<typeof creditGuard>> {
  return client.workflow.start<typeof creditGuard>('creditGuard', creditGuardStart(of));
}

/**
 * Starts the telling of an endpoint, or wakes it where it goes on; the outbox does it whenever there is something to tell. It ends
 * when nothing is left, and begins anew with what comes next.
 */
export function startDeliverWebhooks(
  client: Client,
  { endpoint }: DeliverWebhooksArguments,
): Promise<WorkflowHandleWithSignaledRunId<typeof deliverWebhooks>> {
  return client.workflow.signalWithStart<typeof deliverWebhooks>('deliverWebhooks', {
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowId: webhookWorkflowId(endpoint),
    taskQueue: taskQueues.webhooks,
    args: [{ endpoint }],
    signal: webhookSignals.woken,
    signalArgs: [],
    staticSummary: `endpoint ${endpoint}`,
    staticDetails: `Tells endpoint \`${endpoint}\` of events. GET /v1/webhook-deliveries?endpoint=${endpoint} has what became of each.`,
  });
}
