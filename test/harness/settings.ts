// Settings as a deployment without any of its own has them, for tests that build things by hand.

import type { Settings } from '../../commands/connections';
import { defaultRetries } from '../../domain/dunning/retries';
import { defaultLadder } from '../../domain/guard/ladder';
import { nanos, nanosPerUsd } from '../../domain/money';
import { dayMs } from '../../domain/period';

export function testSettings(others: Partial<Settings> = {}): Settings {
  return {
    freeCreditsNanos: nanos(30n * nanosPerUsd),
    closeSpreadMs: 600_000,
    deadlineMs: dayMs,
    keepReportsDays: 35,
    keepUsageMonths: null,
    meteringEveryMs: 20_000,
    seller: { name: 'Minutebook Tests Ltd.', addressLines: ['1 Test Street', 'London'], taxIds: [] },
    isMailing: false,
    mailReturnDomain: null,
    isCharging: false,
    isLive: false,
    publicUrl: 'https://billing.example.com',
    returnOrigins: ['https://billing.example.com', 'https://app.example.com'],
    retries: defaultRetries,
    stopLeadMs: 10_000,
    pastDueLadder: defaultLadder,
    ...others,
  };
}
