// Corrections: who voided which minutes and why, and the ranges of those that stand.
import type { RefundAs } from '../../domain/correction';
import { formatInstant } from '../../domain/period';
import { type CorrectionEntry, spanOf, type VoidRange } from '../../domain/void-ranges';
import { hourSeconds, monthHours } from '../connection/instants';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';

export type StoredCorrection = {
  readonly workspace: string;
  readonly key: string;
  readonly reason: string;
  readonly as: RefundAs;
  readonly ranges: readonly VoidRange[];
  readonly voidMinutes: number;
  readonly madeAtMs: number;
  readonly takenBackAtMs: number | null;
  /** Where it stands in the list of its workspace. */
  readonly position: number;
};

type Row = {
  workspace_id: string;
  key: string;
  reason: string;
  refund_as: RefundAs;
  content: VoidRange[];
  void_minutes: bigint;
  made_at: number;
  taken_back_at: number | null;
  position: bigint;
};

const columns = 'workspace_id, key, reason, refund_as, content, void_minutes, made_at, taken_back_at, position';

const selectByKey = statement<Row & { is_same: boolean }>(`
  select ${columns}, (reason, refund_as, content) is not distinct from (:reason, :as, :content::jsonb) as is_same
  from corrections where workspace_id = :workspace and key = :key`);

/** The correction that has this key, and whether it says the same. */
export async function readSameCorrection(
  db: Db,
  { workspace, entry }: { readonly workspace: string; readonly entry: CorrectionEntry },
): Promise<{ readonly stored: StoredCorrection; readonly isSame: boolean } | undefined> {
  const { key, reason, as, ranges } = entry;
  const [row] = await selectByKey(db, { workspace, key, reason, as, content: JSON.stringify(ranges) });
  return row && { stored: correctionOf(row), isSame: row.is_same };
}

const selectOne = statement<Row>(`select ${columns} from corrections where workspace_id = :workspace and key = :key`);

export async function readCorrection(
  db: Db,
  { workspace, key }: { readonly workspace: string; readonly key: string },
): Promise<StoredCorrection | undefined> {
  const [row] = await selectOne(db, { workspace, key });
  return row && correctionOf(row);
}

const selectPage = statement<Row>(`
  select ${columns} from corrections
  where workspace_id = :workspace and (:before::int8 is null or position < :before::int8)
  order by position desc limit :limit`);

/** The newest first; `before` is the position that the page before ended with. */
export async function listCorrections(
  db: Db,
  { workspace, before, limit }: { readonly workspace: string; readonly before: number | null; readonly limit: number },
): Promise<readonly StoredCorrection[]> {
  return (await selectPage(db, { workspace, before, limit })).map(correctionOf);
}

const listedRanges = `
  jsonb_to_recordset(:ranges::jsonb) as listed (position int, model text, version text, "instanceType" text,
    replica text, from_at timestamptz, until_at timestamptz)`;

// Between the bindings of spanBindings, so that other months are not opened.
const matchesUsage = `
  ${monthHours} and hour < listed.until_at and hour > listed.from_at - interval '1 hour' and used.model = listed.model
    and (listed.version is null or used.version = listed.version)
    and (listed."instanceType" is null or used.instance_type = listed."instanceType")`;

// One whose minutes were never reported is a slip of whoever wrote it.
const selectUnreported = statement<{ position: number }>(`
  select listed.position from ${listedRanges}
  where not exists (
    select from replica_hours as masks join replicas as used using (replica_id, workspace_id)
    where masks.workspace_id = :workspace and ${matchesUsage}
      and (listed.replica is null or used.replica = listed.replica)
      and (deploying | scaling_up | serving | scaling_down | idle)
        & minutes_between(hour, listed.from_at, listed.until_at) <> 0
  )
  order by listed.position`);

/** Which of the ranges, counted from 0, match no reported minute. */
export async function readUnreported(
  trx: Trx,
  { workspace, ranges }: { readonly workspace: string; readonly ranges: readonly VoidRange[] },
): Promise<readonly number[]> {
  const rows = await selectUnreported(trx, { workspace, ranges: rangeRows(ranges), ...spanBindings(ranges) });
  return rows.map(({ position }) => position);
}

