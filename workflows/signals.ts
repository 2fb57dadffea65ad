// What may be said to a running workflow. A signal carries nothing but its number, where it has
// one: whoever is woken judges afresh from the database.
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import { type AskedBy, closeUpdate, standingQuery } from '../domain/asking';
import { billingSignals, collectSignals, guardSignals, webhookSignals } from '../domain/delivery';
import type { Collected, Judged, PeriodStanding } from '../domain/outcomes';

/** Something that a billing period may have waited for has happened: ask again whether it can be closed. */
export const usageComplete = defineSignal(billingSignals.usageComplete);
/** Close the billing period now. Postgres holds the request; this only wakes the workflow. */
export const closeRequested = defineSignal(billingSignals.closeRequested);
/** Close the billing period now, whoever asks: noted in Postgres first, as through the API. */
export const close = defineUpdate<void, [AskedBy]>(closeUpdate);
export const periodStanding = defineQuery<PeriodStanding>(standingQuery);
/** Something that the collecting of an invoice may have waited for has happened: look again. */
export const woken = defineSignal(collectSignals.woken);
/** Where it stands by the last look; undefined before the first. */
export const collectStanding = defineQuery<Collected | undefined>(standingQuery);
/** Something that a guard judges by has changed: judge again. Carries a number that grows; an older one says nothing new. */
export const guardWoken = defineSignal<[number]>(guardSignals.woken);
/** There is more to tell an endpoint, or it was changed: look again. */
export const webhooksWoken = defineSignal(webhookSignals.woken);
/** How a workspace stands by the guard's last judgement. */
export const guardStanding = defineQuery<Judged | undefined>(standingQuery);
