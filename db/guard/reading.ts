// A workspace's guard as it is shown: by its last judgement, and what became of what billing wants of each model.
import type { SuspensionReason } from '../../domain/guard/notices';
import { type Nanos, nanos } from '../../domain/money';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

export type GuardState = 'ok' | 'low' | 'suspended';

export type StoredGuard = {
  readonly state: GuardState;
  readonly inCommandSinceMs: number | null;
  /** Null before the first judgement, of which the rest is. */
  readonly judgedAtMs: number | null;
  readonly nextLookAtMs: number | null;
  readonly remainingNanos: Nanos;
  readonly burnNanosPerHour: Nanos;
  readonly zeroAtMs: number | null;
  /** Whether anybody has something to say that it has not judged by yet. */
  readonly isWoken: boolean;
};

type GuardRow = {
  state: GuardState;
  in_command_since: number | null;
  judged_at: number | null;
  next_look_at: number | null;
  remaining_nanos: bigint;
  burn_nanos_per_hour: bigint;
  zero_at: number | null;
  woken: boolean;
};

const selectGuard = statement<GuardRow>(`
  select state, in_command_since, judged_at, next_look_at, remaining_nanos, burn_nanos_per_hour, zero_at,
    wake_sequence > judged_sequence as woken
  from guards where workspace_id = :workspace`);

/** Undefined where there has been nothing to guard. */
export async function readGuard(db: Db, workspace: string): Promise<StoredGuard | undefined> {
  const [row] = await selectGuard(db, { workspace });
  if (row === undefined) return undefined;
  return {
    state: row.state,
    inCommandSinceMs: row.in_command_since,
    judgedAtMs: row.judged_at,
    nextLookAtMs: row.next_look_at,
    remainingNanos: nanos(row.remaining_nanos),
    burnNanosPerHour: nanos(row.burn_nanos_per_hour),
    zeroAtMs: row.zero_at,
    isWoken: row.woken,
  };
}

export type StoredWish = {
  readonly model: string;
  readonly wish: 'stop' | 'run';
  readonly reason: SuspensionReason;
  readonly wishedAtMs: number;
  readonly confirmedAtMs: number | null;
  readonly outcome: 'done' | 'owner' | 'gone' | 'superseded' | null;
  readonly tries: number;
  readonly nextTryAtMs: number | null;
  readonly lastError: string | null;
};

type WishRow = {
  model: string;
  wish: 'stop' | 'run';
  reason: SuspensionReason;
  wished_at: number;
  confirmed_at: number | null;
  outcome: StoredWish['outcome'];
  tries: number;
  next_try_at: number | null;
  last_error: string | null;
};

// What has been started again, and said so, is no matter any more.
const selectWishes = statement<WishRow>(`
  select model, wish, reason, wished_at, confirmed_at, outcome, tries, next_try_at, last_error
  from model_wishes
  where workspace_id = :workspace and (wish = 'stop' or confirmed_at is null)
  order by model limit :limit`);

/** The models that are stopped, or were told to run and have not said so yet, by name. */
export async function readWishes(
  db: Db,
  of: { readonly workspace: string; readonly limit: number },
): Promise<readonly StoredWish[]> {
  return (await selectWishes(db, of)).map(({ wished_at, confirmed_at, next_try_at, last_error, ...row }) => ({
    ...row,
    wishedAtMs: wished_at,
    confirmedAtMs: confirmed_at,
    nextTryAtMs: next_try_at,
    lastError: last_error,
  }));
}
