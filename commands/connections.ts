// What commands and activities work with: built once a process by runtime/connections, received by everything else.

import type { Db } from '../db/connection/knex';
import type { UsageAppender } from '../db/intake/reports';
import type { PastDueLadder } from '../domain/guard/ladder';
import type { Nanos } from '../domain/money';
import type { Seller } from '../domain/parties';
import type { ModelsGateway } from '../gateways/models/models';
import type { Payments } from '../gateways/payments/payments';
import type { Webhooks } from '../gateways/webhooks/webhooks';

export type Settings = {
  /** What a new workspace is given; zero: nothing. */
  readonly freeCreditsNanos: Nanos;
  /** Over how long the month's end is spread over workspaces. */
  readonly closeSpreadMs: number;
  /** How long after its end (or the workspace's creation) a period with incomplete usage closes. */
  readonly deadlineMs: number;
  /** How many days of folded usage reports are kept. */
  readonly keepReportsDays: number;
  /** How many months of usage before the running one are kept, at least two; null: all. */
  readonly keepUsageMonths: number | null;
  /** How long a round of metering is waited for before the next. */
  readonly meteringEveryMs: number;
  /** Who sells, on the invoices issued from now on. */
  readonly seller: Seller;
  /** Whether there is a mail server: without one no e-mails are written. */
  readonly isMailing: boolean;
  /** Where what comes back is addressed to; null where that is not told apart. */
  readonly mailReturnDomain: string | null;
  /** Whether invoices are charged: without an account at the payment processor none is. */
  readonly isCharging: boolean;
  /** Whether it moves real money; what it tells of the other mode is not for us. */
  readonly isLive: boolean;
  /** Where customers reach the API's pages, without a slash at its end; null where links cannot be made. */
  readonly publicUrl: string | null;
  /** Origins that customers may be sent back to. */
  readonly returnOrigins: readonly string[];
  /** When a declined invoice is tried again: milliseconds from the first decline on, ascending. */
  readonly retries: readonly number[];
  /** How long before the end of the last minute that credits cover the models are stopped; less than a minute. */
  readonly stopLeadMs: number;
  /** When what is past due stops a workspace. */
  readonly pastDueLadder: PastDueLadder;
};

export type Connections = {
  readonly db: Db;
  readonly appender: UsageAppender;
  /** The present instant in epoch milliseconds: the machine's clock, or in tests that of the time-skipping server. */
  readonly clock: () => number | Promise<number>;
  readonly settings: Settings;
  /** The endpoints that are told of events; absent where nothing but these is done. */
  readonly webhooks?: Webhooks;
  /** The payment processor; absent where nothing is charged. */
  readonly payments?: Payments;
  /** The platform that runs the models; absent where none is commanded. */
  readonly models?: ModelsGateway;
};

/** What commands that call the payment processor work with. */
export type Charging = Pick<Connections, 'db' | 'clock' | 'settings'> & { readonly payments: Payments };
