// Episodes for people and for programs.

import type { EpisodesSummary, Spread, StoredEpisode } from '../../db/guard/episodes';
import { centsToNanos, formatCents, formatUsd, formatUsdGrouped } from '../../domain/money';
import { formatInstant } from '../../domain/period';

export type Found = { readonly episodes: readonly StoredEpisode[]; readonly summary: EpisodesSummary };

/** Amounts as text: JSON's numbers would lose digits. Instants in epoch milliseconds. */
export function asJson({ episodes, summary }: Found): string {
  const printed = episodes.map(({ listNanos, writtenOffCents, ...episode }) => ({
    ...episode,
    listAmount: formatUsd(listNanos),
    writtenOff: writtenOffCents === null ? null : formatCents(writtenOffCents),
  }));
  const { listNanos, ...figures } = summary;
  const listAmount = listNanos && mapSpread(listNanos, formatUsd);
  return JSON.stringify({ episodes: printed, summary: { ...figures, listAmount } }, null, 2);
}

export function asText({ episodes, summary }: Found): string {
  if (episodes.length === 0) return 'Nothing ran on without credits in this span.';
  return `${asTable([episodeHeads, ...episodes.map(episodeRow)], 2)}\n\n${summaryText(summary)}`;
}

const episodeHeads = [
  'workspace',
  'no.',
  'credits gone at',
  'noticed',
  'commanded',
  'confirmed',
  'restored',
  'minutes',
  'dollars',
  'written off',
];

// The steps as seconds after the credits were gone: that is what one looks for, and before it they are negative.
function episodeRow(episode: StoredEpisode): readonly string[] {
  const after = (ms: number | null) => (ms === null ? '-' : `${((ms - episode.beginsAtMs) / 1000).toFixed(1)} s`);
  return [
    episode.workspace,
    String(episode.number),
    formatInstant(episode.beginsAtMs),
    after(episode.noticedAtMs),
    after(episode.commandedAtMs),
    after(episode.confirmedAtMs),
    episode.restoredAtMs === null ? 'open' : formatInstant(episode.restoredAtMs),
    String(episode.replicaMinutes),
    formatUsdGrouped(episode.listNanos),
    episode.writtenOffCents === null ? '-' : formatUsdGrouped(centsToNanos(episode.writtenOffCents)),
  ];
}

function summaryText({
  episodes,
  summarized,
  unconfirmed,
  replicaMinutes,
  listNanos,
  seconds,
}: EpisodesSummary): string {
  const rowOf = (name: string, spread: Spread<string> | null) =>
    spread === null ? [] : [[name, spread.p50, spread.p99, spread.max]];
  const rows = [
    [summarized < episodes ? `of the last ${summarized}` : `of ${episodes}`, 'p50', 'p99', 'most'],
    ...rowOf('minutes', replicaMinutes && mapSpread(replicaMinutes, String)),
    ...rowOf('dollars at list prices', listNanos && mapSpread(listNanos, formatUsdGrouped)),
    ...rowOf('seconds to stop', seconds && mapSpread(seconds, (figure) => figure.toFixed(1))),
  ];
  const open = unconfirmed === 0 ? '' : `\n${unconfirmed} of them not confirmed by every model`;
  return `${asTable(rows, 1)}${open}`;
}

function mapSpread<Figure, Shown>({ p50, p99, max }: Spread<Figure>, show: (figure: Figure) => Shown): Spread<Shown> {
  return { p50: show(p50), p99: show(p99), max: show(max) };
}

/** Columns apart by two spaces, the first ones to the left, the others to the right; a rule below the heads. */
function asTable(rows: readonly (readonly string[])[], left: number): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  const lines = rows.map((row) =>
    row
      .map((cell, at) => (at < left ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  const rule = '-'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}
