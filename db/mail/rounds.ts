// Sending again, and what came back. Whoever calls these holds the e-mail (db/locks.ts).
import { formatInstant } from '../../domain/period';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';
import type { AddressState, EmailKey } from './emails';

const nextRound = statement<{ round: number }>(`
  select coalesce(max(round), 0) + 1 as round from email_addresses
  where workspace_id = :workspace and email_key = :key`);

/** The number of the next sending, from 1 on. */
export async function readNextRound(trx: Db, { workspace, key }: EmailKey): Promise<number> {
  const [row] = await nextRound(trx, { workspace, key });
  return row?.round ?? 1;
}

const again = `state = 'queued', waits_for = null, attempts = 0, code = null, error = null, round = :round,
    queued_at = :at::timestamptz, changed_at = :at::timestamptz`;

// What was put up within the last minute and not tried yet is about to be sent: a call that is repeated changes nothing.
// Addresses that the workspace names since then join; those that it does not name any more are left as they are.
const requeue = statement<{ count: number }>(`
  with recipients as (
    select nth, address from email_recipients(:workspace)
  ), known as (
    select lower(address) as address, position from email_addresses
    where workspace_id = :workspace and email_key = :key
  ), requeued as (
    update email_addresses set ${again}
    where workspace_id = :workspace and email_key = :key and (:all::boolean or state <> 'sent')
      and lower(address) in (select lower(recipients.address) from recipients)
      and not (state = 'queued' and attempts = 0 and queued_at > :at::timestamptz - interval '1 minute')
    returning position
  ), added as (
    insert into email_addresses (workspace_id, email_key, position, address, round, queued_at, changed_at)
    select :workspace, :key, (select coalesce(max(position), 0) from known) + row_number() over (order by nth), address,
      :round, :at::timestamptz, :at::timestamptz
    from recipients where lower(address) not in (select known.address from known)
    returning position
  )
  select ((select count(*) from requeued) + (select count(*) from added))::int as count`);

/** Puts addresses into a round, to be sent again. Answers how many. */
export async function queueAgain(
  trx: Trx,
  of: EmailKey & { readonly round: number; readonly all: boolean },
  nowMs: number,
): Promise<number> {
  const [row] = await requeue(trx, { ...of, at: formatInstant(nowMs) });
  return row?.count ?? 0;
}

export type Returned = {
  readonly email_key: string;
  readonly position: number;
  readonly workspace_id: string;
  readonly state: AddressState;
  readonly dated_at: number;
};

const selectReturned = statement<Returned>(`
  select email_key, address.position, address.workspace_id, state, dated_at
  from email_addresses as address join emails
    on emails.workspace_id = address.workspace_id and emails.key = address.email_key
  where return_token = :token`);

/** The mail and address that a return path belongs to. */
export async function findReturned(db: Db, token: string): Promise<Returned | undefined> {
  const [row] = await selectReturned(db, { token });
  return row;
}

const markBounced = statement(`
  update email_addresses set state = 'bounced', waits_for = null, code = :code, error = :error, changed_at = :at::timestamptz
  where workspace_id = :workspace and email_key = :key and position = :position and state in ('queued', 'sent')`);

export async function noteBounce(
  trx: Trx,
  of: EmailKey & { readonly position: number; readonly code: string; readonly error: string | null },
  nowMs: number,
): Promise<void> {
  await markBounced(trx, { ...of, at: formatInstant(nowMs) });
}

const requeueOne = statement(`
  update email_addresses set ${again}
  where workspace_id = :workspace and email_key = :key and position = :position and state = 'sent'`);

/** Puts one address whose mail came back into a round, to be sent again. */
export async function queueOneAgain(
  trx: Trx,
  of: EmailKey & { readonly position: number; readonly round: number },
  nowMs: number,
): Promise<void> {
  await requeueOne(trx, { ...of, at: formatInstant(nowMs) });
}
