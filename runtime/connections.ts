// What every process of ours holds: built here once from the configuration, for the API and the worker alike.

import type { Connections } from '../commands/connections';
import { connect } from '../db/connection/knex';
import { UsageAppender } from '../db/intake/reports';
import { takeCallSlots } from '../db/payments/call-slots';
import { httpModels } from '../gateways/models/http-models';
import { keyOf } from '../gateways/models/signature';
import type { CallRecord } from '../gateways/payments/calls';
import type { TakeSlots } from '../gateways/payments/pace';
import { isLiveKey, paymentsGateway } from '../gateways/payments/stripe-payments';
import { httpWebhooks } from '../gateways/webhooks/http-webhooks';
import type { Config } from './config';
import type { PlatformSettings } from './platform-settings';
import { workerSlots } from './worker-slots';

const second = 1000;

// A caller of the API is told within seconds that Postgres is away, and sooner than the 30 s after which proxies give up.
// In the worker a statement ends before its activity does (workflows/activities.ts): nobody waits for one that hangs.
const patience = {
  api: { acquireTimeoutMs: 4 * second, statementTimeoutMs: 18 * second },
  worker: { acquireTimeoutMs: 15 * second, statementTimeoutMs: 90 * second },
} as const;

// Before the API's calls to Stripe somebody sits and waits.
const urgency = { api: 'urgent', worker: 'steady' } as const;

export type Process = keyof typeof patience;

const poolMaxOf = {
  api: ({ poolMax = 10 }: Pick<Config, Needed>) => poolMax,
  worker: (config: Pick<Config, Needed>) => workerSlots(config).poolMax,
} as const;

type Needed =
  | 'databaseUrl'
  | 'poolMax'
  | 'meteringParallel'
  | 'freeCreditsNanos'
  | 'closeSpreadMinutes'
  | 'usageDeadlineHours'
  | 'usageReportsKeepDays'
  | 'usageKeepMonths'
  | 'meteringEveryMs'
  | 'seller'
  | 'mail'
  | 'publicUrl'
  | 'returnOrigins'
  | 'payments'
  | 'platform'
  | 'webhooks'
  | 'guardStopSecondsBefore'
  | 'pastDueLadder';

/** Connects when first used. `process` decides how long a statement may take, and is what pg_stat_activity shows. */
export function createConnections(
  config: Pick<Config, Needed>,
  of: {
    readonly process: Process;
    readonly clock?: Connections['clock'];
    /** Told of each call to Stripe once it has ended. */
    readonly onStripeCall?: (record: CallRecord) => void;
  },
): Connections & { readonly poolMax: number; close(): Promise<void> } {
  const { databaseUrl: url } = config;
  const { process, clock = Date.now, onStripeCall: onCall } = of;
  const poolMax = poolMaxOf[process](config);
  const db = connect({ url, poolMax, name: `minutebook-${process}`, ...patience[process] });
  const takeSlots: TakeSlots = (of) => takeCallSlots(db, { ...of, urgency: urgency[process] });
  const models = config.platform && modelsGateway(config.platform);
  const payments =
    config.payments && paymentsGateway({ ...config.payments, takeSlots, ...(onCall === undefined ? {} : { onCall }) });
  return {
    db,
    poolMax,
    appender: new UsageAppender(),
    clock,
    settings: {
      freeCreditsNanos: config.freeCreditsNanos,
      closeSpreadMs: config.closeSpreadMinutes * 60 * second,
      deadlineMs: config.usageDeadlineHours * 3600 * second,
      keepReportsDays: config.usageReportsKeepDays,
      keepUsageMonths: config.usageKeepMonths,
      meteringEveryMs: config.meteringEveryMs,
      seller: config.seller,
      isMailing: config.mail !== undefined,
      mailReturnDomain: config.mail?.returns?.domain ?? null,
      isCharging: payments !== undefined,
      isLive: isLiveKey(config.payments?.secretKey ?? ''),
      publicUrl: config.publicUrl ?? null,
      returnOrigins: config.returnOrigins,
      retries: config.payments?.retries ?? [],
      stopLeadMs: config.guardStopSecondsBefore * second,
      pastDueLadder: config.pastDueLadder,
    },
    webhooks: httpWebhooks(config.webhooks),
    ...(payments === undefined ? {} : { payments }),
    ...(models === undefined ? {} : { models }),
    close: async () => {
      payments?.close();
      await db.destroy();
    },
  };
}

// A platform that takes longer is asked again, as one that does not answer at all is.
const platformTimeoutMs = 10 * second;

function modelsGateway({ url, secret }: PlatformSettings) {
  const key = keyOf(secret);
  return key && httpModels({ url, key, timeoutMs: platformTimeoutMs });
}
