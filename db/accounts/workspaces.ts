// Workspaces: the customer accounts.
import { MinutebookError } from '../../domain/errors';
import { type Billing, changeBilling, noBilling } from '../../domain/parties';
import { formatInstant } from '../../domain/period';
import type { WorkspaceEntry } from '../../domain/workspace';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';
import { lockWorkspaceRow } from '../locks';

export type Workspace = {
  readonly id: string;
  readonly name: string;
  readonly billingEmail: string;
  readonly billing: Billing;
  readonly startsAtMs: number;
  readonly createdAtMs: number;
};

type WorkspaceRow = {
  id: string;
  name: string;
  billing_email: string;
  billing: Partial<Billing>;
  starts_at: number;
  created_at: number;
};

const columns = 'id, name, billing_email, billing, starts_at, created_at';

const insertWorkspace = statement<WorkspaceRow>(`
  insert into workspaces (id, name, billing_email, billing, starts_at, created_at)
  values (:id, :name, :email, :billing::jsonb, :starts_at::timestamptz, :at::timestamptz)
  on conflict (id) do nothing
  returning ${columns}`);

/** Adds a workspace; answers undefined where there is one of this id already. */
export async function addWorkspace(
  trx: Trx,
  { id, entry, startsAtMs, nowMs }: { id: string; entry: WorkspaceEntry; startsAtMs: number; nowMs: number },
): Promise<Workspace | undefined> {
  const [row] = await insertWorkspace(trx, {
    id,
    name: entry.name,
    email: entry.billingEmail,
    billing: JSON.stringify(changeBilling(noBilling, entry.billing ?? null)),
    starts_at: formatInstant(startsAtMs),
    at: formatInstant(nowMs),
  });
  return row && workspaceOf(row);
}

const updateWorkspace = statement<WorkspaceRow>(`
  update workspaces set name = :name, billing_email = :email where id = :id returning ${columns}`);

export async function renameWorkspace(trx: Trx, id: string, entry: WorkspaceEntry): Promise<Workspace> {
  const [row] = await updateWorkspace(trx, { id, name: entry.name, email: entry.billingEmail });
  return found(row, id);
}

const updateBilling = statement<WorkspaceRow>(`
  update workspaces set billing = :billing::jsonb where id = :id returning ${columns}`);

export async function storeBilling(trx: Trx, id: string, billing: Billing): Promise<Workspace> {
  const [row] = await updateBilling(trx, { id, billing: JSON.stringify(billing) });
  return found(row, id);
}

/**
 * Locks a workspace's row: its invoices are issued under this lock, so none is while the transaction lasts. Throws
 * `not_found` where there is no such workspace.
 */
export async function lockWorkspace(trx: Trx, id: string): Promise<Workspace> {
  await lockWorkspaceRow(trx, id);
  return readWorkspace(trx, id);
}

const selectWorkspace = statement<WorkspaceRow>(`select ${columns} from workspaces where id = :id`);

/** Throws `not_found` where there is no such workspace. */
export async function readWorkspace(db: Db, id: string): Promise<Workspace> {
  const [row] = await selectWorkspace(db, { id });
  return found(row, id);
}

const selectPage = statement<WorkspaceRow>(`
  select ${columns} from workspaces where id > :after collate "C" order by id limit :limit`);

export async function listWorkspaces(
  db: Db,
  { after, limit }: { after: string; limit: number },
): Promise<readonly Workspace[]> {
  return (await selectPage(db, { after, limit })).map(workspaceOf);
}

/** The error of asking for a workspace that is not there, or that the asker may not know of. */
export function noSuchWorkspace(id: string): MinutebookError {
  return new MinutebookError({ code: 'not_found', detail: `there is no workspace ${id}` });
}

function found(row: WorkspaceRow | undefined, id: string): Workspace {
  if (row === undefined) throw noSuchWorkspace(id);
  return workspaceOf(row);
}

function workspaceOf(row: WorkspaceRow): Workspace {
  return {
    id: row.id,
    name: row.name,
    billingEmail: row.billing_email,
    billing: { ...noBilling, ...row.billing },
    startsAtMs: row.starts_at,
    createdAtMs: row.created_at,
  };
}
