// Metering in memory, small enough to be plainly right: reports to masks, masks to hour totals and usage lines.
import type { BillPart, HourTotal } from '../../domain/bill';
import type { UsageLine } from '../../domain/invoice';
import { expandPieces, piecesOf, popcount, union } from '../../domain/minutes';
import { nanos, nanosPerUsd } from '../../domain/money';
import { type Month, monthHours } from '../../domain/period';
import { type PricePoint, priceInForce } from '../../domain/pricing';
import { defaultTerms, type Terms, type TermsPoint, termsInForce } from '../../domain/terms';
import type { UsageReport } from '../../domain/usage';

export type Prices = { readonly [instanceType: string]: readonly PricePoint[] };
type ReplicaHour = { readonly report: UsageReport; readonly hour: number; mask: bigint };

/** One own part of a month, and its usage lines, out of reports. */
export function meter(facts: {
  readonly reports: readonly UsageReport[];
  readonly month: Month;
  readonly terms: readonly TermsPoint[];
  readonly prices: Prices;
}): { part: BillPart; usageLines: UsageLine[] } {
  const { month } = facts;
  const hours = new Map<number, bigint>();
  const lines = new Map<string, UsageLine>();
  for (const { report, hour, mask } of billableHours(facts)) {
    const priceNanos = priceInForce(facts.prices[report.instanceType] ?? [], hour);
    if (priceNanos === undefined) throw new Error(`no price of ${report.instanceType} in hour ${hour}`);
    const minutes = popcount(mask);
    const list = priceNanos * BigInt(minutes);
    hours.set(hour, (hours.get(hour) ?? 0n) + list);
    const { model, version, instanceType } = report;
    const key = `${model} ${version} ${instanceType} ${priceNanos}`;
    const before = lines.get(key);
    lines.set(key, {
      ...{ month, late: false, model, version, instanceType, priceNanos },
      replicaMinutes: (before?.replicaMinutes ?? 0) + minutes,
      listNanos: nanos((before?.listNanos ?? 0n) + list),
    });
  }
  const totals = [...hours].map(([hour, list]): HourTotal => ({ hour, listNanos: nanos(list) }));
  totals.sort((one, other) => one.hour - other.hour);
  return { part: { month, late: false, listBefore: nanos(0n), hours: totals }, usageLines: [...lines.values()] };
}

function billableHours(facts: {
  readonly reports: readonly UsageReport[];
  readonly month: Month;
  readonly terms: readonly TermsPoint[];
}): ReplicaHour[] {
  const { from, to } = monthHours(facts.month);
  const replicaHours = new Map<string, ReplicaHour>();
  for (const report of facts.reports) {
    for (const { hour, mask } of expandPieces(piecesOf(report.fromMs, report.toMs))) {
      if (hour < from || hour >= to || !termsInForce(facts.terms, hour).billablePhases.includes(report.phase)) continue;
      const { model, version, instanceType, replica } = report;
      const key = `${hour} ${model} ${version} ${instanceType} ${replica}`;
      replicaHours.set(key, { report, hour, mask: union(replicaHours.get(key)?.mask ?? 0n, mask) });
    }
  }
  return [...replicaHours.values()];
}

/** Whole dollars. */
export const usd = (dollars: number | bigint) => nanos(BigInt(dollars) * nanosPerUsd);

/** Terms that differ from the default ones. */
export const termsWith = (change: Partial<Terms>): Terms => ({ ...defaultTerms, ...change });
