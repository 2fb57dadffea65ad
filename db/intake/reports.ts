// Usage reports: appended as pieces of hours in the transaction that answers the sender.
import { MinutebookError } from '../../domain/errors';
import { piecesOf } from '../../domain/minutes';
import { monthsTouched, phases, type UsageReport } from '../../domain/usage';
import { hourAt } from '../connection/instants';
import type { Db, Trx } from '../connection/knex';
import { numberArray, statement, textArray } from '../connection/statement';
import { ReplicaDictionary } from './replicas';
import { noteReported } from './sources';

const ensureDay = statement(`select ensure_usage_reports_day((:at::timestamptz at time zone 'UTC')::date)`);

/**
 * Makes the partition of a day's reports, for the batch that found none. Whoever keeps house makes them a week ahead, so
 * that this is for a database that nobody has kept for as long.
 */
export async function makeReportsDay(db: Db, received: string): Promise<void> {
  await ensureDay(db, { at: received });
}

// Looking up the replica is the foreign key that the table does not have: a constraint would cost a trigger a row. A piece
// whose replica is not there is left out, and the count says so. A subquery and not a join, so that it is a look-up by key
// whatever the planner knows of the tables: joined by workspace it took 400 ms a batch.
const appendPieces = statement<{ appended: number }>(`
  with appended as (
    insert into usage_reports (received_at, hour, mask, replica_id, source_id, hours, phase, shard, workspace_id)
    select :received::timestamptz, ${hourAt('piece.hour')}, piece.mask, piece.replica_id, :source_id::int,
      piece.hours, piece.phase, workspaces.shard, workspaces.id
    from unnest(:workspace_ordinals::int[], :replicas::int8[], :hours_from::int[], :hours::int2[], :phases::int2[],
        :masks::int8[]) as piece (ordinal, replica_id, hour, hours, phase, mask)
    join unnest(:workspaces::text[]) with ordinality as named (workspace_id, ordinal) using (ordinal)
    join workspaces on workspaces.id = named.workspace_id
    where workspaces.id = (select workspace_id from replicas where replicas.replica_id = piece.replica_id)
    returning 1
  )
  select count(*)::int as appended from appended`);

/** Where reports come from and when they came; `received` is RFC 3339. */
export type Receipt = { readonly sourceId: number; readonly received: string };

/**
 * Appends reports that can be attributed. It remembers replica keys, so one appender is made a process; what it remembers is
 * checked as it is used, and forgotten when a batch fails: the database may have been restored.
 */
export class UsageAppender {
  readonly #replicas = new ReplicaDictionary();

  /** The keys of the reports' replicas, which must be there before the transaction. Harmless if that one then fails. */
  async prepare(
    db: Db,
    reports: readonly UsageReport[],
    { sourceId }: Pick<Receipt, 'sourceId'>,
  ): Promise<readonly number[]> {
    return this.#replicas.keysOf(db, reports, sourceId);
  }

  /** Appends the reports with the keys that `prepare` gave. */
  async append(
    trx: Trx,
    { reports, keys, receipt }: { reports: readonly UsageReport[]; keys: readonly number[]; receipt: Receipt },
  ): Promise<void> {
    if (reports.length === 0) return;
    const { count, ...pieces } = pieceArrays(reports, keys);
    const [row] = await appendPieces(trx, { ...pieces, received: receipt.received, source_id: receipt.sourceId });
    if (row?.appended !== count) throw this.#outOfDate();
  }

  forget(): void {
    this.#replicas.forget();
  }

  #outOfDate(): MinutebookError {
    return new MinutebookError({
      code: 'unavailable',
      detail:
        'the database no longer has replicas that it had before, as after a restore; nothing was stored: send it again',
    });
  }
}

type Reported = { readonly workspace: string; readonly month: string };

/** Notes whose usage of which months a batch (in slices) reported: once a batch, so that its locks are taken in one order. */
export async function noteReports(
  trx: Trx,
  { slices, receipt }: { slices: readonly (readonly UsageReport[])[]; receipt: Receipt },
): Promise<void> {
  const reported = new Map<string, Reported>();
  for (const report of slices.flat()) {
    for (const month of monthsTouched(report)) {
      const name = `${report.workspace}\n${month}`;
      if (!reported.has(name)) reported.set(name, { workspace: report.workspace, month });
    }
  }
  if (reported.size === 0) return;
  await noteReported(trx, {
    sourceId: receipt.sourceId,
    workspaces: textArray([...reported.values()].map(({ workspace }) => workspace)),
    months: textArray([...reported.values()].map(({ month }) => month)),
  });
}

function pieceArrays(reports: readonly UsageReport[], keys: readonly number[]) {
  const ordinals = new Map<string, number>();
  const columns: {
    of: number[];
    replicas: number[];
    from: number[];
    hours: number[];
    phases: number[];
    masks: bigint[];
  } = { of: [], replicas: [], from: [], hours: [], phases: [], masks: [] };
  reports.forEach((report, index) => {
    let ordinal = ordinals.get(report.workspace);
    if (ordinal === undefined) {
      ordinal = ordinals.size + 1;
      ordinals.set(report.workspace, ordinal);
    }
    const phase = phases.indexOf(report.phase);
    for (const piece of piecesOf(report.fromMs, report.toMs)) {
      columns.of.push(ordinal);
      columns.replicas.push(keys[index] as number);
      columns.from.push(piece.hour);
      columns.hours.push(piece.hours);
      columns.phases.push(phase);
      columns.masks.push(piece.mask);
    }
  });
  return {
    count: columns.of.length,
    workspaces: textArray([...ordinals.keys()]),
    workspace_ordinals: numberArray(columns.of),
    replicas: numberArray(columns.replicas),
    hours_from: numberArray(columns.from),
    hours: numberArray(columns.hours),
    phases: numberArray(columns.phases),
    masks: numberArray(columns.masks),
  };
}
