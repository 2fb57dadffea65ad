// What Postgres knows of how Minutebook fares, as data: a gauge more is an entry more. Each is read again and again, so it
// must be cheap with a backlog of millions and a year behind it (see the statements), and no label may grow with customers.
import { countAwaited, countUnclosed } from '../db/billing/gauges';
import type { Db } from '../db/connection/knex';
import { readGuardFigures } from '../db/guard/health';
import { countQuarantined, quarantineAge } from '../db/intake/gauges';
import { mailFigures } from '../db/mail/gauges';
import { countSetAside, countUnrolled, partitionsAheadDays, unfoldedAges } from '../db/metering/gauges';
import { readHealth } from '../db/metering/health';
import { listDueMonths, readNeeds } from '../db/metering/retention';
import { outboxFigures } from '../db/outbox-gauges';
import { eventFigures } from '../db/payments/events';
import { readCollectingFigures } from '../db/payments/health';
import { readRefundFigures } from '../db/payments/refund-health';
import { webhookFigures } from '../db/webhooks/gauges';

export type Sample = { readonly value: number; readonly labels?: Readonly<Record<string, string>> };

export type GaugeContext = {
  readonly nowMs: number;
  readonly deadlineMs: number;
  /** Null: all months of usage are kept. */
  readonly keepUsageMonths: number | null;
};

/** Gauges that are read together: by name, what they say, and one reading that answers the samples of each. */
export type GaugeGroup = {
  /** Gauge names, without `minutebook_`, and their help texts. */
  readonly gauges: Readonly<Record<string, string>>;
  /** The labels that every sample of the group has. */
  readonly labels?: readonly string[];
  /** Samples by gauge name; a gauge left out is not shown. */
  readonly read: (db: Db, context: GaugeContext) => Promise<Readonly<Record<string, readonly Sample[]>>>;
};

// As usage_month_needed_by has them.
const usageNeeds = ['open_period', 'late_usage', 'unfolded', 'dirty', 'set_aside', 'open_episode'];

const upTo = 'counted up to 10001, which means at least so many';

