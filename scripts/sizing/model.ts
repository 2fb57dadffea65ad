// What a platform needs, by what it costs: sums alone, so that whoever doubts a figure can put his own.
import { costs, rowBytes } from './costs';

export type Platform = {
  readonly name: string;
  readonly workspaces: number;
  /** Workspaces in which something runs, at any time. */
  readonly active: number;
  readonly replicas: number;
};

/** What is assumed of all of them. */
export const assumed = {
  reportsAReplicaMinute: 1,
  /** Lines of a workspace's hour: models, versions and instance types that run in it. */
  linesAWorkspace: 2,
  /** Of the active: on credits, without a method. */
  shareBurning: 0.3,
  /** Of all workspaces: with an invoice in a month. */
  shareBilled: 0.3,
  dashboardsADay: 5,
  hoursAMonth: 730,
  keepReportsDays: 35,
  roundsAMinute: 3,
  /** How much of a core's time is used when it counts as needed: the rest is for peaks. */
  usedShare: 0.5,
} as const;

/** One in ten is active, with three replicas, where nothing else is said. */
const usual = (name: string, workspaces: number): Platform => ({
  name,
  workspaces,
  active: workspaces / 10,
  replicas: (3 * workspaces) / 10,
});

export const platforms: readonly Platform[] = [
  usual('10,000 workspaces', 10_000),
  usual('100,000 workspaces', 100_000),
  usual('a million workspaces', 1_000_000),
  { name: 'a million replicas', workspaces: 100_000, active: 10_000, replicas: 1_000_000 },
];

export type Need = {
  readonly reportsPerSecond: number;
  readonly cores: {
    readonly api: number;
    readonly worker: number;
    readonly postgres: number;
    readonly intake: number;
    readonly metering: number;
  };
  readonly meteringSessions: number;
  readonly actions: number;
  readonly rows: number;
  readonly gigabytes: number;
  readonly reportGigabytes: number;
  readonly monthEndCoreHours: number;
  readonly chargeHours: number;
};

const secondsAMonth = assumed.hoursAMonth * 3600;
const microseconds = 1e6;
/** Most shards that are metered at the same time. */
const groupsMax = 16;

export function needOf(platform: Platform): Need {
  const { workspaces, active, replicas } = platform;
  const reportsPerSecond = (replicas * assumed.reportsAReplicaMinute) / 60;
  const intake = cores(reportsPerSecond * costs.reportInPostgres.figure);
  const metering = meteringCores(platform, reportsPerSecond);
  const reads = (active * assumed.dashboardsADay) / 86_400;
  const billed = workspaces * assumed.shareBilled;
  // A session waits for its disk and its statements' answers, too.
  const meteringSessions = Math.min(groupsMax, Math.max(1, Math.ceil(metering)));
  const burning = active * assumed.shareBurning;
  const rounds = (assumed.roundsAMinute * secondsAMonth) / 60;
  return {
    reportsPerSecond,
    cores: {
      api: cores(reportsPerSecond * costs.reportInApi.figure + reads * costs.dashboardInApi.figure),
      worker: cores((assumed.roundsAMinute / 60) * burning * costs.roundOfBurningInWorker.figure),
      postgres: intake + metering,
      intake,
      metering,
    },
    meteringSessions,
    actions:
      workspaces * costs.actionsOfMonth.figure +
      burning * costs.actionsOfGuard.figure +
      rounds * (costs.actionsOfRound.figure + meteringSessions * costs.actionsOfRoundsShare.figure),
    ...storage(platform),
    reportGigabytes: (reportsPerSecond * 86_400 * assumed.keepReportsDays * rowBytes.report.figure) / 1e9,
    monthEndCoreHours: (billed * costs.chargedInvoice.figure) / microseconds / 3600,
    chargeHours: billed / 100 / 3600,
  };
}

/** Cores for so many microseconds a second. */
function cores(used: number): number {
  return used / microseconds / assumed.usedShare;
}

// A workspace's running hour is rolled up as often as there are rounds in which something of it came: at most once a replica.
function meteringCores({ active, replicas }: Platform, reportsPerSecond: number): number {
  const changesAMinute = Math.min(assumed.roundsAMinute, (replicas / active) * assumed.reportsAReplicaMinute);
  const paying = active * (1 - assumed.shareBurning);
  const burning = active - paying;
  const ofWorkspaces =
    paying * (costs.rollUpWorkspace.figure + costs.creditsOfPaying.figure) + burning * costs.roundOfBurning.figure;
  const aMinute =
    changesAMinute * (ofWorkspaces + replicas * costs.rollUpReplica.figure) +
    assumed.roundsAMinute * (costs.idleRound.figure + costs.busyShards.figure);
  return cores(aMinute / 60 + reportsPerSecond * costs.foldReport.figure);
}

// Rows that stay: masks, hours, days and invoices.
function storage({ workspaces, active, replicas }: Platform): { readonly rows: number; readonly gigabytes: number } {
  const lines = active * assumed.linesAWorkspace;
  const days = assumed.hoursAMonth / 24;
  const kept: readonly (readonly [number, { readonly figure: number }])[] = [
    [replicas * assumed.hoursAMonth, rowBytes.replicaHour],
    [lines * assumed.hoursAMonth, rowBytes.usageHour],
    [active * assumed.hoursAMonth, rowBytes.hourTotal],
    [lines * days, rowBytes.usageDay],
    [lines * 2 * days, rowBytes.activeDay],
    [workspaces * assumed.shareBilled, rowBytes.invoice],
  ];
  return {
    rows: kept.reduce((sum, [rows]) => sum + rows, 0),
    gigabytes: kept.reduce((sum, [rows, { figure }]) => sum + rows * figure, 0) / 1e9,
  };
}
