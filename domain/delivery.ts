// What must follow a committed change: a workflow to start, or one to wake, under its business key. Workflow types, ids and
// signal names are spoken here and nowhere else; SQL that wakes many at once calls billing_workflow_id, held to this by a
// test.
import { billingWorkflowId, detachWorkflowId, emailWorkflowId, stripeEventWorkflowId } from './ids';
import type { Month } from './period';
import type { BillingPeriodArguments } from './timetable';

/** What each type of workflow that is started through the outbox is started with. */
export type StartArguments = {
  readonly billingPeriod: BillingPeriodArguments;
  readonly sendEmail: SendEmailArguments;
  readonly detachMethod: DetachMethodArguments;
  readonly applyStripeEvent: StripeEventArguments;
};

/** One sending of an e-mail; `round` 0 is the first, a resend each one more. */
export type SendEmailArguments = { readonly workspace: string; readonly email: string; readonly round: number };

/** A payment method that is out of use. */
export type DetachMethodArguments = { readonly workspace: string; readonly method: string };

/** An event of the inbox. */
export type StripeEventArguments = { readonly event: string };

export type WorkflowType = keyof StartArguments;

/** What may be said to a billing period: ask again whether it can be closed, or close now. A signal carries nothing. */
export const billingSignals = { usageComplete: 'usageComplete', closeRequested: 'closeRequested' } as const;
export type BillingSignal = keyof typeof billingSignals;

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
    };

/** The business key of the workflow that a delivery is about. */
export function workflowIdOf(delivery: Delivery): string {
  if (delivery.type === 'sendEmail') return emailWorkflowId(delivery.arguments.email, delivery.arguments.round);
  if (delivery.type === 'detachMethod') return detachWorkflowId(delivery.arguments.method);
  if (delivery.type === 'applyStripeEvent') return stripeEventWorkflowId(delivery.arguments.event);
  const period = delivery.kind === 'start' ? delivery.arguments : delivery.to;
  return billingWorkflowId(period.workspace, period.month);
}
