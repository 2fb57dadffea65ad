// One workspace's month, from its opening to its issued invoice. It mostly sleeps: about six Temporal actions in all.
import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  patched,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { actorOf } from '../domain/asking';
import type { CloseBecause, Finalized } from '../domain/closing';
import type { PeriodStanding } from '../domain/outcomes';
import { formatInstant, monthName } from '../domain/period';
import type { BillingPeriodArguments } from '../domain/timetable';
import { finalizeInvoice, openNextPeriod, requestClosing } from './activities';
import { patches } from './patches';
import { searchAttributes } from './search-attributes';
import { close, closeRequested, periodStanding, usageComplete } from './signals';

/** How a period ended. `totalCents` is a decimal string. */
export type BillingPeriodOutcome =
  | {
      readonly status: 'invoiced';
      readonly invoiceId: string;
      readonly totalCents: string;
      readonly because: CloseBecause;
    }
  | { readonly status: 'empty'; readonly because: CloseBecause };

export async function billingPeriod(period: BillingPeriodArguments): Promise<BillingPeriodOutcome> {
  const { workspace, month, opensNextAt, closesAt } = period;
  let isCloseRequested = false;
  // Counted, so that a signal that comes while we ask is not lost when we go on to wait.
  let wakings = 0;
  setHandler(closeRequested, () => {
    isCloseRequested = true;
    wakings++;
  });
  setHandler(usageComplete, () => {
    wakings++;
  });
  setHandler(
    close,
    async ({ by }) => {
      // Asked again, it is on its way already.
      if (!isCloseRequested) await requestClosing({ workspace, month, by });
      isCloseRequested = true;
      wakings++;
    },
    { validator: checkAskedBy },
  );
  let standing: PeriodStanding = { state: 'open', until: closesAt };
  setHandler(periodStanding, () => standing);
  const tell = (what: string) => setCurrentDetails(`**${workspace}, ${monthName(month)}:** ${what}`);

  if (opensNextAt !== null) {
    tell(`open; opens the next month at ${opensNextAt} and closes at ${closesAt}`);
    await waitFor(() => isCloseRequested, {
      untilMs: Date.parse(opensNextAt),
      summary: 'Until the next month is opened',
    });
    await openNextPeriod({ workspace, month });
  }

  tell(`open; closes at ${closesAt}`);
  await waitFor(() => isCloseRequested, { untilMs: Date.parse(closesAt), summary: 'Until the month has ended' });

  standing = { state: 'closing' };
  tell('being closed: what is left is metered, then the invoice issued, unless it has to wait');
  let asked = wakings;
  let finalized = await finalizeInvoice({ workspace, month });
  // Once, however often it asks again: each change of an attribute is an action.
  if (finalized.kind === 'waiting') upsertSearchAttributes([{ key: searchAttributes.billingStatus, value: 'waiting' }]);
  while (finalized.kind === 'waiting') {
    const untilMs = Math.max(Date.parse(finalized.until), Date.now() + againMsMin);
    standing = { state: 'waiting', for: finalized.for, until: formatInstant(untilMs) };
    tell(`waiting until ${awaited[finalized.for]}; asks again at ${formatInstant(untilMs)} at the latest`);
    await waitFor(() => wakings > asked, { untilMs, summary: `Until ${awaited[finalized.for]}` });
    if (isHistoryLong()) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof billingPeriod>(fromClosingOn(period));
    }
    standing = { state: 'closing' };
    asked = wakings;
    finalized = await finalizeInvoice({ workspace, month });
  }

  standing = { state: 'closed' };
  // Whoever asked for its closing is answered before it ends.
  await condition(allHandlersFinished);
  const outcome = outcomeOf(finalized);
  upsertSearchAttributes(attributesOf(outcome));
  tell(outcome.status === 'invoiced' ? `invoice ${outcome.invoiceId}` : 'closed without an invoice: nothing was used');
  return outcome;
}

function checkAskedBy(asked: Parameters<typeof actorOf>[0]): void {
  try {
    actorOf(asked);
  } catch (error) {
    throw ApplicationFailure.nonRetryable(error instanceof Error ? error.message : String(error), 'invalid_request');
  }
}

// Temporal's clock and the worker's differ a little. Should a wait seem to be over before it has begun, asking in a tight
// loop until they agree would cost an action each time; a signal wakes it at once all the same.
const againMsMin = 10_000;

const awaited: { readonly [what in Extract<Finalized, { kind: 'waiting' }>['for']]: string } = {
  complete_usage: 'every source has reported its usage',
  earlier_period: 'the earlier month is closed',
  end: 'the month has ended',
};

// A wait may be woken without limit, and Temporal ends a run at 51,200 events: long before that it is begun afresh.
function isHistoryLong(): boolean {
  return workflowInfo().continueAsNewSuggested && patched(patches.continueAsNew);
}

// The new run begins with asking, so that whatever woke this one is not lost; the next month has been opened.
function fromClosingOn(period: BillingPeriodArguments): BillingPeriodArguments {
  const closesAtMs = Math.min(Date.parse(period.closesAt), Date.now());
  return { ...period, opensNextAt: null, closesAt: formatInstant(closesAtMs) };
}

/** Waits for what wakes it, at the most until an instant. A wait that is over already costs no timer. */
async function waitFor(
  isWoken: () => boolean,
  { untilMs, summary }: { readonly untilMs: number; readonly summary: string },
): Promise<void> {
  const leftMs = untilMs - Date.now();
  if (leftMs > 0 && !isWoken()) await condition(isWoken, leftMs, { summary });
}

function outcomeOf(finalized: Exclude<Finalized, { kind: 'waiting' }>): BillingPeriodOutcome {
  const { because } = finalized;
  if (finalized.kind === 'empty') return { status: 'empty', because };
  return { status: 'invoiced', invoiceId: finalized.invoiceId, totalCents: finalized.totalCents, because };
}

function attributesOf(outcome: BillingPeriodOutcome) {
  const status = { key: searchAttributes.billingStatus, value: outcome.status };
  if (outcome.status === 'empty') return [status];
  return [
    status,
    { key: searchAttributes.invoiceId, value: outcome.invoiceId },
    { key: searchAttributes.amountDueCents, value: Number(outcome.totalCents) },
  ];
}
