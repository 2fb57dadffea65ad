// Why workspaces are stopped: a row a reason, ended only by its own end.
import type { SuspensionReason, SuspensionScope } from '../../domain/guard/notices';
import { formatInstant } from '../../domain/period';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';

export type Suspension = {
  readonly number: number;
  readonly reason: SuspensionReason;
  readonly scope: SuspensionScope;
  /** An operator's own words, for the customer. */
  readonly message: string | null;
  readonly beganAtMs: number;
};

type SuspensionRow = {
  number: number;
  reason: SuspensionReason;
  scope: SuspensionScope;
  message: string | null;
  began_at: number;
};

const columns = 'number, reason, scope, message, began_at';

const selectStanding = statement<SuspensionRow>(`
  select ${columns} from suspensions where workspace_id = :workspace and ended_at is null order by number`);

/** Those that stand, in the order in which they began. */
export async function readStandingSuspensions(db: Db, workspace: string): Promise<readonly Suspension[]> {
  return (await selectStanding(db, { workspace })).map(suspensionOf);
}

const insertOperators = statement<SuspensionRow>(`
  insert into suspensions (workspace_id, number, reason, scope, message, began_at)
  select :workspace, coalesce(max(number), 0) + 1, 'operator', :scope, :message, :at::timestamptz
  from suspensions where workspace_id = :workspace
  returning ${columns}`);

/** Suspends by an operator's word. The caller holds the workspace's row, and none of his stands. */
export async function addOperatorsSuspension(
  trx: Trx,
  of: { readonly workspace: string; readonly scope: SuspensionScope; readonly message: string; readonly nowMs: number },
): Promise<Suspension> {
  const { nowMs, ...wanted } = of;
  const [row] = await insertOperators(trx, { ...wanted, at: formatInstant(nowMs) });
  if (row === undefined) throw new Error(`suspensions: none was added to workspace ${of.workspace}`);
  return suspensionOf(row);
}

const endOperators = statement<SuspensionRow>(`
  update suspensions set ended_at = :at::timestamptz, ended_because = 'operator'
  where workspace_id = :workspace and reason = 'operator' and ended_at is null
  returning ${columns}`);

/** Ends the one that an operator began; undefined where none stands. The caller holds the workspace's row. */
export async function endOperatorsSuspension(
  trx: Trx,
  { workspace, nowMs }: { readonly workspace: string; readonly nowMs: number },
): Promise<Suspension | undefined> {
  const [row] = await endOperators(trx, { workspace, at: formatInstant(nowMs) });
  return row && suspensionOf(row);
}

const selectNumbered = statement<SuspensionRow>(`
  select ${columns} from suspensions where workspace_id = :workspace and number = :number`);

/** The one of a number, standing or ended. */
export async function readSuspension(
  db: Db,
  of: { readonly workspace: string; readonly number: number },
): Promise<Suspension | undefined> {
  const [row] = await selectNumbered(db, of);
  return row && suspensionOf(row);
}

function suspensionOf({ began_at, ...row }: SuspensionRow): Suspension {
  return { ...row, beganAtMs: began_at };
}
