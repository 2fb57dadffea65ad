// Overrun is ours: what a bill owes for minutes inside the guard's episodes (credits gone, no method, still running) is written
// off when it is issued. The bill and its lines stay.
import type { Bill, BillPart } from '../bill';
import { billWithout, writtenOffBy } from '../bill-without';
import { type LostUsage, lostTotals } from '../credit-note-lines';
import type { Grant } from '../credits';
import { type Cents, lesserNanos, type Nanos, shareInProportion, sumNanos } from '../money';
import type { TermsPoint } from '../terms';

/** Minutes of a line inside one episode of the workspace; `minutes` as many as `hours`. */
export type InsideUsage = LostUsage & { readonly episode: number };

/** What is written off of a bill, and what it was computed from. */
export type Overrun = {
  readonly amountCents: Cents;
  readonly owedNanos: Nanos;
  readonly owedWithoutNanos: Nanos;
  readonly replicaMinutes: number;
  readonly listNanos: Nanos;
  /** The minutes by line and hour, whichever episode they lie in. */
  readonly usage: readonly LostUsage[];
  /** The amount is shared out in proportion to the list amounts. */
  readonly episodes: readonly EpisodeOverrun[];
};

export type EpisodeOverrun = {
  readonly episode: number;
  readonly replicaMinutes: number;
  readonly listNanos: Nanos;
  readonly amountCents: Cents;
};

/**
 * What of a bill is written off: half-up cents of what it owes less half-up cents of what it owes without the minutes inside
 * episodes, each grant limited to what the bill draws of it. Undefined where no minute lies inside one.
 */
export function overrunOf(of: {
  readonly bill: Bill;
  readonly parts: readonly BillPart[];
  readonly inside: readonly InsideUsage[];
  readonly terms: readonly TermsPoint[];
  readonly grants: readonly Grant[];
}): Overrun | undefined {
  const { bill, parts, inside, terms, grants } = of;
  if (inside.length === 0) return undefined;
  const usage = byLine(inside);
  const without = billWithout({ parts, draws: bill.draws, lost: usage, terms, grants });
  const owedNanos = bill.amountDueNanos;
  const amountCents = writtenOffBy({ owedNanos, withoutNanos: without.amountDueNanos });
  return {
    amountCents,
    owedNanos,
    owedWithoutNanos: lesserNanos(owedNanos, without.amountDueNanos),
    ...totalsOf(inside),
    usage,
    episodes: byEpisode(inside, amountCents),
  };
}

function byEpisode(inside: readonly InsideUsage[], amountCents: Cents): readonly EpisodeOverrun[] {
  const linesOf = new Map<number, InsideUsage[]>();
  for (const line of inside) {
    const lines = linesOf.get(line.episode);
    if (lines === undefined) linesOf.set(line.episode, [line]);
    else lines.push(line);
  }
  const episodes = [...linesOf].map(([episode, lines]) => ({ episode, ...totalsOf(lines) }));
  episodes.sort((one, other) => one.episode - other.episode);
  const shares = shareInProportion(
    amountCents,
    episodes.map(({ listNanos }) => listNanos),
  );
  return episodes.map((each, at) => ({ ...each, amountCents: shares[at] ?? amountCents }));
}

function totalsOf(lines: readonly LostUsage[]): { readonly replicaMinutes: number; readonly listNanos: Nanos } {
  const totals = lines.map(lostTotals);
  return {
    replicaMinutes: totals.reduce((sum, { replicaMinutes }) => sum + replicaMinutes, 0),
    listNanos: sumNanos(totals.map(({ listNanos }) => listNanos)),
  };
}

// Two episodes may lie in one hour: a line has each hour once.
function byLine(inside: readonly InsideUsage[]): readonly LostUsage[] {
  const lines = new Map<string, { readonly line: LostUsage; readonly minutes: Map<number, number> }>();
  for (const { episode: _, ...line } of inside) {
    const name = [line.month, line.model, line.version, line.instanceType, line.priceNanos].join(' ');
    const known = lines.get(name) ?? { line, minutes: new Map<number, number>() };
    line.hours.forEach((hour, at) => {
      known.minutes.set(hour, (known.minutes.get(hour) ?? 0) + (line.minutes[at] ?? 0));
    });
    lines.set(name, known);
  }
  return [...lines.values()].map(({ line, minutes }) => {
    const hours = [...minutes.keys()].sort((one, other) => one - other);
    return { ...line, hours, minutes: hours.map((hour) => minutes.get(hour) ?? 0) };
  });
}