const insertRanges = statement(`
  with stands as (
    insert into correction_ranges (workspace_id, key, position, model, version, instance_type, replica, from_at, until_at)
    select :workspace, :key, position, model, version, "instanceType", replica, from_at, until_at from ${listedRanges}
  )
  insert into dirty_hours (shard, workspace_id, hour)
  select distinct :shard::int2, :workspace as workspace_id, used.hour
  from ${listedRanges} join usage_hours as used on used.workspace_id = :workspace and ${matchesUsage}
  order by 3
  on conflict do nothing`);

type OfShard = { readonly workspace: string; readonly key: string; readonly shard: number };

/** Lets the ranges of a correction stand; the hours that they touch are to be rolled up. */
export async function standRanges(trx: Trx, of: OfShard, ranges: readonly VoidRange[]): Promise<void> {
  await insertRanges(trx, { ...of, ranges: rangeRows(ranges), ...spanBindings(ranges) });
}

const deleteRanges = statement(`
  with taken as (
    update corrections set taken_back_at = :at::timestamptz where workspace_id = :workspace and key = :key
  ), listed as (
    delete from correction_ranges where workspace_id = :workspace and key = :key
    returning model, version, instance_type as "instanceType", from_at, until_at
  )
  insert into dirty_hours (shard, workspace_id, hour)
  select distinct :shard::int2, :workspace as workspace_id, used.hour
  from listed join usage_hours as used on used.workspace_id = :workspace and ${matchesUsage}
  order by 3
  on conflict do nothing`);

/** Takes a correction back: its ranges stand no more, and the hours that they touched are to be rolled up. */
export async function takeBack(
  trx: Trx,
  { nowMs, ranges, ...of }: OfShard & { readonly ranges: readonly VoidRange[]; readonly nowMs: number },
): Promise<void> {
  await deleteRanges(trx, { ...of, at: formatInstant(nowMs), ...spanBindings(ranges) });
}

const insertCorrection = statement<Row>(`
  insert into corrections (workspace_id, key, reason, refund_as, content, void_minutes, made_at)
  values (:workspace, :key, :reason, :as, :content::jsonb, :minutes, :at::timestamptz)
  returning ${columns}`);

/** Stores a correction whose ranges stand already. */
export async function addCorrection(
  trx: Trx,
  correction: {
    readonly workspace: string;
    readonly entry: CorrectionEntry;
    readonly voidMinutes: number;
    readonly nowMs: number;
  },
): Promise<StoredCorrection> {
  const { workspace, voidMinutes, nowMs } = correction;
  const { key, reason, as, ranges } = correction.entry;
  const [row] = await insertCorrection(trx, {
    workspace,
    key,
    reason,
    as,
    content: JSON.stringify(ranges),
    minutes: voidMinutes,
    at: formatInstant(nowMs),
  });
  if (row === undefined) throw new Error(`corrections: ${key} of ${workspace} was not stored`);
  return correctionOf(row);
}

const selectVoidMinutes = statement<{ minutes: number }>(`
  select coalesce(sum(void_minutes), 0)::float8 as minutes from usage_hours
  where workspace_id = :workspace and hour >= to_timestamp(:from::float8) and hour < to_timestamp(:until::float8)`);

/** How many minutes of replicas are void in these hours. */
export async function countVoidMinutes(
  trx: Trx,
  { workspace, fromHour, toHour }: { readonly workspace: string; readonly fromHour: number; readonly toHour: number },
): Promise<number> {
  const bindings = { workspace, from: hourSeconds(fromHour), until: hourSeconds(toHour) };
  const [row] = await selectVoidMinutes(trx, bindings);
  return row?.minutes ?? 0;
}

function spanBindings(ranges: readonly VoidRange[]): { readonly from: number; readonly until: number } {
  const { fromHour, toHour } = spanOf(ranges);
  return { from: hourSeconds(fromHour), until: hourSeconds(toHour) };
}

function rangeRows(ranges: readonly VoidRange[]): string {
  return JSON.stringify(
    ranges.map(({ from, to, ...selectors }, position) => ({ ...selectors, position, from_at: from, until_at: to })),
  );
}

function correctionOf(row: Row): StoredCorrection {
  return {
    workspace: row.workspace_id,
    key: row.key,
    reason: row.reason,
    as: row.refund_as,
    ranges: row.content,
    voidMinutes: Number(row.void_minutes),
    madeAtMs: row.made_at,
    takenBackAtMs: row.taken_back_at,
    position: Number(row.position),
  };
}
