// What billing wants of each model: written before the platform is called, confirmed after it.
import type { SuspensionReason } from '../../domain/guard/notices';
import { formatInstant } from '../../domain/period';
import type { Db, Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';

// Never less than the seconds since the epoch: a platform may have had commands of a database that was restored since, or of
// somebody who checked it.
const seconds = `extract(epoch from :at::timestamptz)::int8`;
const anew = `generation = greatest(known.generation + 1, ${seconds}), wished_at = :at::timestamptz, sent_at = null,
  tries = 0, next_try_at = null, last_error = null`;

// One that is wanted already is left to be confirmed. One that was confirmed and is listed as active all the same is stopped again.
const upsertStops = statement<{ model: string }>(`
  insert into model_wishes as known (workspace_id, model, wish, reason, message, generation, wished_at)
  select :workspace, model, 'stop', :reason, :message, ${seconds}, :at::timestamptz
  from unnest(:models::text[]) as listed (model) order by model
  on conflict (workspace_id, model) do update set wish = 'stop', reason = excluded.reason, message = excluded.message,
    confirmed_at = null, outcome = null, ${anew}
  where known.wish = 'run' or known.confirmed_at is not null and :listed::boolean
  returning model`);

type Wishing = { readonly workspace: string; readonly models: readonly string[]; readonly nowMs: number };

/** Wants these models stopped. `isListed`: the platform says that they are active; else their reports do. */
export async function wishStopped(
  trx: Trx,
  of: Wishing & { readonly reason: SuspensionReason; readonly message: string; readonly isListed: boolean },
): Promise<void> {
  const { workspace, models, reason, message, isListed, nowMs } = of;
  if (models.length === 0) return;
  const bindings = { workspace, models: textArray(models), reason, message, listed: isListed };
  await upsertStops(trx, { ...bindings, at: formatInstant(nowMs) });
}

const updateReasons = statement(`
  update model_wishes as known set reason = :reason, message = :message, confirmed_at = null, outcome = null, ${anew}
  where workspace_id = :workspace and wish = 'stop' and reason <> :reason
    and (outcome is null or outcome not in ('owner', 'gone'))`);

/** Has those that are stopped, and were told another reason, told this one: that is over, or something graver stands. */
export async function restateStops(
  trx: Trx,
  of: Omit<Wishing, 'models'> & { readonly reason: SuspensionReason; readonly message: string },
): Promise<void> {
  const { workspace, reason, message, nowMs } = of;
  await updateReasons(trx, { workspace, reason, message, at: formatInstant(nowMs) });
}

const upsertAdopted = statement(`
  insert into model_wishes as known (workspace_id, model, wish, reason, message, generation, wished_at, confirmed_at, outcome)
  select :workspace, model, 'stop', :reason, :message, ${seconds}, :at::timestamptz, :at::timestamptz, 'done'
  from unnest(:models::text[]) as listed (model) order by model
  on conflict (workspace_id, model) do update set wish = 'stop', reason = excluded.reason, message = excluded.message,
    confirmed_at = excluded.confirmed_at, outcome = 'done', ${anew}
  where known.wish = 'run' and known.confirmed_at is not null`);

/** Takes over what the platform has stopped for billing by itself, as if it had been told to. */
export async function adoptStopped(
  trx: Trx,
  of: Wishing & { readonly reason: SuspensionReason; readonly message: string },
): Promise<void> {
  const { workspace, models, reason, message, nowMs } = of;
  if (models.length === 0) return;
  await upsertAdopted(trx, { workspace, models: textArray(models), reason, message, at: formatInstant(nowMs) });
}

// What its owner had stopped, and what is gone, stays as it is without being told.
const updateRuns = statement<{ model: string; is_asked: boolean }>(`
  update model_wishes as known set wish = 'run',
    confirmed_at = case when outcome in ('owner', 'gone') then :at::timestamptz end,
    outcome = case when outcome in ('owner', 'gone') then outcome end, ${anew}
  where workspace_id = :workspace and wish = 'stop'
  returning model, confirmed_at is null as is_asked`);

/** Wants all that billing has stopped of a workspace to run again. Answers which models that is. */
export async function wishRunning(
  trx: Trx,
  { workspace, nowMs }: { readonly workspace: string; readonly nowMs: number },
): Promise<readonly string[]> {
  const rows = await updateRuns(trx, { workspace, at: formatInstant(nowMs) });
  return rows
    .filter((row) => row.is_asked)
    .map((row) => row.model)
    .sort();
}

export type Wish = {
  readonly model: string;
  readonly wish: 'stop' | 'run';
  readonly reason: SuspensionReason;
  readonly message: string;
  readonly generation: number;
};

type WishRow = Omit<Wish, 'generation'> & { readonly generation: bigint };

const selectDue = statement<WishRow>(`
  select model, wish, reason, message, generation from model_wishes
  where workspace_id = :workspace and confirmed_at is null
    and (next_try_at is null or next_try_at <= :at::timestamptz)
  order by model`);

/** What is to be sent now, or again. */
export async function listDueWishes(
  db: Db,
  { workspace, nowMs }: { readonly workspace: string; readonly nowMs: number },
): Promise<readonly Wish[]> {
  const rows = await selectDue(db, { workspace, at: formatInstant(nowMs) });
  return rows.map((row) => ({ ...row, generation: Number(row.generation) }));
}

// A wish that was overtaken is not sent any more, and none is once there is something new to judge by.
const claim = statement<{ model: string }>(`
  with sent as (
    update model_wishes set sent_at = :at::timestamptz, tries = tries + 1
    where workspace_id = :workspace and model = :model and generation = :generation::int8 and confirmed_at is null
      and not exists (select from guards
        where guards.workspace_id = model_wishes.workspace_id and wake_sequence > :sequence::int8)
    returning workspace_id, model, wish
  ), commanded as (
    update guard_episodes set commanded_at = :at::timestamptz
    from sent where guard_episodes.workspace_id = sent.workspace_id and sent.wish = 'stop'
      and ends_at is null and commanded_at is null
  )
  select model from sent`);

type Sent = { readonly workspace: string; readonly model: string; readonly generation: number; readonly nowMs: number };

/** Notes that a command is about to be sent; false where it must not be any more. */
export async function claimWish(db: Db, of: Sent & { readonly sequence: number }): Promise<boolean> {
  const { nowMs, ...wish } = of;
  return (await claim(db, { ...wish, at: formatInstant(nowMs) })).length > 0;
}

const confirm = statement(`
  update model_wishes set confirmed_at = :at::timestamptz, outcome = :outcome, last_error = null, next_try_at = null
  where workspace_id = :workspace and model = :model and generation = :generation::int8 and confirmed_at is null`);

export async function confirmWish(
  db: Db,
  of: Sent & { readonly outcome: 'done' | 'owner' | 'gone' | 'superseded' },
): Promise<void> {
  const { nowMs, ...wish } = of;
  await confirm(db, { ...wish, at: formatInstant(nowMs) });
}

// 1 s, 2 s, 4 s … at most five minutes: nothing is ever given up.
const postpone = statement(`
  update model_wishes set last_error = :error,
    next_try_at = :at::timestamptz + least(300, power(2, least(tries, 10) - 1)) * interval '1 second'
  where workspace_id = :workspace and model = :model and generation = :generation::int8 and confirmed_at is null`);

/** Notes that it is not known whether a command was carried out: it is sent again. */
export async function postponeWish(db: Db, of: Sent & { readonly error: string }): Promise<void> {
  const { nowMs, error, ...wish } = of;
  await postpone(db, { ...wish, error: error.slice(0, 500), at: formatInstant(nowMs) });
}

const noteAll = statement<{ next_try: number | null }>(`
  with left_over as (
    select min(coalesce(next_try_at, :at::timestamptz)) as next_try,
      count(*) filter (where wish = 'stop') as stops
    from model_wishes where workspace_id = :workspace and confirmed_at is null
  ), confirmed as (
    update guard_episodes set confirmed_at = :at::timestamptz
    where workspace_id = :workspace and ends_at is null and confirmed_at is null
      and (commanded_at is not null or exists (select from guards
        where guards.workspace_id = guard_episodes.workspace_id and unlisted_since is null))
      and (select stops from left_over) = 0
  )
  select next_try from left_over`);

/**
 * Once all were sent: an episode all of whose models are stopped is confirmed, also where the platform says that none was to
 * be. Answers when the next is to be sent again.
 */
export async function noteSent(
  db: Db,
  { workspace, nowMs }: { readonly workspace: string; readonly nowMs: number },
): Promise<number | null> {
  const [row] = await noteAll(db, { workspace, at: formatInstant(nowMs) });
  return row?.next_try ?? null;
}
