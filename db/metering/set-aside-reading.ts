// Who is set aside from which step of metering, for operators and for whoever wants an invoice.
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';
import type { Work } from './set-aside';

export type SetAside = {
  readonly workspace: string;
  readonly work: Work;
  readonly error: string;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly attempts: number;
  readonly nextAttemptAtMs: number;
};

type SetAsideRow = {
  workspace_id: string;
  work: Work;
  error: string;
  first_at: number;
  last_at: number;
  attempts: number;
  next_attempt_at: number;
};

const columns = 'workspace_id, work, error, first_at, last_at, attempts, next_attempt_at';

const selectPage = statement<SetAsideRow>(`
  select ${columns} from set_aside
  where (workspace_id, work) > (:workspace collate "C", :work)
  order by workspace_id, work limit :limit`);

/** Who is set aside from what, in the order of their ids. */
export async function listSetAside(
  db: Db,
  { after, limit }: { after: { workspace: string; work: string }; limit: number },
): Promise<readonly SetAside[]> {
  return (await selectPage(db, { ...after, limit })).map(setAsideOf);
}

const selectOne = statement<SetAsideRow>(`
  select ${columns} from set_aside
  where shard = (select shard from workspaces where id = :workspace) and workspace_id = :workspace
    and work in ('fold', 'roll_up')
  order by first_at limit 1`);

/** What keeps a workspace's usage from being metered, where anything does. */
export async function readSetAside(db: Db, workspace: string): Promise<SetAside | undefined> {
  const [row] = await selectOne(db, { workspace });
  return row && setAsideOf(row);
}

function setAsideOf(row: SetAsideRow): SetAside {
  return {
    workspace: row.workspace_id,
    work: row.work,
    error: row.error,
    firstAtMs: row.first_at,
    lastAtMs: row.last_at,
    attempts: row.attempts,
    nextAttemptAtMs: row.next_attempt_at,
  };
}
