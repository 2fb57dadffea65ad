// Calls under an Idempotency-Key: begun by one at a time, answered once. Each statement is a transaction of its own, beside
// those of the call itself.
import { dayMs, formatInstant } from '../../domain/period';
import { isChosenBy } from '../connection/chosen';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

/** How long an answer is kept. */
export const keptForMs = dayMs;

/**
 * How long whoever answers a call is waited for: longer than nearly every call takes. Where one takes longer still, another
 * begins it beside him, which the keys of the business make one; a POST that has none (api/idempotency/posts.ts) may be done twice.
 */
export const leaseMs = 30_000;

/** Whose call under which key, and what it asks for: SHA-256 as hex. */
export type IdempotentCall = { readonly hash: string; readonly fingerprint: string };

/** One answering of a call. */
export type CallRun = { readonly hash: string; readonly run: string };

/** A stored answer, as whoever stored it sealed it. */
export type SealedAnswer = { readonly status: number; readonly sealed: Buffer };

export type BegunCall =
  | { readonly kind: 'begun' }
  | { readonly kind: 'in_flight' }
  | { readonly kind: 'other' }
  | ({ readonly kind: 'answered' } & SealedAnswer);

// Of two that begin it at once, one does. What nobody answers any more is taken over, by the same call alone.
const begin = statement(`
  insert into idempotent_calls (call_hash, fingerprint, run, leased_until, expires_at)
  values (decode(:hash, 'hex'), decode(:fingerprint, 'hex'), :run::uuid, :leased_until::timestamptz, :expires_at::timestamptz)
  on conflict (call_hash) do update set fingerprint = excluded.fingerprint, run = excluded.run, status = null, answer = null,
    leased_until = excluded.leased_until, expires_at = excluded.expires_at
  where idempotent_calls.expires_at <= :at::timestamptz
    or (idempotent_calls.status is null and idempotent_calls.leased_until <= :at::timestamptz
      and idempotent_calls.fingerprint = excluded.fingerprint)
  returning true`);

const find = statement<{ fingerprint: string; status: number | null; answer: Buffer | null }>(`
  select encode(fingerprint, 'hex') as fingerprint, status, answer from idempotent_calls
  where call_hash = decode(:hash, 'hex')`);

/** Begins to answer a call, or says why not. */
export async function beginCall(
  db: Db,
  { hash, fingerprint, run, nowMs }: IdempotentCall & CallRun & { readonly nowMs: number },
): Promise<BegunCall> {
  const bindings = {
    ...{ hash, fingerprint, run, at: formatInstant(nowMs) },
    leased_until: formatInstant(nowMs + leaseMs),
    expires_at: formatInstant(nowMs + keptForMs),
  };
  // The sweep may take it away in between: then it begins anew.
  for (;;) {
    const [begun] = await begin(db, bindings);
    if (begun !== undefined) return { kind: 'begun' };
    const [found] = await find(db, { hash });
    if (found === undefined) continue;
    if (found.fingerprint !== fingerprint) return { kind: 'other' };
    const { status, answer } = found;
    return status === null || answer === null ? { kind: 'in_flight' } : { kind: 'answered', status, sealed: answer };
  }
}

const finish = statement(`
  update idempotent_calls set status = :status, answer = decode(:sealed, 'base64')
  where call_hash = decode(:hash, 'hex') and run = :run::uuid and status is null`);

/** Stores the answer; not over that of a run that has taken this one over. */
export async function finishCall(db: Db, { hash, run, status, sealed }: CallRun & SealedAnswer): Promise<void> {
  await finish(db, { hash, run, status, sealed: sealed.toString('base64') });
}

const giveUp = statement(`
  update idempotent_calls set leased_until = :at::timestamptz
  where call_hash = decode(:hash, 'hex') and run = :run::uuid and status is null`);

/** Leaves the call to whoever comes next with it: it may have been done or not. */
export async function giveUpCall(db: Db, { hash, run, nowMs }: CallRun & { readonly nowMs: number }): Promise<void> {
  await giveUp(db, { hash, run, at: formatInstant(nowMs) });
}

const removedAtOnce = 10_000;

const removeExpired = statement<{ removed: number }>(`
  with removed as (
    delete from idempotent_calls where ${isChosenBy(`
      select ctid from idempotent_calls where expires_at <= :at::timestamptz order by expires_at limit :limit
      for update skip locked`)}
    returning 1)
  select count(*)::int as removed from removed`);

/** Removes what has expired, in steps that nobody has to wait for; `onStep` is told of each. */
export async function removeExpiredCalls(
  db: Db,
  { nowMs, onStep = () => undefined }: { nowMs: number; onStep?: () => void },
): Promise<number> {
  let total = 0;
  for (let removed = removedAtOnce; removed === removedAtOnce; onStep()) {
    removed = (await removeExpired(db, { at: formatInstant(nowMs), limit: removedAtOnce }))[0]?.removed ?? 0;
    total += removed;
  }
  return total;
}
