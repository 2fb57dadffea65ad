// Credit grants: given once under a key, then only drawn from.
import type { GrantEntry, GrantKind } from '../../domain/credits';
import { type Nanos, nanos } from '../../domain/money';
import { formatInstant } from '../../domain/period';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';

export type StoredGrant = {
  readonly key: string;
  readonly kind: GrantKind;
  readonly amountNanos: Nanos;
  /** The amount less the draws of issued invoices. */
  readonly remainingNanos: Nanos;
  readonly validFromMs: number;
  readonly validUntilMs: number | null;
  readonly priority: number;
  readonly createdAtMs: number;
};

type GrantRow = {
  key: string;
  kind: GrantKind;
  amount_nanos: bigint;
  remaining_nanos: bigint;
  valid_from: number;
  valid_until: number | null;
  priority: number;
  created_at: number;
};

const columns = 'key, kind, amount_nanos, remaining_nanos, valid_from, valid_until, priority, created_at';

const insertGrant = statement<GrantRow>(`
  insert into credit_grants
    (workspace_id, key, kind, amount_nanos, remaining_nanos, valid_from, valid_until, priority, created_at)
  values (:workspace, :key, :kind, :amount, :amount, :valid_from::timestamptz, :valid_until::timestamptz, :priority,
    :at::timestamptz)
  on conflict (workspace_id, key) do nothing
  returning ${columns}`);

const markForCredits = statement(`
  insert into dirty_credits (shard, workspace_id) select shard, id from workspaces where id = :workspace
  on conflict do nothing`);

export type GrantContent = Pick<
  GrantEntry,
  'key' | 'kind' | 'amountNanos' | 'validFromMs' | 'validUntilMs' | 'priority'
>;

/** Gives a grant; answers undefined where the key is taken. How the workspace stands is computed anew soon after. */
export async function addGrant(
  trx: Trx,
  { workspace, grant, nowMs }: { workspace: string; grant: GrantContent; nowMs: number },
): Promise<StoredGrant | undefined> {
  const [row] = await insertGrant(trx, {
    workspace,
    key: grant.key,
    kind: grant.kind,
    amount: grant.amountNanos,
    valid_from: formatInstant(grant.validFromMs),
    valid_until: grant.validUntilMs === null ? null : formatInstant(grant.validUntilMs),
    priority: grant.priority,
    at: formatInstant(nowMs),
  });
  if (row === undefined) return undefined;
  await recomputeStanding(trx, workspace);
  return grantOf(row);
}

/** Has how the workspace stands with its credits computed anew by the next round of metering. */
export async function recomputeStanding(trx: Trx, workspace: string): Promise<void> {
  await markForCredits(trx, { workspace });
}

const selectGrants = statement<GrantRow>(`
  select ${columns} from credit_grants where workspace_id = :workspace order by created_at, key`);

export async function listGrants(db: Db, workspace: string): Promise<readonly StoredGrant[]> {
  return (await selectGrants(db, { workspace })).map(grantOf);
}

type DrawRow = { grant_key: string; invoice_id: string; month: string; number: number; amount_nanos: bigint };

const selectDraws = statement<DrawRow>(`
  select grant_key, invoice_id, month, number, sum(amount_nanos)::int8 as amount_nanos
  from credit_draws join invoices on invoices.id = credit_draws.invoice_id
  where credit_draws.workspace_id = :workspace
  group by grant_key, invoice_id, month, number
  order by number, grant_key`);

/** What issued invoices drew, by invoice and grant. */
export async function listDraws(db: Db, workspace: string): Promise<readonly DrawRow[]> {
  return selectDraws(db, { workspace });
}

function grantOf(row: GrantRow): StoredGrant {
  return {
    key: row.key,
    kind: row.kind,
    amountNanos: nanos(row.amount_nanos),
    remainingNanos: nanos(row.remaining_nanos),
    validFromMs: row.valid_from,
    validUntilMs: row.valid_until,
    priority: row.priority,
    createdAtMs: row.created_at,
  };
}
