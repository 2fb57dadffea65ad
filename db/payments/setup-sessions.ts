// Sessions in which a workspace adds or replaces its payment method on the processor's own page.
import { formatInstant } from '../../domain/period';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';
import { byLot, lotOf } from './lots';

export type SetupSession = {
  readonly workspace: string;
  readonly session: string;
  readonly url: string;
  readonly returnUrl: string | null;
  /** The hash of the link by which it was asked for. */
  readonly link: string | null;
  readonly state: 'open' | 'complete' | 'expired';
  readonly expiresAtMs: number;
};

type SessionRow = {
  workspace: string;
  session: string;
  url: string;
  return_url: string | null;
  link: string | null;
  state: SetupSession['state'];
  expires_at: number;
};

const columns = `workspace_id as workspace, session, url, return_url, encode(link, 'hex') as link, state, expires_at`;

const selectReusable = statement<SessionRow>(`
  select ${columns} from setup_sessions
  where workspace_id = :workspace and state = 'open' and expires_at > :until::timestamptz
    and return_url is not distinct from :return_url and link is not distinct from decode(:link, 'hex')
  order by made_at desc limit 1`);

/** One that leads back to the same place and is open for a while yet. */
export async function findReusable(
  db: Db,
  wanted: { workspace: string; returnUrl: string | null; link: string | null; openUntilMs: number },
): Promise<SetupSession | undefined> {
  const { workspace, returnUrl, link, openUntilMs } = wanted;
  const [row] = await selectReusable(db, { workspace, return_url: returnUrl, link, until: formatInstant(openUntilMs) });
  return row && sessionOf(row);
}

const count = statement<{ sessions: number }>(`
  select count(*)::int as sessions from setup_sessions where workspace_id = :workspace`);

/** How many there have been: the next one's number is one more. */
export async function countSetupSessions(db: Db, workspace: string): Promise<number> {
  const [row] = await count(db, { workspace });
  return row?.sessions ?? 0;
}

const insert = statement(`
  insert into setup_sessions (workspace_id, session, url, return_url, link, state, made_at, expires_at)
  values (:workspace, :session, :url, :return_url, decode(:link, 'hex'), :state, :at::timestamptz, :expires_at::timestamptz)
  on conflict (session) do nothing`);

export async function storeSetupSession(db: Db, of: SetupSession & { readonly nowMs: number }): Promise<void> {
  await insert(db, {
    workspace: of.workspace,
    session: of.session,
    url: of.url,
    return_url: of.returnUrl,
    link: of.link,
    state: of.state,
    at: formatInstant(of.nowMs),
    expires_at: formatInstant(of.expiresAtMs),
  });
}

const selectSession = statement<SessionRow>(`select ${columns} from setup_sessions where session = :session`);

export async function findSetupSession(db: Db, session: string): Promise<SetupSession | undefined> {
  const [row] = await selectSession(db, { session });
  return row && sessionOf(row);
}

const close = statement(`
  update setup_sessions set state = :state where workspace_id = :workspace and session = :session and state = 'open'`);

export async function closeSetupSession(
  db: Db | Trx,
  of: { workspace: string; session: string; state: 'complete' | 'expired' },
): Promise<void> {
  await close(db, of);
}

const selectOpen = statement<SessionRow>(`
  select ${columns} from setup_sessions where workspace_id = :workspace and state = 'open' order by made_at`);

/** Those of a workspace whose outcome is not known: open, or with a bank account that is still to be verified. */
export async function listOpenSetups(db: Db, workspace: string): Promise<readonly SetupSession[]> {
  return (await selectOpen(db, { workspace })).map(sessionOf);
}

const selectOverdue = statement<{ session: string }>(`
  select session from setup_sessions
  where state = 'open' and expires_at between :since::timestamptz and :before::timestamptz
  order by ${byLot('session')} limit :limit`);

/** Open by what we know, and past their end. A bank account may take ten days to be verified; later nothing comes. */
export async function listOverdueSetups(
  db: Db,
  of: { sinceMs: number; beforeMs: number; limit: number },
): Promise<readonly string[]> {
  const { sinceMs, beforeMs, limit } = of;
  const bindings = { since: formatInstant(sinceMs), before: formatInstant(beforeMs), lot: lotOf(beforeMs), limit };
  return (await selectOverdue(db, bindings)).map(({ session }) => session);
}

function sessionOf(row: SessionRow): SetupSession {
  return {
    workspace: row.workspace,
    session: row.session,
    url: row.url,
    returnUrl: row.return_url,
    link: row.link,
    state: row.state,
    expiresAtMs: row.expires_at,
  };
}
