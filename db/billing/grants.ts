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

const selectGrant = statement<GrantRow>(`
  select ${columns} from credit_grants where workspace_id = :workspace and key = :key`);

export async function readGrant(
  db: Db,
  { workspace, key }: { workspace: string; key: string },
): Promise<StoredGrant | undefined> {
  const [row] = await selectGrant(db, { workspace, key });
  return row && grantOf(row);
}

// To the millisecond, as a cursor has it.
const givenMs = 'floor(extract(epoch from created_at) * 1000)';

const selectGrants = statement<GrantRow>(`
  select ${columns} from credit_grants
  where workspace_id = :workspace and (${givenMs}, key) > (:after_ms::numeric, :after_key::text)
  order by ${givenMs}, key limit :limit`);

/** The grants of a workspace after one, in the order in which they were given. */
export async function listGrants(
  db: Db,
  { workspace, after, limit }: { workspace: string; after: { atMs: number; key: string }; limit: number },
): Promise<readonly StoredGrant[]> {
  const bindings = { workspace, after_ms: after.atMs, after_key: after.key, limit };
  return (await selectGrants(db, bindings)).map(grantOf);
}

const selectLeft = statement<{ left: bigint }>(`
  select coalesce(sum(remaining_nanos), 0)::int8 as left from credit_grants where workspace_id = :workspace`);

/** What is left of all grants of a workspace together. */
export async function readLeftOfAll(db: Db, workspace: string): Promise<Nanos> {
  const [row] = await selectLeft(db, { workspace });
  return nanos(row?.left ?? 0n);
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

// No invoice draws a grant by less than nothing, and what notes take off is by invoice and grant, as the draws are.
const selectDraws = statement<DrawRow>(`
  select draws.grant_key, draws.invoice_id, month, number, draws.amount_nanos - returned.nanos as amount_nanos
  from invoices join credit_draws as draws on draws.workspace_id = invoices.workspace_id and draws.invoice_id = invoices.id
  cross join lateral (
    select coalesce(sum(amount_nanos), 0)::int8 as nanos from credit_returns
    where workspace_id = draws.workspace_id and invoice_id = draws.invoice_id and grant_key = draws.grant_key
  ) as returned
  where invoices.workspace_id = :workspace and (number, draws.grant_key) > (:after_number::int, :after_key::text)
    and draws.amount_nanos > returned.nanos
  order by number, draws.grant_key limit :limit`);

/** What issued invoices draw after all credit notes, by invoice and grant, after one of them. */
export async function listDraws(
  db: Db,
  { workspace, after, limit }: { workspace: string; after: { number: number; key: string }; limit: number },
): Promise<readonly DrawRow[]> {
  return selectDraws(db, { workspace, after_number: after.number, after_key: after.key, limit });
}

const selectDrawsSince = statement<{ hour: number; amount_nanos: bigint }>(`
  with moved as (
    select hours, amounts, 1 as sign from credit_draws where workspace_id = :workspace and last_hour >= :since::int
    union all
    select hours, amounts, -1 from credit_returns where workspace_id = :workspace and last_hour >= :since::int
  )
  select hour, sum(sign * nanos)::int8 as amount_nanos
  from moved cross join lateral unnest(hours, amounts) as entry (hour, nanos)
  where hour >= :since::int group by hour having sum(sign * nanos) <> 0`);

/** What issued invoices draw after all credit notes, by hour, of the hours from one on. */
export async function readDrawsSince(
  db: Db,
  { workspace, hour }: { workspace: string; hour: number },
): Promise<readonly Pick<Draw, 'hour' | 'amountNanos'>[]> {
  const rows = await selectDrawsSince(db, { workspace, since: hour });
  return rows.map((row) => ({ hour: row.hour, amountNanos: nanos(row.amount_nanos) }));
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
