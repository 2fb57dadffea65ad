// Tells Minutebook what was used: first the past, month by month, then every 15 seconds what has been since.

import type { Client } from '../../client/http';
import type { UsageReport } from '../../contract/usage';
import { formatInstant, monthEndMs, monthOf } from '../../domain/period';
import type { Platform } from './platform';

export const beatMs = 15_000;
const source = 'simulated-platform';
const batchSize = 1000;

/** The last beat that has begun. */
export function beatBefore(ms: number): number {
  return Math.floor(ms / beatMs) * beatMs;
}

/**
 * Reports everything from the last confirmed instant to `untilMs`. What is not confirmed is reported again: that cannot
 * bill twice. A month is finished, and said to be complete, before the next is begun, so that its invoice need not wait.
 */
export async function reportUntil(client: Client, platform: Platform, untilMs: number): Promise<void> {
  for (;;) {
    const fromMs = platform.memory().acknowledgedMs;
    if (fromMs >= untilMs) return;
    const toMs = Math.min(untilMs, monthEndMs(monthOf(fromMs)));
    await reportSpan(client, platform.reports({ fromMs, toMs }), toMs);
    platform.remember({ acknowledgedMs: toMs });
  }
}

async function reportSpan(client: Client, reports: ReturnType<Platform['reports']>, toMs: number): Promise<void> {
  // A span without usage is reported as well, for its mark. The mark comes with the last batch: all before it are in.
  const batches = Math.max(1, Math.ceil(reports.length / batchSize));
  for (let batch = 0; batch < batches; batch++) {
    const part = reports.slice(batch * batchSize, (batch + 1) * batchSize).map(onTheWire);
    const mark = batch === batches - 1 ? { completeThrough: formatInstant(toMs) } : {};
    const receipt = await client.recordUsage({ source, ...mark, reports: part });
    if (receipt.quarantined > 0) console.warn(`${receipt.quarantined} reports went into quarantine`);
  }
}

function onTheWire({ fromMs, toMs, ...facts }: ReturnType<Platform['reports']>[number]): UsageReport {
  return { ...facts, from: formatInstant(fromMs), to: formatInstant(toMs) };
}