export const databaseGauges: readonly GaugeGroup[] = [
  {
    gauges: {
      unfolded_report_age_seconds: 'Age of the oldest usage report that metering has not taken up, by shard; 0 if none',
    },
    labels: ['shard'],
    read: async (db, context) => ({
      unfolded_report_age_seconds: (await unfoldedAges(db, context)).map(({ shard, age }) => ({
        labels: { shard: String(shard) },
        value: age,
      })),
    }),
  },
  {
    gauges: {
      rollup_pending: `Hours and ended days of workspaces, and credits of workspaces, to be recomputed, ${upTo}`,
    },
    labels: ['kind'],
    read: async (db, context) => ({
      rollup_pending: (await countUnrolled(db, context)).map(({ kind, count }) => ({ labels: { kind }, value: count })),
    }),
  },
  {
    gauges: {
      usage_partitions_ahead_days: 'Days beyond today (UTC) that have a partition for the usage reports received then',
    },
    read: async (db, context) => {
      const days = await partitionsAheadDays(db, context);
      return days === undefined ? {} : { usage_partitions_ahead_days: [{ value: days }] };
    },
  },
  {
    gauges: {
      usage_months_due: 'Months of usage that are older than USAGE_KEEP_MONTHS and not dropped yet',
    },
    read: async (db, { nowMs, keepUsageMonths: keepMonths }) => {
      const due = keepMonths === null ? [] : await listDueMonths(db, { nowMs, keepMonths });
      return { usage_months_due: [{ value: due.length }] };
    },
  },
  {
    gauges: { usage_month_needed: 'Whether something keeps the oldest month of usage that is due, by what does' },
    labels: ['by'],
    read: async (db, { nowMs, keepUsageMonths: keepMonths }) => {
      const [oldest] = keepMonths === null ? [] : await listDueMonths(db, { nowMs, keepMonths });
      const needs = oldest === undefined ? [] : await readNeeds(db, oldest);
      return { usage_month_needed: usageNeeds.map((by) => ({ labels: { by }, value: needs.includes(by) ? 1 : 0 })) };
    },
  },
  {
    gauges: {
      outbox_oldest_age_seconds: 'Age of the oldest row of the outbox, e-mails aside; 0 if there is none',
      outbox_rows: `Rows of the outbox, e-mails aside, ${upTo}`,
      outbox_refused_rows: `Rows of the outbox that Temporal has refused at least once, ${upTo}`,
    },
    read: async (db) => {
      const { age, rows, refused } = await outboxFigures(db);
      return {
        outbox_oldest_age_seconds: [{ value: age }],
        outbox_rows: [{ value: rows }],
        outbox_refused_rows: [{ value: refused }],
      };
    },
  },
  {
    gauges: {
      emails_waiting: `Addresses that wait for an e-mail, ${upTo}`,
      emails_waiting_oldest_age_seconds: 'Since when the longest of them has been waiting; 0 if none is',
    },
    read: async (db, context) => {
      const { waiting, age } = await mailFigures(db, context);
      return { emails_waiting: [{ value: waiting }], emails_waiting_oldest_age_seconds: [{ value: age }] };
    },
  },
  {
    gauges: {
      webhook_deliveries_pending: `Events that an endpoint is still to be told of, ${upTo}`,
      webhook_deliveries_pending_oldest_age_seconds: 'Since when the longest of them has been; 0 if none is',
      webhook_endpoints_failing: 'Endpoints at which nothing comes through',
      webhook_endpoints_disabled: 'Endpoints that were disabled as they failed for days, or answered 410',
    },
    read: async (db, context) => {
      const { pending, age, failing, disabled } = await webhookFigures(db, context);
      return {
        webhook_deliveries_pending: [{ value: pending }],
        webhook_deliveries_pending_oldest_age_seconds: [{ value: age }],
        webhook_endpoints_failing: [{ value: failing }],
        webhook_endpoints_disabled: [{ value: disabled }],
      };
    },
  },
  {
    gauges: {
      stripe_events_waiting: `Events of Stripe that are stored and not applied, ${upTo}`,
      stripe_events_waiting_oldest_age_seconds: 'Since when the longest of them has been waiting; 0 if none is',
      stripe_events_foreign: `Events of the last 30 days of another account, mode or Minutebook, ${upTo}`,
      stripe_events_listed_age_seconds:
        'Since through when events were last listed at Stripe; left out where they never were',
    },
    read: async (db, context) => {
      const { waiting, waitingAge, foreign, cursorAge } = await eventFigures(db, context);
      return {
        stripe_events_waiting: [{ value: waiting }],
        stripe_events_waiting_oldest_age_seconds: [{ value: waitingAge }],
        stripe_events_foreign: [{ value: foreign }],
        stripe_events_listed_age_seconds: cursorAge === null ? [] : [{ value: cursorAge }],
      };
    },
  },
  {
    gauges: {
      payment_attempts_late: `Attempts to charge that are in flight for longer than their state should last, by state, ${upTo}`,
    },
    labels: ['state'],
    read: async (db, context) => ({
      payment_attempts_late: Object.entries((await readCollectingFigures(db, context)).late).map(([state, value]) => ({
        labels: { state },
        value,
      })),
    }),
  },
  {
    gauges: {
      refunds_late: `Parts of refunds on their way for longer than that should take, ${upTo}`,
      refunds_failed: `Parts of refunds that did not go back, of invoices of which something is still to, ${upTo}`,
      refunds_stray: `Refunds made at Stripe of more than is known to be left, ${upTo}`,
      invoices_to_refund: `Invoices of which something is to be refunded and on no way, ${upTo}`,
      disputes_open: `Payments that a bank looks into, ${upTo}`,
    },
    read: async (db, context) => {
      const { late, failed, stray, waiting, openDisputes } = await readRefundFigures(db, context);
      return {
        refunds_late: [{ value: late }],
        refunds_failed: [{ value: failed }],
        refunds_stray: [{ value: stray }],
        invoices_to_refund: [{ value: waiting }],
        disputes_open: [{ value: openDisputes }],
      };
    },
  },
  {
    gauges: {
      payment_attempts_refused: `Attempts to charge of the last week that Stripe did not take, ${upTo}`,
      payment_codes_unknown: 'Declines of the last 30 days by codes that the table of what follows does not know',
      invoices_collecting_failing: `Invoices whose collecting fails and is tried again, ${upTo}`,
      invoices_past_due: `Unpaid invoices of which nothing more is tried by itself, ${upTo}`,
    },
    read: async (db, context) => {
      const { refused, unknownCodes, troubled, pastDue } = await readCollectingFigures(db, context);
      return {
        payment_attempts_refused: [{ value: refused }],
        payment_codes_unknown: [{ value: unknownCodes.reduce((sum, { count }) => sum + count, 0) }],
        invoices_collecting_failing: [{ value: troubled }],
        invoices_past_due: [{ value: pastDue }],
      };
    },
  },
  {
    gauges: { guards: `Workspaces whose credits are nearly used up, and those that are stopped, by state, ${upTo}` },
    labels: ['state'],
    read: async (db, context) => {
      const { low, suspended } = await readGuardFigures(db, context);
      return { guards: Object.entries({ low, suspended }).map(([state, value]) => ({ labels: { state }, value })) };
    },
  },
  {
    gauges: {
      guards_unheard: `Guards that were told something ten minutes ago or more and have not judged since, ${upTo}`,
      guards_late: `Guards that should have looked an hour ago or more, ${upTo}`,
      platform_unlisted: `Workspaces of which the platform has not said for an hour which models there are, ${upTo}`,
      platform_unconfirmed: `Models that the platform has not stopped or started for an hour after the command, ${upTo}`,
      platform_unconfirmed_oldest_age_seconds: 'Since when the oldest command is not confirmed; 0 if none is',
    },
    read: async (db, context) => {
      const { unheard, late, unlisted, disobeyed, unconfirmedSinceMs } = await readGuardFigures(db, context);
      const age = unconfirmedSinceMs === null ? 0 : Math.max(0, context.nowMs - unconfirmedSinceMs) / 1000;
      return {
        guards_unheard: [{ value: unheard }],
        guards_late: [{ value: late }],
        platform_unlisted: [{ value: unlisted }],
        platform_unconfirmed: [{ value: disobeyed }],
        platform_unconfirmed_oldest_age_seconds: [{ value: age }],
      };
    },
  },
  {
    gauges: { quarantine_reports: `Usage reports in quarantine by the reason that brought them there, ${upTo}` },
    labels: ['reason'],
    read: async (db) => ({
      quarantine_reports: (await countQuarantined(db)).map(({ reason, count }) => ({
        labels: { reason },
        value: count,
      })),
    }),
  },
  {
    gauges: { quarantine_oldest_age_seconds: 'Since when the longest of them has been in quarantine; 0 if none is' },
    read: async (db, context) => ({ quarantine_oldest_age_seconds: [{ value: await quarantineAge(db, context) }] }),
  },
  {
    gauges: {
      metering_failing_shards: 'Shards in which a step of metering fails, by step',
      metering_step_age_seconds:
        'Since a step of metering last went through every shard, by step; left out where it never has',
    },
    labels: ['step'],
    read: async (db, { nowMs }) => {
      const { steps } = await readHealth(db);
      const gone = steps.flatMap(({ step, succeededAtMs }) =>
        succeededAtMs === null ? [] : [{ labels: { step }, value: Math.max(0, nowMs - succeededAtMs) / 1000 }],
      );
      return {
        metering_failing_shards: steps.map(({ step, failingShards }) => ({ labels: { step }, value: failingShards })),
        metering_step_age_seconds: gone,
      };
    },
  },
  {
    gauges: { workspaces_set_aside: `Workspaces that make a step of metering fail, by step, ${upTo}` },
    labels: ['step'],
    read: async (db) => ({
      workspaces_set_aside: (await countSetAside(db)).map(({ step, count }) => ({ labels: { step }, value: count })),
    }),
  },
  {
    gauges: { periods_past_end: `Billing periods past their end and not closed by status, ${upTo}` },
    labels: ['status'],
    read: async (db, context) => ({
      periods_past_end: Object.entries(await countUnclosed(db, context)).map(([status, count]) => ({
        labels: { status },
        value: count,
      })),
    }),
  },
  {
    gauges: { periods_waiting: 'What billing periods wait for, of the 1000 that have waited for the longest' },
    labels: ['waiting_for'],
    read: async (db, context) => ({
      periods_waiting: [...(await countAwaited(db, context))].map(([waitingFor, count]) => ({
        labels: { waiting_for: waitingFor },
        value: count,
      })),
    }),
  },
];
