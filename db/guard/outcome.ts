// What a judgement has decided, written down: suspensions, episodes, and the guard's own row. The caller holds both rows.

import type { Judgement } from '../../domain/guard/judgement';
import type { Told } from '../../domain/guard/telling';
import type { Nanos } from '../../domain/money';
import { formatInstant } from '../../domain/period';
import type { Trx } from '../connection/knex';
import { numberArray, statement } from '../connection/statement';

const endSuspensions = statement(`
  update suspensions set ended_at = :at::timestamptz, ended_because = ended.because
  from jsonb_to_recordset(:ended::jsonb) as ended (number int, because text)
  where workspace_id = :workspace and suspensions.number = ended.number and ended_at is null`);

const beginSuspensions = statement(`
  insert into suspensions (workspace_id, number, reason, scope, began_at, stopped_nanos_per_minute, listed_through_nanos, zero_at)
  select :workspace, :last_number + nth, reason, scope, :at::timestamptz, :stopped::int8, :listed_through::int8,
    :zero_at::timestamptz
  from jsonb_to_recordset(:begun::jsonb) as begun (nth int, reason text, scope text)`);

/** Ends and begins suspensions; the numbers of the new ones follow `lastNumber`. */
export async function writeSuspensions(
  trx: Trx,
  of: {
    readonly workspace: string;
    readonly judgement: Judgement;
    readonly lastNumber: number;
    readonly stoppedNanosPerMinute: Nanos;
    readonly listedThroughNanos: Nanos;
    readonly zeroMs: number | null;
    readonly nowMs: number;
  },
): Promise<void> {
  const { workspace, judgement, lastNumber, zeroMs, nowMs } = of;
  const at = formatInstant(nowMs);
  if (judgement.end.length > 0) await endSuspensions(trx, { workspace, ended: JSON.stringify(judgement.end), at });
  if (judgement.begin.length === 0) return;
  await beginSuspensions(trx, {
    workspace,
    begun: JSON.stringify(judgement.begin.map((each, nth) => ({ nth: nth + 1, ...each }))),
    last_number: lastNumber,
    stopped: of.stoppedNanosPerMinute,
    listed_through: of.listedThroughNanos,
    zero_at: formatInstant(zeroMs ?? nowMs),
    at,
  });
}

const updateAllReported = statement(`
  update suspensions set listed_through_nanos = null
  where workspace_id = :workspace and reason = 'credits' and ended_at is null and listed_through_nanos is not null`);

/** Notes that nothing is awaited any more of what ran until the credits were gone: what is taken back later is not that. */
export async function noteAllReported(trx: Trx, { workspace }: { readonly workspace: string }): Promise<void> {
  await updateAllReported(trx, { workspace });
}

const markTold = statement(`
  update suspensions set told_at = :at::timestamptz
  where workspace_id = :workspace and number = any(:numbers::int[]) and told_at is null`);

/** Notes that the customer was told of these suspensions. */
export async function noteTold(
  trx: Trx,
  { workspace, numbers, nowMs }: { workspace: string; numbers: readonly number[]; nowMs: number },
): Promise<void> {
  if (numbers.length > 0) await markTold(trx, { workspace, numbers: numberArray(numbers), at: formatInstant(nowMs) });
}

const beginEpisode = statement(`
  insert into guard_episodes (workspace_id, number, begins_at, because, noticed_at)
  values (:workspace, :number, :begins_at::timestamptz, :because, :at::timestamptz)`);

const endEpisode = statement(`
  update guard_episodes set ends_at = greatest(begins_at, :ends_at::timestamptz), restored_at = :at::timestamptz
  where workspace_id = :workspace and ends_at is null`);

export async function writeEpisode(
  trx: Trx,
  of: { workspace: string; episode: Judgement['episode']; lastNumber: number; nowMs: number },
): Promise<void> {
  const { workspace, episode, lastNumber, nowMs } = of;
  const at = formatInstant(nowMs);
  if (episode?.kind === 'end') {
    await endEpisode(trx, { workspace, ends_at: formatInstant(episode.endsAtMs), at });
  }
  if (episode?.kind !== 'begin') return;
  const { beginsAtMs, because } = episode;
  await beginEpisode(trx, { workspace, number: lastNumber + 1, begins_at: formatInstant(beginsAtMs), because, at });
}

const updateGuard = statement(`
  update guards set state = :state, in_command_since = :in_command_since::timestamptz, judged_sequence = :sequence::int8,
    judged_at = :at::timestamptz, next_look_at = :next_look_at::timestamptz, remaining_nanos = :remaining::int8,
    burn_nanos_per_hour = :burn::int8, zero_at = :zero_at::timestamptz, listed_nanos = :listed::int8,
    cover_nanos = :cover::int8, burn_list_nanos_per_minute = :burn_list::int8, until_notice_nanos = :until_notice::int8,
    next_change_at = :next_change_at::timestamptz, told_grants = :told_grants, told_percent = :told_percent,
    told_short = :told_short, unlisted_since = :unlisted_since::timestamptz
  where workspace_id = :workspace`);

export type GuardOutcome = {
  readonly workspace: string;
  readonly sequence: number;
  readonly state: 'ok' | 'low' | 'suspended';
  readonly inCommandSinceMs: number | null;
  readonly nextLookMs: number;
  readonly remainingNanos: Nanos;
  readonly burnNanosPerHour: Nanos;
  readonly zeroMs: number | null;
  readonly listedNanos: Nanos;
  readonly coverNanos: Nanos;
  readonly burnListNanosPerMinute: Nanos;
  readonly untilNoticeNanos: Nanos | null;
  readonly nextChangeMs: number | null;
  readonly told: Told;
  readonly unlistedSinceMs: number | null;
  readonly nowMs: number;
};

export async function writeGuard(trx: Trx, of: GuardOutcome): Promise<void> {
  await updateGuard(trx, {
    workspace: of.workspace,
    sequence: of.sequence,
    state: of.state,
    in_command_since: instant(of.inCommandSinceMs),
    next_look_at: formatInstant(of.nextLookMs),
    remaining: of.remainingNanos,
    burn: of.burnNanosPerHour,
    zero_at: instant(of.zeroMs),
    listed: of.listedNanos,
    cover: of.coverNanos,
    burn_list: of.burnListNanosPerMinute,
    until_notice: of.untilNoticeNanos,
    next_change_at: instant(of.nextChangeMs),
    told_grants: of.told.grants,
    told_percent: of.told.percent,
    told_short: of.told.isShort,
    unlisted_since: instant(of.unlistedSinceMs),
    at: formatInstant(of.nowMs),
  });
}

function instant(ms: number | null): string | null {
  return ms === null ? null : formatInstant(ms);
}

const updateLook = statement(`
  update guards set next_look_at = :at::timestamptz where workspace_id = :workspace and next_look_at > :at::timestamptz`);

/** Brings the next look forward: something is to be tried again before it. */
export async function lookNoLater(trx: Trx, { workspace, ms }: { workspace: string; ms: number }): Promise<void> {
  await updateLook(trx, { workspace, at: formatInstant(ms) });
}
