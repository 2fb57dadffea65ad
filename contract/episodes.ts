// Episodes of the guard: usage that ran on after a workspace's credits were gone, with no payment method on file.
import { Type } from '@sinclair/typebox';
import type { Complain } from '../domain/body';
import { dayMs } from '../domain/period';
import { cursor, idPart, limit, numberPart } from './pages';
import { Amount, Cents, Count, Id, Instant, Minutes, words } from './scalars';
import { answer, optional, parameters, said, type Wire } from './shape';

export const Episode = answer('Episode', {
  workspace: Id,
  number: Type.Integer({ minimum: 1, description: 'counted by workspace' }),
  creditsGoneAt: said(
    'the end of the last minute that credits covered whole, or when the last method left, if later',
    Instant,
  ),
  because: words(['credits', 'method'], 'credits: they were used up; method: the last one left, and they were gone'),
  noticedAt: Instant,
  commandedAt: optional(said('when the first model was told to stop', Instant)),
  confirmedAt: optional(said('when the last model had stopped', Instant)),
  endsAt: optional(said('the end of the minute of the restore; left out while it is open', Instant)),
  restoredAt: optional(Instant),
  overrunMinutes: said('replica-minutes inside it so far', Minutes),
  overrunListAmount: said('their list amount', Amount),
  writtenOff: optional(
    said('by the invoices that hold its minutes, at their issue; left out before there is one', Cents),
  ),
});
export type Episode = Wire<typeof Episode>;

export const episodesAPage = 50;
const narrowing = {
  workspace: optional(Id),
  from: optional(said('that begin then or later', Instant)),
  to: optional(said('that begin before then', Instant)),
};
export const EpisodesQuery = parameters({
  ...narrowing,
  cursor: optional(cursor(numberPart, idPart, numberPart)),
  limit: optional(limit({ usual: episodesAPage, max: 100 })),
});

const spreadOf = <Figure extends typeof Amount | typeof Minutes | ReturnType<typeof Type.Number>>(figure: Figure) =>
  Type.Object({ p50: figure, p99: figure, max: figure });

export const EpisodesSummary = answer('EpisodesSummary', {
  from: Instant,
  to: Instant,
  episodes: Count,
  summarized: optional(said('the newest of them, of which the figures are; left out where those are all', Count)),
  unconfirmed: said('of which not every model has confirmed its stop', Count),
  overrunMinutes: optional(said('left out, as the others, where there is nothing to tell', spreadOf(Minutes))),
  overrunListAmount: optional(spreadOf(Amount)),
  secondsToStop: optional(said('from noticed to confirmed', spreadOf(Type.Number({ minimum: 0 })))),
});
export type EpisodesSummary = Wire<typeof EpisodesSummary>;

export const EpisodesSummaryQuery = parameters({
  ...narrowing,
  from: optional(said('of those that begin then or later; left out: 30 days before `to`', Instant)),
  to: optional(said('of those that begin before then; left out: now', Instant)),
});

const summaryDaysMax = 92;

/** The span that a summary is of. */
export function summarySpan(
  asked: { readonly from?: number | undefined; readonly to?: number | undefined },
  nowMs: number,
): { readonly fromMs: number; readonly toMs: number } {
  const toMs = asked.to ?? nowMs;
  return { fromMs: asked.from ?? toMs - 30 * dayMs, toMs };
}

export function checkSummarySpan({ fromMs, toMs }: ReturnType<typeof summarySpan>, complain: Complain): void {
  if (fromMs >= toMs) complain('to', 'expected an instant after from');
  if (toMs - fromMs > summaryDaysMax * dayMs)
    complain('to', `expected at most ${summaryDaysMax} days; ask for less at a time`);
}
