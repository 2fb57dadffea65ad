// What ran on after credits were gone, for operators: episode by episode, and how well the guard does over a span.
import type { FastifyInstance } from 'fastify';
import {
  checkSummarySpan,
  type Episode,
  EpisodesQuery,
  type EpisodesSummary,
  EpisodesSummaryQuery,
  episodesAPage,
  summarySpan,
} from '../../contract/episodes';
import type { Answer } from '../../contract/operations';
import {
  listEpisodes,
  type Spread,
  type StoredEpisode,
  type EpisodesSummary as StoredSummary,
  summarizeEpisodes,
} from '../../db/guard/episodes';
import { formatCents, formatUsd } from '../../domain/money';
import { formatInstant, minuteMs } from '../../domain/period';
import { adminsOnly } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { pageOf, readQuery } from '../parameters';

const listSchema = describe({
  id: 'listEpisodes',
  tag: 'Guard',
  summary: 'List episodes of usage without credits and without a payment method, the newest first',
  description: `What their minutes owe is written off when they are billed. Episodes begin only while a platform is commanded:
usage from before is owed.`,
});

const summarySchema = describe({
  id: 'summarizeEpisodes',
  tag: 'Guard',
  summary: 'Read how much ran on over a span, and how long it took to stop it',
  description: 'p50, p99 and the greatest, over the episodes that begin within at most 92 days.',
});

export function episodeRoutes(app: FastifyInstance, api: Api): void {
  app.get(
    '/v1/guard/episodes',
    { config: { access: { roles: adminsOnly, of: 'nobody' } }, schema: listSchema },
    async (request): Promise<Answer<'listEpisodes'>> => {
      const {
        workspace = null,
        from = null,
        to = null,
        cursor,
        limit = episodesAPage,
      } = readQuery(request, EpisodesQuery);
      const before = cursor && {
        beginsAtMs: Number(cursor[0]) * minuteMs,
        workspace: cursor[1],
        number: Number(cursor[2]),
      };
      const asked = { workspace, fromMs: from, toMs: to, before: before ?? null, limit: limit + 1 };
      return pageOf(await listEpisodes(api.db, asked), limit, {
        show: episodeShape,
        cursor: (last) => [last.beginsAtMs / minuteMs, last.workspace, last.number],
      });
    },
  );

  app.get(
    '/v1/guard/episodes/summary',
    { config: { access: { roles: adminsOnly, of: 'nobody' } }, schema: summarySchema },
    async (request): Promise<Answer<'summarizeEpisodes'>> => {
      const nowMs = await api.clock();
      const asked = readQuery(request, EpisodesSummaryQuery, (query, at) =>
        checkSummarySpan(summarySpan(query, nowMs), at()),
      );
      const span = summarySpan(asked, nowMs);
      return summaryShape(span, await summarizeEpisodes(api.db, { workspace: asked.workspace ?? null, ...span }));
    },
  );
}

function episodeShape(episode: StoredEpisode): Episode {
  const { commandedAtMs, confirmedAtMs, endsAtMs, restoredAtMs, writtenOffCents } = episode;
  return {
    workspace: episode.workspace,
    number: episode.number,
    creditsGoneAt: formatInstant(episode.beginsAtMs),
    because: episode.because,
    noticedAt: formatInstant(episode.noticedAtMs),
    ...(commandedAtMs === null ? {} : { commandedAt: formatInstant(commandedAtMs) }),
    ...(confirmedAtMs === null ? {} : { confirmedAt: formatInstant(confirmedAtMs) }),
    ...(endsAtMs === null ? {} : { endsAt: formatInstant(endsAtMs) }),
    ...(restoredAtMs === null ? {} : { restoredAt: formatInstant(restoredAtMs) }),
    overrunMinutes: episode.replicaMinutes,
    overrunListAmount: formatUsd(episode.listNanos),
    ...(writtenOffCents === null ? {} : { writtenOff: formatCents(writtenOffCents) }),
  };
}

function summaryShape(
  span: { readonly fromMs: number; readonly toMs: number },
  summary: StoredSummary,
): EpisodesSummary {
  const { episodes, summarized, unconfirmed, replicaMinutes, listNanos, seconds } = summary;
  return {
    from: formatInstant(span.fromMs),
    to: formatInstant(span.toMs),
    episodes,
    ...(summarized < episodes ? { summarized } : {}),
    unconfirmed,
    ...(replicaMinutes === null ? {} : { overrunMinutes: replicaMinutes }),
    ...(listNanos === null ? {} : { overrunListAmount: spreadShape(listNanos, formatUsd) }),
    ...(seconds === null ? {} : { secondsToStop: seconds }),
  };
}

function spreadShape<Figure>({ p50, p99, max }: Spread<Figure>, show: (figure: Figure) => string): Spread<string> {
  return { p50: show(p50), p99: show(p99), max: show(max) };
}
