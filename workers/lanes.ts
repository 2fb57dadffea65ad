// At what pace each lane of the outbox is delivered: e-mails let a month's end go first.
import type { Lane } from '../db/outbox';
import type { WorkerMetrics } from '../runtime/worker-metrics';

const rowsMax = 100;

export type MailPace = {
  /** E-mails started a second, at the most. */
  readonly mailPerSecond: number;
  /** Whether invoices are being issued here. */
  readonly isBilling: () => boolean;
};

/** How many rows of a lane are delivered together, how long it rests after that, and whether others may go first. */
export type Pace = {
  readonly lane: Lane;
  readonly rowsMax: number;
  readonly restMs: number;
  readonly isOthersTurn: () => boolean;
  /** What fills the lane, before it is looked into; answers how much was done. */
  readonly prepare?: () => Promise<number>;
};

// Events come in bursts: so an endpoint is woken once for many of them, and not for each.
const webhooksRestMs = 250;

// A month's end writes an e-mail with each invoice, and only so many a second are sent. Started all at once they would only
// take the processors from billing, to wait in Temporal; in the outbox, where they wait instead, a row costs nothing.
export function pacesOf(
  { mailPerSecond, isBilling }: MailPace,
  prepare: () => Promise<number> = async () => 0,
): readonly Pace[] {
  const mails = Math.min(mailPerSecond, rowsMax);
  return [
    { lane: 'guard', rowsMax, restMs: 0, isOthersTurn: () => false },
    { lane: 'billing', rowsMax, restMs: 0, isOthersTurn: () => false },
    { lane: 'webhooks', rowsMax, restMs: webhooksRestMs, isOthersTurn: () => false, prepare },
    { lane: 'mail', rowsMax: mails, restMs: (1000 * mails) / mailPerSecond, isOthersTurn: isBilling },
  ];
}

// Between the invoices of a month's end there are pauses, while Temporal or Postgres is what they wait for.
const billingPauseMs = 3000;

/** Whether a worker is issuing invoices, as its metrics know. */
export function isBilling(metrics: Pick<WorkerMetrics, 'isRecent'>): boolean {
  return metrics.isRecent('finalizeInvoice', billingPauseMs);
}
