// Statements that are not of one workspace, and why.

/** `each shard`: each answers for its own workspaces. `across`: rows of several meet, or tables are asked one beside the other. */
export type Reach = 'each shard' | 'across';

export type StatementException = {
  readonly because: string;
  readonly reach: Reach;
  /** File and declaration. */
  readonly statements: readonly string[];
};

const of = (file: string, ...declarations: readonly string[]) => declarations.map((each) => `db/${file}.ts ${each}`);

export const statementExceptions: readonly StatementException[] = [
  {
    because: 'metering goes over a shard of workspaces at once',
    reach: 'each shard',
    statements: [
      ...of('metering/fold', 'nextChunk', 'selectWorkspaces', 'foldChunk'),
      ...of('metering/hours', 'selectWorkspaces', 'selectDirty', 'rollUpHours'),
      ...of('metering/days', 'selectOver', 'selectWorkspaces', 'takeOver', 'clearDays', 'writeDays'),
      ...of('metering/dirty-ranges', 'expandChunk'),
      ...of('metering/set-aside', 'upsert', 'selectDue', 'selectDueForReplay'),
      ...of('guard/bounds', 'claim', 'selectNext', 'insertDue', 'selectUnguarded', 'selectConcerned', 'updateZeros'),
    ],
  },
  {
    because: 'metering asks for the months of reports, and of those set aside, of a shard',
    reach: 'across',
    statements: of('metering/fold', 'selectMonths'),
  },
  {
    because: 'a month of usage goes when nobody needs it any more',
    reach: 'across',
    statements: of('metering/retention', 'selectNeeds'),
  },
  {
    because: 'a restored database is taken over whole',
    reach: 'across',
    statements: of('metering/restored', 'takeOver'),
  },
  {
    because: 'a batch brings reports of many workspaces',
    reach: 'each shard',
    statements: [
      ...of('locks', 'unclosedPeriods'),
      ...of('intake/quarantine', 'judgeGroups', 'insertQuarantined'),
      ...of('intake/replicas', 'find', 'add'),
      ...of('intake/sources', 'insertReported'),
    ],
  },
  {
    because: 'a batch brings reports of many workspaces, by keys of replicas that a process remembers',
    reach: 'across',
    statements: of('intake/reports', 'take'),
  },
  {
    because: 'a round of metering asks once which shards have anything to do',
    reach: 'across',
    statements: of('metering/rounds', 'passIdle'),
  },
  {
    because: `a source's mark wakes every period that waited for it`,
    reach: 'each shard',
    statements: of('intake/sources', 'wakePassed', 'wakeReported'),
  },
  {
    because: 'what is in quarantine is mended, dropped and listed by what it lacks, of whichever workspaces',
    reach: 'across',
    statements: [
      ...of('intake/quarantine', 'deleteDropped'),
      ...of('intake/quarantine-groups', 'selectGroups'),
      ...of('intake/quarantine-reading', 'selectCounts'),
    ],
  },
  {
    because: 'workspaces are listed by whoever calls: locked, woken or opened together',
    reach: 'each shard',
    statements: [
      ...of('guard/waking', 'wakeKnown', 'startOrWake', 'callAgain'),
      ...of('billing/periods', 'insertPeriods'),
      ...of('payments/waking', 'wakeListed'),
      ...of('intake/quarantine', 'selectMended', 'claim'),
      ...of('accounts/prices', 'selectMissing'),
    ],
  },
  {
    because: 'prices change for many workspaces at once',
    reach: 'across',
    statements: [...of('accounts/closed-hours', 'selectInvoiced'), ...of('metering/dirty-ranges', 'insertRanges')],
  },
  {
    because: 'it is found by what Stripe or a mail server calls it, before it is known whose it is',
    reach: 'each shard',
    statements: [
      ...of('payments/attempts', 'selectByIntent'),
      ...of('payments/checkouts', 'selectBySession'),
      ...of('payments/customers', 'selectWorkspace'),
      ...of('payments/payments', 'selectWorkspace'),
      ...of('payments/refunds', 'selectPartsAtStripe'),
      ...of('payments/setup-sessions', 'selectSession'),
      ...of('mail/rounds', 'selectReturned'),
    ],
  },
  {
    because: 'an event of Stripe is judged by whatever it may be about',
    reach: 'across',
    statements: of('payments/events', 'insertEvents'),
  },
  {
    because: 'networks count the attempts of a card, whichever workspaces it pays for',
    reach: 'across',
    statements: of('payments/standing', 'selectStanding'),
  },
  {
    because: 'an e-mail is named by its key alone in paths and workflows',
    reach: 'each shard',
    statements: of('mail/reading', 'selectEmail'),
  },
  {
    because: 'the daily mending looks for what was lost of anybody',
    reach: 'each shard',
    statements: [
      ...of('billing/lost-periods', 'selectUnopened', 'selectOpen', 'selectWaiting'),
      ...of('guard/lost', 'selectPage', 'selectLost'),
      ...of('payments/lost', 'selectLost', 'selectUnheard', 'selectUntold'),
      ...of('payments/methods', 'selectToDetach', 'selectExpiring'),
      ...of('payments/overdue', 'selectOverdue'),
      ...of('payments/refunds', 'selectWaiting', 'selectUnsent', 'selectPending'),
      ...of('payments/setup-sessions', 'selectOverdue'),
    ],
  },
  {
    because: 'the platform lists all of its workspaces',
    reach: 'each shard',
    statements: [
      ...of('accounts/workspaces', 'selectPage'),
      ...of('guard/episodes', 'selectSpan', 'selectPage'),
      ...of('metering/set-aside-reading', 'selectPage'),
    ],
  },
  {
    because: 'the platform lists all of its workspaces, in one answer with what it counts of them',
    reach: 'across',
    statements: [...of('guard/episodes', 'selectSummary'), ...of('guard/gate', 'selectGates')],
  },
  {
    because: 'the books are checked of one workspace, or of all',
    reach: 'each shard',
    statements: of('books/movements', 'selectMovements'),
  },
  {
    because: 'the books are checked of one workspace, or of all, account by account',
    reach: 'across',
    statements: of('books/checks', 'checks'),
  },
  {
    because: 'a metric counts over all workspaces',
    reach: 'each shard',
    statements: [
      ...of('billing/gauges', 'groupWaiting'),
      ...of('intake/gauges', 'selectOldest'),
      ...of('mail/reading', 'selectWaiting'),
      ...of('metering/gauges', 'selectUnfolded', 'selectSetAside'),
      ...of('metering/health', 'countSetAside'),
      ...of('payments/health', 'selectTrouble'),
    ],
  },
  {
    because: 'a metric counts over all workspaces, several figures in one statement',
    reach: 'across',
    statements: [
      ...of('billing/gauges', 'countPastEnd'),
      ...of('guard/health', 'selectFigures'),
      ...of('intake/gauges', 'countByReason'),
      ...of('mail/gauges', 'selectFigures'),
      ...of('metering/gauges', 'countDirty'),
      ...of('payments/health', 'selectFigures'),
      ...of('payments/refund-health', 'selectFigures'),
    ],
  },
];
