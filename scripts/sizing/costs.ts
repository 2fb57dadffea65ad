// What things cost, as it was measured on one core of the machine of the README's figures: data, with where each is from. CPU
// is in microseconds unless a name says otherwise.

/** A figure and its origin. */
export type Cost = { readonly figure: number; readonly from: string };

const costsBench = 'npm run bench -- hot-costs';
const intakeBench = 'npm run bench -- intake, batches of 1,000 as JSON';

export const costs = {
  reportInApi: { figure: 5.5, from: intakeBench },
  reportInPostgres: { figure: 8.4, from: intakeBench },
  /** A round of metering in which there is nothing to do: one statement. */
  idleRound: { figure: 600, from: costsBench },
  /** All shards gone through, beside what is done in them. */
  busyShards: { figure: 41_000, from: costsBench },
  foldReport: { figure: 7.8, from: costsBench },
  /** Of each replica of an hour that changed, as often as it is rolled up. */
  rollUpReplica: { figure: 2.3, from: costsBench },
  /** Of each workspace with an hour that changed: its hour and its totals. Its day is stored once, when it is over. */
  rollUpWorkspace: { figure: 43, from: costsBench },
  creditsOfPaying: { figure: 22, from: costsBench },
  /** Without a payment method: what runs and when credits end is looked at, too. With its reports folded and rolled up. */
  roundOfBurning: {
    figure: 65,
    from: 'README, a tick over 10,000 burning workspaces, 53 with the intake of their reports; no less than of a paying one',
  },
  roundOfBurningInWorker: { figure: 59, from: 'README, a tick over 10,000 burning workspaces' },
  dashboardInApi: { figure: 15_000, from: 'README, dashboard of 100 models with 3 versions each; an upper bound' },
  /** All processes together, Temporal's dev server and the emulator of Stripe among them: more than ours alone. */
  chargedInvoice: { figure: 118_000, from: "README, a month's end of 300, to the last e-mailed receipt" },
  actionsOfMonth: { figure: 12, from: 'README, a workspace that waits for a source, and its e-mail' },
  actionsOfGuard: {
    figure: 10,
    from: 'a timer and an activity each time that half of what is left is over; an estimate',
  },
  /** As the round's schedule fires, and the activity that looks what there is to do; one more for each that then meters. */
  actionsOfRound: {
    figure: 4,
    from: "Temporal Cloud's list of actions, a Schedule that fires; workflows/meter-usage.ts",
  },
  actionsOfRoundsShare: { figure: 1, from: 'workflows/meter-usage.ts' },
} as const satisfies Readonly<Record<string, Cost>>;

/** Bytes of a row with its indexes. */
export const rowBytes = {
  report: { figure: 104, from: 'docs/operations.md, Sizing' },
  replicaHour: { figure: 234, from: costsBench },
  usageHour: { figure: 236, from: costsBench },
  hourTotal: { figure: 127, from: costsBench },
  usageDay: { figure: 220, from: costsBench },
  activeDay: { figure: 120, from: costsBench },
  /** With its lines, hours and postings; of one line and 730 hours. */
  invoice: { figure: 6619, from: costsBench },
} as const satisfies Readonly<Record<string, Cost>>;
