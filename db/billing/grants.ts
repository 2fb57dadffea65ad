// Credit grants: given once under a key, then only drawn from.
import { type Draw, type GrantEntry, type GrantKind, validHours } from '../../domain/credits';
import { expiryPostings, type GivenFor, givenFor, grantPosting, type Posting } from '../../domain/ledger';
import { type Nanos, nanos } from '../../domain/money';
import { formatInstant, hourOf } from '../../domain/period';
import { hourSeconds } from '../connection/instants';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';
import { wakeGuards } from '../guard/waking';
import { readClosedThrough } from './expiry';
import { insertEntries, postingRows } from './ledger';

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
  /** When somebody ended it early; validUntilMs is from when on. */
  readonly endedAtMs: number | null;
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
  ended_at: number | null;
};

const columns = 'key, kind, amount_nanos, remaining_nanos, valid_from, valid_until, priority, created_at, ended_at';

// The grant and its posting in one statement: one round trip, and both or, where the key is taken, nothing.
const insertGrant = statement<GrantRow>(`
  with given as (
    insert into credit_grants
      (workspace_id, key, kind, amount_nanos, remaining_nanos, valid_from, valid_until, priority, created_at)
    values (:workspace, :key, :kind, :amount, :amount, :valid_from::timestamptz, :valid_until::timestamptz, :priority,
      :at::timestamptz)
    on conflict (workspace_id, key) do nothing
    returning ${columns}
  ), posted as (
    ${insertEntries} where exists (select from given)
  )
  select ${columns} from given`);

export type GrantContent = Pick<
  GrantEntry,
  'key' | 'kind' | 'amountNanos' | 'validFromMs' | 'validUntilMs' | 'priority'
>;

/**
 * Gives a grant and posts it, with what has expired of it where the hours that it pays are closed already: the one place that
 * does. Answers undefined where the key is taken. What it is given for follows from its kind, unless said otherwise. The
 * guard hears of it.
 */
export async function addGrant(
  trx: Trx,
  {
    workspace,
    grant,
    nowMs,
    account = givenFor(grant.kind),
  }: { workspace: string; grant: GrantContent; nowMs: number; account?: GivenFor },
): Promise<StoredGrant | undefined> {
  const postings = [grantPosting(grant, account), ...(await expiredWhenGiven(trx, workspace, grant))];
  const [row] = await insertGrant(trx, {
    workspace,
    key: grant.key,
    kind: grant.kind,
    amount: grant.amountNanos,
    valid_from: formatInstant(grant.validFromMs),
    valid_until: grant.validUntilMs === null ? null : formatInstant(grant.validUntilMs),
    priority: grant.priority,
    postings: postingRows(postings),
    at: formatInstant(nowMs),
  });
  if (row === undefined) return undefined;
  await wakeGuards(trx, { workspaces: [workspace], nowMs });
  return grantOf(row);
}

async function expiredWhenGiven(trx: Trx, workspace: string, grant: GrantContent): Promise<readonly Posting[]> {
  if (grant.validUntilMs === null) return [];
  const closedThroughMs = await readClosedThrough(trx, workspace);
  const { validUntilHour } = validHours(grant);
  const given = { key: grant.key, remainingNanos: grant.amountNanos, validUntilHour };
  return expiryPostings({ grants: [given], posted: new Map(), closedThroughMs, cause: 'given' });
}

const selectGrants = statement<GrantRow>(`
  select ${columns} from credit_grants where workspace_id = :workspace order by created_at, key`);

export async function listGrants(db: Db, workspace: string): Promise<readonly StoredGrant[]> {
  return (await selectGrants(db, { workspace })).map(grantOf);
}

const selectGiven = statement<{ given: string }>(`
  select coalesce(sum(amount_nanos), 0)::text as given from credit_grants where workspace_id = :workspace`);

/** The amounts of all grants of a workspace together. The caller holds the workspace's row. */
export async function readGiven(trx: Trx, workspace: string): Promise<bigint> {
  const [row] = await selectGiven(trx, { workspace });
  return BigInt(row?.given ?? 0);
}

const selectLastDraw = statement<{ hour: number | null }>(`
  select max(hour) as hour from standing_draws where workspace_id = :workspace and grant_key = :key`);

/** The last hour (hours since the epoch) of which an issued invoice draws a grant, after all credit notes. */
export async function readLastDrawnHour(
  trx: Trx,
  { workspace, key }: { workspace: string; key: string },
): Promise<number | undefined> {
  const [row] = await selectLastDraw(trx, { workspace, key });
  return row === undefined || row.hour === null ? undefined : hourOf(row.hour);
}

const updateEnd = statement<GrantRow>(`
  update credit_grants set valid_until = to_timestamp(:until::float8), ended_at = :at::timestamptz
  where workspace_id = :workspace and key = :key returning ${columns}`);

/** Brings the end of a grant forward to an hour. The guard hears of it. */
export async function bringEndForward(
  trx: Trx,
  { workspace, key, untilHour, nowMs }: { workspace: string; key: string; untilHour: number; nowMs: number },
): Promise<StoredGrant> {
  const bindings = { workspace, key, until: hourSeconds(untilHour), at: formatInstant(nowMs) };
  const [row] = await updateEnd(trx, bindings);
  if (row === undefined) throw new Error(`grants: workspace ${workspace} has no grant ${key} to end`);
  await wakeGuards(trx, { workspaces: [workspace], nowMs });
  return grantOf(row);
}

export type DrawRow = { grant_key: string; invoice_id: string; month: string; number: number; amount_nanos: bigint };

const selectDraws = statement<DrawRow>(`
  select grant_key, invoice_id, month, number, sum(amount_nanos)::int8 as amount_nanos
  from standing_draws join invoices on invoices.id = standing_draws.invoice_id
  where standing_draws.workspace_id = :workspace
  group by grant_key, invoice_id, month, number
  order by number, grant_key`);

/** What issued invoices draw after all credit notes, by invoice and grant. */
export async function listDraws(db: Db, workspace: string): Promise<readonly DrawRow[]> {
  return selectDraws(db, { workspace });
}

// By grant: the primary keys lead through it to the hours.
function drawsSince(table: string, sign = ''): string {
  return `
    select moved.hour, ${sign}moved.amount_nanos as amount_nanos
    from credit_grants join ${table} as moved on moved.workspace_id = credit_grants.workspace_id
      and moved.grant_key = credit_grants.key and moved.hour >= to_timestamp(:since::float8)
    where credit_grants.workspace_id = :workspace`;
}

const selectDrawsSince = statement<{ hour: number; amount_nanos: bigint }>(`
  with draws as (${drawsSince('credit_draws')} union all ${drawsSince('credit_returns', '-')})
  select hour, sum(amount_nanos)::int8 as amount_nanos from draws group by hour having sum(amount_nanos) <> 0`);

/** What issued invoices draw after all credit notes, by hour, of the hours from one on. */
export async function readDrawsSince(
  db: Db,
  { workspace, hour }: { workspace: string; hour: number },
): Promise<readonly Pick<Draw, 'hour' | 'amountNanos'>[]> {
  const rows = await selectDrawsSince(db, { workspace, since: hourSeconds(hour) });
  return rows.map((row) => ({ hour: hourOf(row.hour), amountNanos: nanos(row.amount_nanos) }));
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
    endedAtMs: row.ended_at,
  };
}
