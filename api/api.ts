// What the routes are made of; made once by whoever builds the app, and passed on.
import type { FastifyBaseLogger } from 'fastify';
import type { Db } from '../db/knex';
import type { UsageAppender } from '../db/usage-reports';
import type { Nanos } from '../domain/money';

export type ApiSettings = {
  readonly bodyLimitBytes: number;
  /** What a new workspace is given; zero: nothing. */
  readonly freeCreditsNanos: Nanos;
  /** Over how long the month's end is spread over workspaces. */
  readonly closeSpreadMs: number;
};

export type Api = {
  readonly db: Db;
  readonly appender: UsageAppender;
  /** The present instant in epoch milliseconds: the machine's clock, or in tests that of the time-skipping server. */
  readonly clock: () => number | Promise<number>;
  readonly settings: ApiSettings;
  readonly log: FastifyBaseLogger;
};
