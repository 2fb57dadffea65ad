// The activities as workflows see them: every timeout and retry policy is in this file.
//
// An activity beats with each statement that Postgres has answered. In the worker a statement ends after 90 s, its
// connection two seconds later, and 15 s may pass before there is a connection (runtime/connections.ts): 107 s without a
// beat, at the most, of an activity that is still to be waited for. So no heartbeat timeout is below two minutes, else a
// statement that would have come through, or failed with its reason, is done a second time beside itself. A worker that is
// shut down gives its activities back at once; one that dies, or its machine, holds up what it was doing for these two
// minutes, which is nothing to a month. Shorter ones would need shorter statements, and those would fail for good, instead
// of being slow, where a workspace is very large or a month's end very busy.
import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities';
import { errorRegistry } from '../domain/errors';

const statementsEnd = '2 minutes';

const nonRetryableErrorTypes = Object.entries(errorRegistry)
  .filter(([, { retryable }]) => !retryable)
  .map(([code]) => code);

// A period must be billed in the end, whatever breaks on the way: it is tried for ever, and at least once a minute, so
// that it goes on by itself as soon as the fault is mended.
const forEver: ActivityOptions = {
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1 minute', nonRetryableErrorTypes },
};

// The next tick of the schedule is a retry, too. Without a limit a group that keeps failing would hold the tick open and,
// as ticks do not overlap, keep the other groups from being metered.
const fewTimes: ActivityOptions = {
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumAttempts: 3, nonRetryableErrorTypes },
};

export const { openNextPeriod } = proxyActivities<Pick<Activities['billing'], 'openNextPeriod'>>({
  ...forEver,
  startToCloseTimeout: statementsEnd,
  summary: 'Open the next month',
});

// What it meters it commits in chunks, so that an attempt that ran out of time was not in vain.
export const { finalizeInvoice } = proxyActivities<Pick<Activities['billing'], 'finalizeInvoice'>>({
  ...forEver,
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: statementsEnd,
  summary: 'Meter what is waiting and issue the invoice, or say what it waits for',
});

// Without a beat there may be documents being drawn (one at a time, 3 s for 5,000 lines), a mail on its way (180 s) and a
// statement after it. The row of an address gives up after five days by itself; a sending that then still fails has met a
// bug, and ends so that it is seen.
export const { deliverEmail } = proxyActivities<Pick<Activities['mail'], 'deliverEmail'>>({
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '5 minutes',
  scheduleToCloseTimeout: '6 days',
  retry: { initialInterval: '30s', backoffCoefficient: 2, maximumInterval: '4 hours', nonRetryableErrorTypes },
  summary: 'Hand the e-mail over for each address that does not have it',
});

// What waits for a customer's bank, or for whoever puts the key right, is tried as long as it takes, but not every minute.
const untilDone: ActivityOptions = {
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '10 minutes', nonRetryableErrorTypes },
  startToCloseTimeout: statementsEnd,
};

export const { detachMethod } = proxyActivities<Pick<Activities['stripe'], 'detachMethod'>>({
  ...untilDone,
  summary: 'Detach the payment method, unless a payment with it is under way',
});

// What of the charges of a month's end comes by events is known already and starts nothing: mostly a customer who has just
// added a card or paid looks at what is applied here, so it goes before the charges that wait in the same queue.
export const { applyEvent } = proxyActivities<Pick<Activities['stripe'], 'applyEvent'>>({
  ...untilDone,
  priority: { priorityKey: 1 },
  summary: 'Read what it is about at Stripe, and apply what that says now',
});

export const { sweepEvents } = proxyActivities<Pick<Activities['stripe'], 'sweepEvents'>>({
  ...fewTimes,
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: statementsEnd,
  summary: 'List events, and store those that no webhook brought',
});

export const { rereadOverdue } = proxyActivities<Pick<Activities['stripe'], 'rereadOverdue'>>({
  ...fewTimes,
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: statementsEnd,
  summary: 'Read anew what should have come to an end',
});

export const { mendPeriods } = proxyActivities<Pick<Activities['billing'], 'mendPeriods'>>({
  ...fewTimes,
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: statementsEnd,
  summary: 'Find what was lost and start it again',
});

const metering: ActivityOptions = { ...fewTimes, startToCloseTimeout: '30 minutes', heartbeatTimeout: statementsEnd };

export const { foldReports } = proxyActivities<Pick<Activities['usage'], 'foldReports'>>({
  ...metering,
  summary: 'Reports to minutes',
});

export const { rollUpHours } = proxyActivities<Pick<Activities['usage'], 'rollUpHours'>>({
  ...metering,
  summary: 'Minutes to hours and days',
});

export const { applyCredits } = proxyActivities<Pick<Activities['usage'], 'applyCredits'>>({
  ...metering,
  summary: 'What is left of the credits',
});

// Between two statements there may be a call to Stripe, which waits for the card's bank, and for its turn among others. What
// came of it may stay unknown while Stripe is away: it is asked about ever more seldom, and for ever.
export const { collect } = proxyActivities<Pick<Activities['stripe'], 'collect'>>({
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '15 minutes', nonRetryableErrorTypes },
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '5 minutes',
  summary: 'Charge, or say what the invoice waits for',
});

// As a charge: what came of a part may stay unknown while Stripe is away, and is looked up for as long as it takes.
export const { sendRefund } = proxyActivities<Pick<Activities['stripe'], 'sendRefund'>>({
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '15 minutes', nonRetryableErrorTypes },
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '5 minutes',
  summary: 'Send each part of the refund that was not sent',
});
