// `npm run sizing`: what platforms of several sizes need, computed from measured costs. Nothing here was run at these sizes.
import { type Need, needOf, type Platform, platforms } from './sizing/model';

const columns: readonly (readonly [string, (need: Need, platform: Platform) => string])[] = [
  ['workspaces', (_, { workspaces }) => count(workspaces)],
  ['active at once', (_, { active }) => count(active)],
  ['replicas', (_, { replicas }) => count(replicas)],
  ['reports/s', ({ reportsPerSecond }) => count(reportsPerSecond)],
  ['API, cores', ({ cores }) => cores.api.toFixed(1)],
  ['worker, cores', ({ cores }) => cores.worker.toFixed(1)],
  ['Postgres, cores', ({ cores }) => cores.postgres.toFixed(1)],
  ['of it intake / metering', ({ cores }) => `${cores.intake.toFixed(1)} / ${cores.metering.toFixed(1)}`],
  ['sessions that meter', ({ meteringSessions }) => count(meteringSessions)],
  ['Temporal actions a month', ({ actions }) => `${(actions / 1e6).toFixed(1)} million`],
  ['rows a month, kept', ({ rows }) => `${count(rows / 1e6)} million`],
  ['GB a month, kept', ({ gigabytes }) => count(gigabytes)],
  ['GB of reports, for 35 days', ({ reportGigabytes }) => count(reportGigabytes)],
  ["month's end, core-hours", ({ monthEndCoreHours }) => monthEndCoreHours.toFixed(1)],
  ['charges at 100 calls/s', ({ chargeHours }) => `${chargeHours.toFixed(1)} h`],
];

/** A table in Markdown, a platform a column. */
export function sizingTable(): string {
  const needs = platforms.map((platform) => ({ platform, need: needOf(platform) }));
  const rows = columns.map(
    ([what, show]) => `| ${what} | ${needs.map(({ need, platform }) => show(need, platform)).join(' | ')} |`,
  );
  const names = platforms.map(({ name }) => name);
  return [`| | ${names.join(' | ')} |`, `|---|${names.map(() => '---').join('|')}|`, ...rows].join('\n');
}

function count(figure: number): string {
  return Number(figure.toPrecision(2)).toLocaleString('en');
}

if (require.main === module) console.log(sizingTable());
