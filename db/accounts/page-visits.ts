// Links into the billing page and the visits that come of them, found by the hash of what the browser holds.
import type { PageVisit } from '../../domain/billing-page';
import { formatInstant } from '../../domain/period';
import { isChosenBy } from '../connection/chosen';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

const insertLink = statement(`
  insert into page_links (token_hash, workspace_id, return_url, view, read_only, made_by, made_at, expires_at)
  values (decode(:hash, 'hex'), :workspace, :return_url, :view, :read_only, :made_by, :made_at::timestamptz,
    :expires_at::timestamptz)`);

export type NewPageLink = {
  readonly hash: string;
  readonly workspace: string;
  readonly returnUrl: string | null;
  readonly view: string | null;
  readonly isReadOnly: boolean;
  readonly madeBy: string;
  readonly madeAtMs: number;
  readonly expiresAtMs: number;
};

export async function storePageLink(db: Db, link: NewPageLink): Promise<void> {
  await insertLink(db, {
    hash: link.hash,
    workspace: link.workspace,
    return_url: link.returnUrl,
    view: link.view,
    read_only: link.isReadOnly,
    made_by: link.madeBy,
    made_at: formatInstant(link.madeAtMs),
    expires_at: formatInstant(link.expiresAtMs),
  });
}

// One statement: of two browsers that open a link at once, one begins a visit.
const beginVisit = statement<{ workspace: string; view: string | null }>(`
  with used as (
    update page_links set used_at = :at::timestamptz
    where token_hash = decode(:link, 'hex') and used_at is null and expires_at > :at::timestamptz
    returning workspace_id, return_url, view, read_only, made_by
  ), begun as (
    insert into page_sessions (session_hash, workspace_id, return_url, read_only, opened_by, begun_at, seen_at, ends_at)
    select decode(:session, 'hex'), workspace_id, return_url, read_only, made_by, :at::timestamptz, :at::timestamptz,
      :ends_at::timestamptz
    from used
  )
  select workspace_id as workspace, view from used`);

/** Uses a link up and begins the visit. Undefined where there is no such link, or it was used, or has expired. */
export async function beginPageVisit(
  db: Db,
  { link, session, nowMs, endsAtMs }: { link: string; session: string; nowMs: number; endsAtMs: number },
): Promise<{ readonly workspace: string; readonly view: string | null } | undefined> {
  const [row] = await beginVisit(db, {
    link,
    session,
    at: formatInstant(nowMs),
    ends_at: formatInstant(endsAtMs),
  });
  return row;
}

const selectLink = statement<{ workspace: string; return_url: string | null; is_used: boolean }>(`
  select workspace_id as workspace, return_url, used_at is not null as is_used
  from page_links where token_hash = decode(:hash, 'hex')`);

export type SpentLink = { readonly workspace: string; readonly returnUrl: string | null; readonly isUsed: boolean };

/** A link, for whoever is told why it leads nowhere. */
export async function findPageLink(db: Db, hash: string): Promise<SpentLink | undefined> {
  const [row] = await selectLink(db, { hash });
  return row && { workspace: row.workspace, returnUrl: row.return_url, isUsed: row.is_used };
}

type VisitRow = {
  workspace: string;
  return_url: string | null;
  read_only: boolean;
  seen_at: number;
  ends_at: number;
  ended_at: number | null;
};

const selectVisit = statement<VisitRow>(`
  select workspace_id as workspace, return_url, read_only, seen_at, ends_at, ended_at
  from page_sessions where session_hash = decode(:hash, 'hex')`);

/** Whether it still goes on is for the caller to judge. */
export async function findPageVisit(db: Db, hash: string): Promise<PageVisit | undefined> {
  const [row] = await selectVisit(db, { hash });
  if (row === undefined) return undefined;
  const { workspace, return_url: returnUrl, read_only: isReadOnly } = row;
  return { workspace, returnUrl, isReadOnly, seenAtMs: row.seen_at, endsAtMs: row.ends_at, endedAtMs: row.ended_at };
}

const see = statement(`
  update page_sessions set seen_at = :at::timestamptz
  where session_hash = decode(:hash, 'hex') and seen_at < :at::timestamptz`);

export async function seePageVisit(db: Db, { hash, nowMs }: { hash: string; nowMs: number }): Promise<void> {
  await see(db, { hash, at: formatInstant(nowMs) });
}

const end = statement(`
  update page_sessions set ended_at = :at::timestamptz
  where session_hash = decode(:hash, 'hex') and ended_at is null`);

export async function endPageVisit(db: Db, { hash, nowMs }: { hash: string; nowMs: number }): Promise<void> {
  await end(db, { hash, at: formatInstant(nowMs) });
}

const removedAtOnce = 10_000;

const removeLinks = statement<{ removed: number }>(`
  with removed as (
    delete from page_links where ${isChosenBy(`
      select ctid from page_links where expires_at < :before::timestamptz order by expires_at limit :limit
      for update skip locked`)}
    returning 1)
  select count(*)::int as removed from removed`);

const removeVisits = statement<{ removed: number }>(`
  with removed as (
    delete from page_sessions where ${isChosenBy(`
      select ctid from page_sessions where ends_at < :before::timestamptz order by ends_at limit :limit
      for update skip locked`)}
    returning 1)
  select count(*)::int as removed from removed`);

/**
 * Removes what was over before an instant, in steps that nobody has to wait for; `onStep` is told of each. Until then whoever
 * comes with it is shown the way back.
 */
export async function removeOldPageVisits(
  db: Db,
  { overBeforeMs, onStep = () => undefined }: { overBeforeMs: number; onStep?: () => void },
): Promise<number> {
  const before = formatInstant(overBeforeMs);
  let total = 0;
  for (const remove of [removeLinks, removeVisits]) {
    for (let removed = removedAtOnce; removed === removedAtOnce; ) {
      removed = (await remove(db, { before, limit: removedAtOnce }))[0]?.removed ?? 0;
      total += removed;
      onStep();
    }
  }
  return total;
}
