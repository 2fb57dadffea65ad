// What may be said to a running workflow. A signal carries nothing: whoever is woken judges afresh from the database.
import { defineSignal } from '@temporalio/workflow';
import { billingSignals, collectSignals } from '../domain/delivery';

/** Something that a billing period may have waited for has happened: ask again whether it can be closed. */
export const usageComplete = defineSignal(billingSignals.usageComplete);
/** Close the billing period now. Postgres holds the request; this only wakes the workflow. */
export const closeRequested = defineSignal(billingSignals.closeRequested);
/** Something that the collecting of an invoice may have waited for has happened: look again. */
export const woken = defineSignal(collectSignals.woken);
