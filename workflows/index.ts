// Every workflow type that a worker knows: what is exported here is what can be started by name.
//
// Periods sleep for weeks, so at every deployment thousands of runs go on with code that did not begin them: it replays
// their histories and must issue the same commands in the same order. A command is a timer, an activity, a change of search
// attributes, continuing as new, the end; arguments, summaries and timeouts may change, and so may whatever only reads.
// Whoever changes the commands of a type here
//
//   1. puts the change behind `patched`, with its name in patches.ts, and keeps the other branch until the last run that was
//      begun before has ended: for a period two months after the deployment and its longest wait;
//   2. adds a history of the new shape to test/histories (`UPDATE_HISTORIES=1 npx jest test/workflows test/workers`). What is
//      there already is never recorded again: those are the runs that are asleep out there.
//
// test/histories/replay.test.ts replays them all.
export { applyStripeEvent } from './apply-stripe-event';
export { billingPeriod } from './billing-period';
export { collectPayment } from './collect-payment';
export { creditGuard } from './credit-guard';
export { deliverWebhooks } from './deliver-webhooks';
export { detachMethod } from './detach-method';
export { rereadPayments, sweepStripeEvents } from './follow-stripe';
export { mend } from './mend';
export { meterUsage } from './meter-usage';
export { previewInvoice } from './preview-invoice';
export { refund } from './refund';
export { resendEmail } from './resend-email';
export { sendEmail } from './send-email';
