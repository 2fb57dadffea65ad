// What an answer about usage says where some of what was asked for was dropped: nothing there does not mean that nothing ran.
import type { Db } from '../db/connection/knex';
import { isOfLongAgo, readUsageKeptFrom } from '../db/metering/kept';
import { formatInstant } from '../domain/period';

/** The field `usageKeptFrom`, where usage since `fromMs` is asked for and is kept since later. */
export async function keptShape(
  db: Db,
  { fromMs, nowMs }: { readonly fromMs: number; readonly nowMs: number },
): Promise<{ readonly usageKeptFrom?: string }> {
  if (!isOfLongAgo(fromMs, nowMs)) return {};
  const keptFromMs = await readUsageKeptFrom(db);
  return keptFromMs === null || fromMs >= keptFromMs ? {} : { usageKeptFrom: formatInstant(keptFromMs) };
}
