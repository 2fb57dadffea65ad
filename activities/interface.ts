// What the workflows may ask for, and what the activities are made of. Payloads are ids, words and text.

import type { Db } from '../db/knex';
import type { UsageAppender } from '../db/usage-reports';
import type { CloseBecause } from '../domain/closing';
import type { Month } from '../domain/period';

/** The outcome of trying to close a period. `totalCents` is a decimal string: money never crosses Temporal as a number. */
export type Finalized =
  | { readonly kind: 'waiting'; readonly for: 'earlier_period' | 'complete_usage' | 'end'; readonly until: string }
  | {
      readonly kind: 'invoiced';
      readonly invoiceId: string;
      readonly totalCents: string;
      readonly isDue: boolean;
      readonly because: CloseBecause;
    }
  | { readonly kind: 'closed'; readonly because: CloseBecause };

export type FinalizeInvoice = (period: { readonly workspace: string; readonly month: Month }) => Promise<Finalized>;

/** One of `groups` equal shares of the metering shards, counted from 0. */
export type ShardGroup = { readonly group: number; readonly groups: number };

export type Activities = {
  /**
   * Closes a period, with an invoice if it has anything to bill, or answers that it waits and until when at the most.
   * Doing it again answers the same invoice.
   */
  readonly finalizeInvoice: FinalizeInvoice;
  /** Opens the month after `month`, with its workflow; does nothing where it is open already. */
  readonly openNextPeriod: (period: { readonly workspace: string; readonly month: Month }) => Promise<void>;
  /** Reports to minute masks, quarantine first and old reports dropped. Answers how many hours of replicas changed. */
  readonly foldReports: (group: ShardGroup) => Promise<number>;
  /** Dirty hours to hourly and daily usage. Answers how many hours of workspaces were recomputed. */
  readonly rollUpHours: (group: ShardGroup) => Promise<number>;
  /** The running application of credits for the workspaces just rolled up. Answers how many have credits. */
  readonly applyCredits: (group: ShardGroup) => Promise<number>;
};

export type ActivityDependencies = {
  readonly db: Db;
  readonly appender: UsageAppender;
  /** The present instant in epoch milliseconds: the machine's clock, or in tests that of the time-skipping server. */
  readonly clock: () => number | Promise<number>;
  /** Tells Temporal that a long activity is alive; outside of an activity it does nothing. */
  readonly heartbeat: () => void;
  readonly settings: {
    /** How long after its end (or the workspace's creation) a period with incomplete usage closes. */
    readonly deadlineMs: number;
    /** Over how long the month's end is spread over workspaces. */
    readonly closeSpreadMs: number;
    /** How many days of folded usage reports are kept. */
    readonly keepReportsDays: number;
  };
};
