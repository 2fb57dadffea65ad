// When a period is closed: at once if all usage is in or somebody asked for it, else when the deadline has passed.

/** Why a period was closed when it was. */
export type CloseBecause = 'complete' | 'deadline' | 'requested';

export type ClosingFacts = {
  readonly isClosed: boolean;
  readonly endsAtMs: number;
  /** When the workspace was created: its past periods wait for back-filled usage from then on. */
  readonly createdAtMs: number;
  readonly isRequested: boolean;
  readonly isComplete: boolean;
  readonly isEarlierOpen: boolean;
};

export type ClosingDecision =
  | { readonly kind: 'close'; readonly because: CloseBecause }
  | { readonly kind: 'wait'; readonly for: 'earlier_period' | 'complete_usage' | 'end'; readonly untilMs: number };

/** How long a period waits for an earlier one, at the most, before it looks again: its signal normally comes first. */
const lookAgainMs = 3_600_000;

/**
 * Decides at `nowMs`. Periods close in order. Where a source stays behind or says nothing, a period closes
 * `deadlineMs` after the later of its end and the workspace's creation.
 */
export function decideClosing(
  facts: ClosingFacts,
  { nowMs, deadlineMs }: { readonly nowMs: number; readonly deadlineMs: number },
): ClosingDecision {
  const untilMs = Math.max(facts.endsAtMs, facts.createdAtMs) + deadlineMs;
  if (facts.isEarlierOpen) {
    return { kind: 'wait', for: 'earlier_period', untilMs: Math.max(untilMs, nowMs + lookAgainMs) };
  }
  if (facts.isRequested) return { kind: 'close', because: 'requested' };
  if (nowMs < facts.endsAtMs) return { kind: 'wait', for: 'end', untilMs: facts.endsAtMs };
  if (facts.isComplete) return { kind: 'close', because: 'complete' };
  if (nowMs >= untilMs) return { kind: 'close', because: 'deadline' };
  return { kind: 'wait', for: 'complete_usage', untilMs };
}

/** What came of trying to close a period. `totalCents` is a decimal string: money never crosses Temporal as a number. */
export type Finalized =
  | {
      readonly kind: 'waiting';
      readonly for: Extract<ClosingDecision, { kind: 'wait' }>['for'];
      /** RFC 3339: when to ask again at the latest. */
      readonly until: string;
    }
  | {
      readonly kind: 'invoiced';
      readonly invoiceId: string;
      readonly totalCents: string;
      readonly isDue: boolean;
      readonly because: CloseBecause;
    }
  | { readonly kind: 'empty'; readonly because: CloseBecause };
