// Minutebook for teams that hold a Temporal client: its workflows asked, watched and told by the very ids, queues and policies
// under which it runs them itself. What needs none of Temporal's durability is a call of the HTTP API (http.ts).

import { type Client, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import {
  type AskedBy,
  closeUpdate,
  type PreviewArguments,
  type ResendArguments,
  standingQuery,
} from '../domain/asking';
import { type CollectPaymentArguments, type CreditGuardArguments, collectSignals } from '../domain/delivery';
import { billingWorkflowId, collectWorkflowId, emailWorkflowId, guardWorkflowId } from '../domain/ids';
import type { Collected, Judged, PeriodStanding, PreviewedInvoice } from '../domain/outcomes';
import type { Month } from '../domain/period';
import type { billingPeriod } from '../workflows/billing-period';
import type { collectPayment } from '../workflows/collect-payment';
import type { creditGuard } from '../workflows/credit-guard';
import type { sendEmail } from '../workflows/send-email';
import { askOnce, previewInvoiceStart, resendEmailStart } from './asked-workflows';
import { collectPaymentStart, startBillingPeriod, startCreditGuard } from './workflows';

export type { AskedBy, PreviewArguments, ResendArguments } from '../domain/asking';
export type { CollectPaymentArguments, CreditGuardArguments, SendEmailArguments } from '../domain/delivery';
export type { Collected, EmailOutcome, Judged, PeriodStanding, PreviewedInvoice } from '../domain/outcomes';
export { type BillingPeriodArguments, timetable } from '../domain/timetable';
export type { BillingPeriodOutcome } from '../workflows/billing-period';
export type { CollectOutcome } from '../workflows/collect-payment';
export { startBillingPeriod, startCollectPayment, startCreditGuard, startSendEmail } from './workflows';

/** A month of a workspace, such as `2025-01`. */
export type OfMonth = { readonly workspace: string; readonly month: Month };

/**
 * The workflow of a billing period. `result()` of it waits for the month's invoice; `standingOfPeriod` says where it is.
 */
export function billingPeriodOf(client: Client, { workspace, month }: OfMonth): WorkflowHandle<typeof billingPeriod> {
  return client.workflow.getHandle<typeof billingPeriod>(billingWorkflowId(workspace, month));
}

/** Where a billing period stands. Throws WorkflowNotFoundError where it was never opened. */
export function standingOfPeriod(client: Client, of: OfMonth): Promise<PeriodStanding> {
  return billingPeriodOf(client, of).query<PeriodStanding>(standingQuery);
}

/**
 * Closes a billing period early, as POST …/periods/{month}/close does: noted in Postgres and in the audit log when this
 * resolves. `result()` of the handle is its invoice, which comes once the months before it are closed. One that has ended
 * already is answered as it is. Throws WorkflowUpdateFailedError where the month has not begun.
 */
export async function closeBillingPeriod(
  client: Client,
  { by, ...of }: OfMonth & AskedBy,
): Promise<WorkflowHandle<typeof billingPeriod>> {
  const handle = billingPeriodOf(client, of);
  try {
    await handle.executeUpdate<void, [AskedBy]>(closeUpdate, { args: [{ by }] });
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError) || !(await hasEnded(handle))) throw error;
  }
  return handle;
}

/** The collecting of an invoice: `result()` is how it ended, paid, void or given up; `run` where its money had come back. */
export function collectingOf(
  client: Client,
  { invoice, run = 0 }: { readonly invoice: string; readonly run?: number },
): WorkflowHandle<typeof collectPayment> {
  return client.workflow.getHandle<typeof collectPayment>(collectWorkflowId(invoice, run));
}

/** Where the collecting of an invoice stands by its last look; undefined before the first. */
export function standingOfCollecting(
  client: Client,
  of: Parameters<typeof collectingOf>[1],
): Promise<Collected | undefined> {
  return collectingOf(client, of).query<Collected | undefined>(standingQuery);
}

/**
 * Has an invoice collected now: wakes its workflow, or starts it where it is missing. What is tried, and when, is decided as ever:
 * waking charges nothing that must not be charged yet. Throws WorkflowExecutionAlreadyStartedError where it has completed.
 */
export function collectInvoice(
  client: Client,
  collecting: CollectPaymentArguments,
): Promise<WorkflowHandle<typeof collectPayment>> {
  return client.workflow.signalWithStart<typeof collectPayment>('collectPayment', {
    ...collectPaymentStart(collecting),
    signal: collectSignals.woken,
    signalArgs: [],
  });
}

/** The guard of a workspace: starts it where it is missing, and else answers the one that runs. */
export function ensureGuard(client: Client, of: CreditGuardArguments): Promise<WorkflowHandle<typeof creditGuard>> {
  return startCreditGuard(client, of);
}

/** How a workspace stands by its guard's last judgement; undefined before the first. */
export function standingOfGuard(client: Client, { workspace }: CreditGuardArguments): Promise<Judged | undefined> {
  return client.workflow
    .getHandle<typeof creditGuard>(guardWorkflowId(workspace))
    .query<Judged | undefined>(standingQuery);
}

/** What the coming invoice of a workspace, or that of one of its open months, would say now. */
export async function previewInvoice(client: Client, of: PreviewArguments): Promise<PreviewedInvoice> {
  const handle = await client.workflow.start('previewInvoice', previewInvoiceStart(of));
  return handle.result();
}

/**
 * Sends an e-mail again. The same key again sends nothing more and answers the same. `sendingOf` waits for what became of
 * a sending.
 */
export async function resendEmail(client: Client, of: ResendArguments): Promise<{ readonly isSent: boolean }> {
  const handle = await askOnce(client, 'resendEmail', resendEmailStart(of));
  return handle.result();
}

/** One sending of an e-mail; `round` 0 is the first, a resend each one more. */
export function sendingOf(
  client: Client,
  { email, round = 0 }: { readonly email: string; readonly round?: number },
): WorkflowHandle<typeof sendEmail> {
  return client.workflow.getHandle<typeof sendEmail>(emailWorkflowId(email, round));
}

/** The start of a billing period that Postgres has open, under the name that goes with `closeBillingPeriod`. */
export const openBillingPeriod = startBillingPeriod;

async function hasEnded(handle: WorkflowHandle): Promise<boolean> {
  const { status } = await handle.describe();
  return status.name === 'COMPLETED';
}
