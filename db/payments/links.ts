// Links of our own, found by the hash of their token.
import type { LinkSubject } from '../../domain/payment-link';
import { formatInstant } from '../../domain/period';
import { isChosenBy } from '../connection/chosen';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';

// Asked for again, it is what it was, and not done any more: whoever writes about it once more has a reason.
const upsertLink = statement(`
  insert into payment_links (token_hash, workspace_id, task, invoice_id, made_at, expires_at)
  values (decode(:hash, 'hex'), :workspace, :task, :invoice, :made_at::timestamptz, :expires_at::timestamptz)
  on conflict (token_hash) do update set expires_at = excluded.expires_at, done_at = null`);

export async function storeLink(
  trx: Trx,
  link: { readonly hash: string; readonly subject: LinkSubject; readonly nowMs: number; readonly expiresMs: number },
): Promise<void> {
  const { hash, subject, nowMs, expiresMs } = link;
  await upsertLink(trx, {
    hash,
    workspace: subject.workspace,
    task: subject.task,
    invoice: subject.task === 'pay' ? subject.invoice : null,
    made_at: formatInstant(nowMs),
    expires_at: formatInstant(expiresMs),
  });
}

export type StoredLink = { readonly hash: string; readonly expiresMs: number; readonly isDone: boolean } & LinkSubject;

type LinkRow = {
  workspace: string;
  task: 'pay' | 'method';
  invoice: string | null;
  expires_at: number;
  is_done: boolean;
};

const selectLink = statement<LinkRow>(`
  select workspace_id as workspace, task, invoice_id as invoice, expires_at, done_at is not null as is_done
  from payment_links where token_hash = decode(:hash, 'hex')`);

/** Undefined where there is none with this hash. */
export async function findLink(db: Db, hash: string): Promise<StoredLink | undefined> {
  const [row] = await selectLink(db, { hash });
  if (row === undefined) return undefined;
  const { workspace, invoice, expires_at: expiresMs, is_done: isDone } = row;
  const subject =
    invoice === null ? ({ task: 'method', workspace } as const) : ({ task: 'pay', workspace, invoice } as const);
  return { hash, expiresMs, isDone, ...subject };
}

const finish = statement(`
  update payment_links set done_at = :at::timestamptz
  where token_hash = decode(:hash, 'hex') and task = 'method' and done_at is null`);

/** A link whose task is done is good for nothing more. */
export async function finishLink(trx: Trx, { hash, nowMs }: { hash: string; nowMs: number }): Promise<void> {
  await finish(trx, { hash, at: formatInstant(nowMs) });
}

const removeExpired = statement(`
  delete from payment_links where ${isChosenBy(`
    select ctid from payment_links where expires_at < :before::timestamptz order by expires_at limit 10000
    for update skip locked`)}`);

/** Until then a link that has expired is told so. */
export async function removeOldLinks(db: Db, { expiredBeforeMs }: { expiredBeforeMs: number }): Promise<void> {
  await removeExpired(db, { before: formatInstant(expiredBeforeMs) });
}
