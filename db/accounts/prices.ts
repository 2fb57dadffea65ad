// The price book: change points, kept as ranges that cannot overlap.
import { type Nanos, nanos } from '../../domain/money';
import { formatInstant, hourOf, hourStartMs } from '../../domain/period';
import type { PriceEntry } from '../../domain/pricing';
import type { Db, Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';

/** A price as it is stored: from its hour until the next point of its owner. */
export type StoredPrice = PriceEntry & { readonly priceNanos: Nanos; readonly untilHour: number | null };

type PriceRow = {
  instance_type: string;
  workspace_id: string | null;
  price_nanos: bigint;
  starts: number;
  ends: number | null;
};

const columns = `instance_type, workspace_id, price_nanos, lower(valid) as starts,
  case when upper_inf(valid) then null else upper(valid) end as ends`;

const selectOfTypes = statement<PriceRow>(`
  select ${columns} from prices where instance_type = any(:types::text[]) order by lower(valid)`);

/** Every change point of these instance types; where a price ends without a next, one of null. */
export async function readPricesOf(trx: Trx, instanceTypes: readonly string[]): Promise<readonly PriceEntry[]> {
  const prices = (await selectOfTypes(trx, { types: textArray(instanceTypes) })).map(priceOf);
  const startName = ({ instanceType, workspace = '', fromHour }: PriceEntry) =>
    `${instanceType} ${workspace} ${fromHour}`;
  const starts = new Set(prices.map(startName));
  return prices.flatMap(({ untilHour, ...point }): PriceEntry[] => {
    if (untilHour === null) return [point];
    const end = { ...point, fromHour: untilHour, priceNanos: null };
    return starts.has(startName(end)) ? [point] : [point, end];
  });
}

const insertTypes = statement(`
  insert into instance_types (id) select distinct id from unnest(:types::text[]) as listed (id) order by id
  on conflict do nothing`);

// Only what changes is written: the database looks at the invoices of the hours of every range that comes, goes or moves.
const replaceBooks = statement(`
  with listed as (
    select instance_type, coalesce(workspace_id, '') as owner, workspace_id, price_nanos,
      tstzrange(starts, lead(starts) over (partition by instance_type, coalesce(workspace_id, '') order by starts)) as valid
    from jsonb_to_recordset(:points::jsonb)
      as point (instance_type text, workspace_id text, price_nanos int8, starts timestamptz)
  ), known as (
    select instance_type, coalesce(workspace_id::text, '') as owner, lower(valid) as starts from prices
    where (instance_type, coalesce(workspace_id::text, '')) in (select instance_type, owner from listed)
  ), removed as (
    delete from prices using known
    where prices.instance_type = known.instance_type and coalesce(prices.workspace_id::text, '') = known.owner
      and lower(prices.valid) = known.starts and not exists (
        select from listed where listed.instance_type = known.instance_type and listed.owner = known.owner
          and lower(listed.valid) = known.starts and price_nanos is not null)
  ), moved as (
    update prices set price_nanos = listed.price_nanos, valid = listed.valid from listed
    where prices.instance_type = listed.instance_type and coalesce(prices.workspace_id::text, '') = listed.owner
      and lower(prices.valid) = lower(listed.valid) and listed.price_nanos is not null
      and (prices.price_nanos, prices.valid) <> (listed.price_nanos, listed.valid)
  )
  insert into prices (instance_type, workspace_id, price_nanos, valid)
  select instance_type, workspace_id, price_nanos, valid from listed
  where price_nanos is not null and not exists (
    select from known where known.instance_type = listed.instance_type and known.owner = listed.owner
      and known.starts = lower(listed.valid))`);

/**
 * Writes change points: all those of each instance type and owner (a workspace, or everybody) that occur in them take
 * the place of what was stored for that type and owner. A point of null leaves a gap until the next.
 */
export async function replacePrices(trx: Trx, points: readonly PriceEntry[]): Promise<void> {
  if (points.length === 0) return;
  await insertTypes(trx, { types: textArray(points.map((point) => point.instanceType)) });
  const listed = JSON.stringify(
    points.map(({ instanceType, workspace, priceNanos, fromHour }) => ({
      instance_type: instanceType,
      workspace_id: workspace ?? null,
      price_nanos: priceNanos === null ? null : priceNanos.toString(),
      starts: formatInstant(hourStartMs(fromHour)),
    })),
  );
  await replaceBooks(trx, { points: listed });
}

const selectMissing = statement<{ id: string }>(`
  select id from unnest(:workspaces::text[]) as named (id)
  where not exists (select from workspaces where workspaces.id = named.id) order by id`);

/** Which of these workspaces do not exist. */
export async function missingWorkspaces(db: Db, workspaces: readonly string[]): Promise<readonly string[]> {
  if (workspaces.length === 0) return [];
  return (await selectMissing(db, { workspaces: textArray(workspaces) })).map((row) => row.id);
}

const selectPage = statement<PriceRow>(`
  select ${columns} from prices
  where (:workspace::text is null or workspace_id = :workspace)
    and (instance_type, coalesce(workspace_id::text, '') collate "C", lower(valid))
      > (:after_type, :after_workspace collate "C", :after_start::timestamptz)
  order by instance_type, coalesce(workspace_id::text, '') collate "C", lower(valid)
  limit :limit`);

export type PriceCursor = {
  readonly instanceType: string;
  readonly workspace: string;
  readonly from: string;
};

/** A page of the price book in the order of its change points; `workspace` narrows it to that one's contract prices. */
export async function listPrices(
  db: Db,
  { workspace, after, limit }: { workspace: string | null; after: PriceCursor; limit: number },
): Promise<readonly StoredPrice[]> {
  const rows = await selectPage(db, {
    workspace,
    after_type: after.instanceType,
    after_workspace: after.workspace,
    after_start: after.from,
    limit,
  });
  return rows.map(priceOf);
}

function priceOf(row: PriceRow): StoredPrice {
  return {
    instanceType: row.instance_type,
    priceNanos: nanos(row.price_nanos) as Nanos,
    fromHour: hourOf(row.starts),
    untilHour: row.ends === null ? null : hourOf(row.ends),
    ...(row.workspace_id === null ? {} : { workspace: row.workspace_id }),
  };
}
