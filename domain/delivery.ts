// What must follow a committed change: a workflow to start, or one to wake, under its business key. Workflow types, ids and
// signal names are spoken here and nowhere else; SQL that wakes many at once calls billing_workflow_id,
// collect_workflow_id and guard_workflow_id, held to this by a test.
import {
  billingWorkflowId,
  collectWorkflowId,
  detachWorkflowId,
  emailWorkflowId,
  guardWorkflowId,
  refundWorkflowId,
  stripeEventWorkflowId,
  webhookWorkflowId,
} from './ids';
import type { Month } from './period';
import type { BillingPeriodArguments } from './timetable';

/** What each type of workflow that is started through the outbox is started with. */
export type StartArguments = {
  readonly billingPeriod: BillingPeriodArguments;
  readonly sendEmail: SendEmailArguments;
  readonly collectPayment: CollectPaymentArguments;
  readonly detachMethod: DetachMethodArguments;
  readonly applyStripeEvent: StripeEventArguments;
  readonly refund: RefundArguments;
  readonly creditGuard: CreditGuardArguments;
  readonly deliverWebhooks: DeliverWebhooksArguments;
};

/** One sending of an e-mail; `round` 0 is the first, a resend each one more. */
export type SendEmailArguments = { readonly workspace: string; readonly email: string; readonly round: number };

/**
 * The collecting of one invoice. `run` 0 is the first; one whose money came back after it was paid is collected anew, by a
 * run of its own. `amountDueCents` is a decimal string.
 */
export type CollectPaymentArguments = {
  readonly workspace: string;
  readonly invoice: string;
  readonly run: number;
  readonly amountDueCents: string;
};

/** A payment method that is out of use. */
export type DetachMethodArguments = { readonly workspace: string; readonly method: string };

/** An event of the inbox. */
export type StripeEventArguments = { readonly event: string };

/** A refund as it was written: its parts are sent to Stripe. */
export type RefundArguments = { readonly workspace: string; readonly key: string };

/** The guard of a workspace's credits, for as long as the workspace lives. */
export type CreditGuardArguments = { readonly workspace: string };

/** An endpoint that there is something to tell. Started while it runs, it is woken. */
export type DeliverWebhooksArguments = { readonly endpoint: string };

export type WorkflowType = keyof StartArguments;

/** What may be said to a billing period: ask again whether it can be closed, or close now. A signal carries nothing. */
export const billingSignals = { usageComplete: 'usageComplete', closeRequested: 'closeRequested' } as const;
export type BillingSignal = keyof typeof billingSignals;

/** What may be said to the collecting of an invoice: something changed that it may have waited for, so look again. */
export const collectSignals = { woken: 'woken' } as const;

/** What may be said to a guard: something changed that it judges by. The number grows, and an older one says nothing new. */
export const guardSignals = { woken: 'woken' } as const;

/** What may be said to the telling of an endpoint: there is more. */
export const webhookSignals = { woken: 'woken' } as const;

export type Delivery =
  | {
      readonly [type in WorkflowType]: {
        readonly kind: 'start';
        readonly type: type;
        readonly arguments: StartArguments[type];
      };
    }[WorkflowType]
  | {
      readonly kind: 'signal';
      readonly type: 'billingPeriod';
      readonly signal: BillingSignal;
      readonly to: { readonly workspace: string; readonly month: Month };
    }
  | {
      readonly kind: 'signal';
      readonly type: 'collectPayment';
      readonly signal: keyof typeof collectSignals;
      readonly to: { readonly invoice: string; readonly run: number };
    }
  | {
      readonly kind: 'signal';
      readonly type: 'creditGuard';
      readonly signal: keyof typeof guardSignals;
      readonly to: { readonly workspace: string };
      readonly sequence: number;
    };

/** The business key of the workflow that a delivery is about. */
export function workflowIdOf(delivery: Delivery): string {
  switch (delivery.type) {
    case 'sendEmail':
      return emailWorkflowId(delivery.arguments.email, delivery.arguments.round);
    case 'deliverWebhooks':
      return webhookWorkflowId(delivery.arguments.endpoint);
    case 'detachMethod':
      return detachWorkflowId(delivery.arguments.method);
    case 'applyStripeEvent':
      return stripeEventWorkflowId(delivery.arguments.event);
    case 'refund':
      return refundWorkflowId(delivery.arguments);
    case 'collectPayment': {
      const { invoice, run } = delivery.kind === 'start' ? delivery.arguments : delivery.to;
      return collectWorkflowId(invoice, run);
    }
    case 'creditGuard':
      return guardWorkflowId((delivery.kind === 'start' ? delivery.arguments : delivery.to).workspace);
    case 'billingPeriod': {
      const { workspace, month } = delivery.kind === 'start' ? delivery.arguments : delivery.to;
      return billingWorkflowId(workspace, month);
    }
    default:
      return delivery satisfies never;
  }
}
