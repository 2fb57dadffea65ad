// What a judgement goes by beside bills and what runs, in one statement; the caller holds the workspace's row and its guard's.
import type { Suspension } from '../../domain/guard/judgement';
import type { SuspensionReason, SuspensionScope } from '../../domain/guard/notices';
import { type Nanos, nanos } from '../../domain/money';
import { formatInstant, monthOf, previousMonth } from '../../domain/period';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

export type StandingSuspension = Suspension & {
  readonly stoppedNanosPerMinute: Nanos;
  /** What usage comes to at list prices once all until the credits were gone is reported. */
  readonly listedThroughNanos: Nanos | null;
  readonly zeroAtMs: number | null;
  readonly beganAtMs: number;
  readonly isTold: boolean;
};

export type GuardFacts = {
  readonly sequence: number;
  readonly state: 'ok' | 'low' | 'suspended';
  readonly startedAtMs: number;
  readonly inCommandSinceMs: number | null;
  readonly zeroAtMs: number | null;
  readonly unlistedSinceMs: number | null;
  readonly told: { readonly grants: number; readonly percent: number; readonly isShort: boolean };
  /** What the workspace has used at list prices, ever. */
  readonly listedNanos: Nanos;
  /** By the last judgement: what ran, a minute, and what usage comes to once credits are used, both at list prices. */
  readonly foreseenBurnNanosPerMinute: Nanos;
  readonly foreseenThroughNanos: Nanos;
  readonly hasMethod: boolean;
  readonly methodLeftMs: number | null;
  readonly pastDueSinceMs: number | null;
  readonly pausedUntilMs: number | null;
  readonly standing: readonly StandingSuspension[];
  readonly lastNumber: number;
  /** How the last suspension ended, and when the last one for credits did. */
  readonly endedBecause: string | null;
  readonly creditsRestoredMs: number | null;
  readonly hasOpenEpisode: boolean;
  readonly lastEpisodeEndMs: number | null;
  readonly lastEpisode: number;
  readonly hasStopWishes: boolean;
  /** Up to when every source of this month and the last has reported. */
  readonly reportedThroughMs: number | null;
};

type SuspensionJson = {
  readonly number: number;
  readonly reason: SuspensionReason;
  readonly scope: SuspensionScope;
  readonly stopped: string;
  readonly through: string | null;
  readonly zero: number | null;
  readonly began: number;
  readonly told: boolean;
};

type Row = {
  wake_sequence: bigint;
  state: GuardFacts['state'];
  started_at: number;
  in_command_since: number | null;
  zero_at: number | null;
  unlisted_since: number | null;
  told_grants: number;
  told_percent: number;
  told_short: boolean;
  listed_nanos: bigint;
  foreseen_burn: bigint;
  foreseen_through: bigint;
  has_method: boolean;
  method_left: number | null;
  past_due_since: number | null;
  paused_until: number | null;
  standing: readonly SuspensionJson[];
  last_number: number;
  ended_because: string | null;
  credits_restored: number | null;
  has_open_episode: boolean;
  last_episode_end: number | null;
  last_episode: number;
  has_stop_wishes: boolean;
  reported_through: number | null;
};

const ms = (instant: string) => `extract(epoch from ${instant}) * 1000`;
const of = (table: string) => `from ${table} where ${table}.workspace_id = guards.workspace_id`;

const selectFacts = statement<Row>(`
  select wake_sequence, state, started_at, in_command_since, zero_at, unlisted_since, told_grants, told_percent, told_short,
    coalesce((select list_nanos ${of('usage_totals')}), 0)::int8 as listed_nanos,
    burn_list_nanos_per_minute as foreseen_burn, listed_nanos + cover_nanos as foreseen_through,
    exists (select ${of('payment_methods')} and payment_methods.state = 'active') as has_method,
    (select max(ended_at) ${of('payment_methods')} and payment_methods.state <> 'active') as method_left,
    (select min(past_due_since) from invoices
      join collectings on collectings.workspace_id = invoices.workspace_id and invoice_id = id
      where invoices.workspace_id = guards.workspace_id and invoices.status = 'past_due'
        and invoices.collection = 'charge') as past_due_since,
    (select until_at ${of('past_due_pauses')}) as paused_until,
    (select coalesce(jsonb_agg(jsonb_build_object('number', number, 'reason', reason, 'scope', scope,
        'stopped', stopped_nanos_per_minute::text, 'through', listed_through_nanos::text, 'zero', ${ms('suspensions.zero_at')},
        'began', ${ms('began_at')}, 'told', told_at is not null) order by number), '[]')
      ${of('suspensions')} and ended_at is null) as standing,
    coalesce((select max(number) ${of('suspensions')}), 0)::int as last_number,
    (select ended_because ${of('suspensions')} and ended_at is not null order by ended_at desc, number desc limit 1)
      as ended_because,
    (select max(ended_at) ${of('suspensions')} and reason = 'credits') as credits_restored,
    exists (select ${of('guard_episodes')} and ends_at is null) as has_open_episode,
    (select max(ends_at) ${of('guard_episodes')}) as last_episode_end,
    coalesce((select max(number) ${of('guard_episodes')}), 0)::int as last_episode,
    exists (select ${of('model_wishes')} and wish = 'stop') as has_stop_wishes,
    (select min(complete_through) from source_periods join sources using (source_id)
      where source_periods.workspace_id = guards.workspace_id and month in (:month, :last_month)
        and complete_through > :at::timestamptz - interval '1 day') as reported_through
  from guards where guards.workspace_id = :workspace`);

export async function readGuardFacts(
  db: Db,
  { workspace, nowMs }: { readonly workspace: string; readonly nowMs: number },
): Promise<GuardFacts | undefined> {
  const month = monthOf(nowMs);
  const bindings = { workspace, month, last_month: previousMonth(month), at: formatInstant(nowMs) };
  const [row] = await selectFacts(db, bindings);
  return row && factsOf(row);
}

function factsOf(row: Row): GuardFacts {
  return {
    sequence: Number(row.wake_sequence),
    state: row.state,
    startedAtMs: row.started_at,
    inCommandSinceMs: row.in_command_since,
    zeroAtMs: row.zero_at,
    unlistedSinceMs: row.unlisted_since,
    told: { grants: row.told_grants, percent: row.told_percent, isShort: row.told_short },
    listedNanos: nanos(row.listed_nanos),
    foreseenBurnNanosPerMinute: nanos(row.foreseen_burn),
    foreseenThroughNanos: nanos(row.foreseen_through),
    hasMethod: row.has_method,
    methodLeftMs: row.has_method ? null : row.method_left,
    pastDueSinceMs: row.past_due_since,
    pausedUntilMs: row.paused_until,
    standing: row.standing.map(suspensionOf),
    lastNumber: row.last_number,
    endedBecause: row.ended_because,
    creditsRestoredMs: row.credits_restored,
    hasOpenEpisode: row.has_open_episode,
    lastEpisodeEndMs: row.last_episode_end,
    lastEpisode: row.last_episode,
    hasStopWishes: row.has_stop_wishes,
    reportedThroughMs: row.reported_through,
  };
}

function suspensionOf({ number, reason, scope, stopped, through, zero, began, told }: SuspensionJson) {
  return {
    number,
    reason,
    scope,
    stoppedNanosPerMinute: nanos(BigInt(stopped)),
    listedThroughNanos: through === null ? null : nanos(BigInt(through)),
    zeroAtMs: zero,
    beganAtMs: began,
    isTold: told,
  };
}
