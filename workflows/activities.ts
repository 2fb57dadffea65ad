// The activities as workflows see them: every timeout and retry policy is in this file.
//
// An activity beats every few seconds as long as it gets on with its work (workers/beating.ts): a worker that dies, or its
// machine, holds up what it was doing for half a minute. One that hangs is silent for five minutes, and then beats no more.
// In the worker a statement ends after 90 s, its connection two seconds later, and 15 s may pass before there is a connection
// (runtime/connections.ts), so that an activity of statements alone ends by itself within two minutes, or has met a bug.
// A worker that is shut down gives its activities back at once. Which errors are not retried the worker says as they happen
// (workers/interceptors.ts).
import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities';

const statementsEnd = '2 minutes';
const deathIsNoticed = '30 seconds';

// A period must be billed in the end, whatever breaks on the way: it is tried for ever, and at least once a minute, so
// that it goes on by itself as soon as the fault is mended.
const forEver: ActivityOptions = {
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1 minute' },
};

// The next tick of the schedule is a retry, too. Without a limit a group that keeps failing would hold the tick open and,
// as ticks do not overlap, keep the other groups from being metered.
const fewTimes: ActivityOptions = {
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumAttempts: 3 },
};

export const { openNextPeriod } = proxyActivities<Pick<Activities['billing'], 'openNextPeriod'>>({
  ...forEver,
  startToCloseTimeout: statementsEnd,
  heartbeatTimeout: deathIsNoticed,
  summary: 'Open the next month',
});

// Somebody waits for it. He is told what is wrong with it, and asks again himself where nothing came.
const asked: ActivityOptions = {
  retry: {
    initialInterval: '1s',
    backoffCoefficient: 2,
    maximumInterval: '10s',
    maximumAttempts: 10,
  },
  startToCloseTimeout: statementsEnd,
  heartbeatTimeout: deathIsNoticed,
};

export const { requestClosing } = proxyActivities<Pick<Activities['billing'], 'requestClosing'>>({
  ...asked,
  summary: 'Note that the month is to be closed early',
});

// Previews change nothing, and let months be closed before them.
export const { previewInvoice } = proxyActivities<Pick<Activities['billing'], 'previewInvoice'>>({
  ...asked,
  priority: { priorityKey: 5 },
  summary: 'What the coming invoice would say now',
});

export const { nextResend, resendEmail } = proxyActivities<Pick<Activities['mail'], 'nextResend' | 'resendEmail'>>({
  ...asked,
  summary: 'Put the e-mail up again',
});

// What it meters it commits in chunks, so that an attempt that ran out of time was not in vain.
export const { finalizeInvoice } = proxyActivities<Pick<Activities['billing'], 'finalizeInvoice'>>({
  ...forEver,
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: deathIsNoticed,
  summary: 'Issue the invoice, metering first what is left, or say what it waits for',
});

// Documents may have to be drawn first (one at a time, 3 s for 5,000 lines), and a mail may be on its way for 180 s. The row
// of an address gives up after five days by itself; a sending that then still fails has met a bug, and ends so that it is seen.
export const { deliverEmail } = proxyActivities<Pick<Activities['mail'], 'deliverEmail'>>({
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: deathIsNoticed,
  scheduleToCloseTimeout: '6 days',
  retry: { initialInterval: '30s', backoffCoefficient: 2, maximumInterval: '4 hours' },
  summary: 'Hand the e-mail over for each address that does not have it',
});

// What waits for a customer's bank, or for whoever puts the key right, is tried as long as it takes, but not every minute.
const untilDone: ActivityOptions = {
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '10 minutes' },
  startToCloseTimeout: statementsEnd,
  heartbeatTimeout: deathIsNoticed,
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
  heartbeatTimeout: deathIsNoticed,
  summary: 'List events, and store those that no webhook brought',
});

export const { rereadOverdue } = proxyActivities<Pick<Activities['stripe'], 'rereadOverdue'>>({
  ...fewTimes,
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: deathIsNoticed,
  summary: 'Read anew what should have come to an end',
});

export const { mendPeriods } = proxyActivities<Pick<Activities['billing'], 'mendPeriods'>>({
  ...fewTimes,
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: deathIsNoticed,
  summary: 'Find what was lost and start it again',
});

const metering: ActivityOptions = { ...fewTimes, startToCloseTimeout: '30 minutes', heartbeatTimeout: deathIsNoticed };

// A round that did not begin is over: the next one comes in seconds.
export const { beginRound } = proxyActivities<Pick<Activities['usage'], 'beginRound'>>({
  ...fewTimes,
  startToCloseTimeout: statementsEnd,
  heartbeatTimeout: deathIsNoticed,
  summary: 'Pass what has nothing to do',
});

export const { meterShards } = proxyActivities<Pick<Activities['usage'], 'meterShards'>>({
  ...metering,
  summary: 'Reports to minutes, hours and days, and what is left of the credits',
});

export const { keepHouse } = proxyActivities<Pick<Activities['usage'], 'keepHouse'>>({
  ...metering,
  summary: 'Partitions, quarantine and old reports',
});

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

// What came of a charge may stay unknown while Stripe is away: it is asked about ever more seldom, and for ever.
export const { collect } = proxyActivities<Pick<Activities['stripe'], 'collect'>>({
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '15 minutes' },
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: deathIsNoticed,
  summary: 'Charge, or say what the invoice waits for',
});

// As a charge: what came of a part may stay unknown while Stripe is away, and is looked up for as long as it takes.
export const { sendRefund } = proxyActivities<Pick<Activities['stripe'], 'sendRefund'>>({
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '15 minutes' },
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: deathIsNoticed,
  summary: 'Send each part of the refund that was not sent',
});

// Metering, a judgement and calls to the platform that end after seconds each. A worker that dies on the way is missed soon: a
// judgement begun a second time beside itself waits for the first one's row.
export const { judge } = proxyActivities<Pick<Activities['guard'], 'judge'>>({
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1 minute' },
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '30s',
  summary: 'Judge what credits still cover, and tell the platform what follows',
});

// A round goes on for 20 s, and what is told at its end may take another 15. Endpoints that seem to be down wait behind those that
// do not: each hangs for as long as it may.
const telling: ActivityOptions = {
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '10 minutes' },
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: deathIsNoticed,
};

export const { tellEndpoint } = proxyActivities<Pick<Activities['webhooks'], 'tellEndpoint'>>({
  ...telling,
  priority: { priorityKey: 2 },
  summary: 'Tell the endpoint what is due',
});

export const { tellEndpoint: probeEndpoint } = proxyActivities<Pick<Activities['webhooks'], 'tellEndpoint'>>({
  ...telling,
  priority: { priorityKey: 4 },
  summary: 'Try whether the endpoint is there again',
});

export const { tellEndpointDisabled } = proxyActivities<Pick<Activities['mail'], 'tellEndpointDisabled'>>({
  taskQueue: 'mail',
  startToCloseTimeout: statementsEnd,
  heartbeatTimeout: deathIsNoticed,
  scheduleToCloseTimeout: '6 days',
  retry: { initialInterval: '30s', backoffCoefficient: 2, maximumInterval: '4 hours' },
  summary: 'Tell whoever runs this that the endpoint was disabled',
});
