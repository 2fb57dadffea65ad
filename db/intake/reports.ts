// Usage reports: appended as pieces of hours in the transaction that answers the sender. Mostly that is one statement.
import { MinutebookError } from '../../domain/errors';
import { formatInstant, monthOf, monthStartMs } from '../../domain/period';
import type { UsageBatch, UsageReport } from '../../domain/usage';
import { hourAt } from '../connection/instants';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';
import { listedPieces, pieceBindings } from './pieces';
import { groupBindings, groupByHour, lackingGroups } from './quarantine';
import { ReplicaDictionary, type ReplicaKey } from './replicas';
import { moveMark, notReported, type Reported, reportedBindings, reportedIn, SourceDictionary } from './sources';

const ensureDay = statement(`select ensure_usage_reports_day((:at::timestamptz at time zone 'UTC')::date)`);

/**
 * Makes the partition of a day's reports, for the batch that found none. Whoever keeps house makes them a week ahead, so
 * that this is for a database that nobody has kept for as long.
 */
export async function makeReportsDay(db: Db, received: string): Promise<void> {
  await ensureDay(db, { at: received });
}

// Appends all pieces or none. Looking up the replica is the foreign key that the table does not have: a constraint would cost
// a trigger a row. A subquery and not a join, so that it is a look-up by key whatever the planner knows of the tables: joined
// by workspace it took 400 ms a batch. That they are the replicas they were is seen by one sum of prints.
//
// Where it is all of a batch (`is_alone`) it also judges the reports and moves the source's mark, and does nothing at all where
// that leaves something to be done: by one snapshot, so that no price or workspace changes between judging and appending. The
// mark moves only once everything is appended, as batches of one source wait for each other's from there to the commit. It
// stays within its month whatever others make of it meanwhile, as it never goes back.
const take = statement<{ is_known: boolean; is_taken: boolean; not_reported: Reported[] }>(`
  with lacking as (${lackingGroups}),
  not_reported as (${notReported}),
  named as materialized (
    select ordinal, shard, workspaces.id as workspace_id
    from unnest(:workspaces::text[]) with ordinality as listed (id, ordinal) left join workspaces using (id)
  ), pieces as materialized (
    select ${hourAt('piece.hour')} as hour, mask, replica_id, hours, phase, shard, workspace_id,
      (select print from replicas where replicas.replica_id = piece.replica_id) as print
    from ${listedPieces} join named using (ordinal)
  ), known as materialized (
    select count(workspace_id) = count(*) and count(print) = count(*) and coalesce(sum(print), 0) = :prints::int8
      and exists (select from sources
        where source_id = :source_id::int and (:source::text is null or source = :source::text)) as is_known
    from pieces
  ), decided as materialized (
    select is_known, is_known and (not :is_alone::bool
      or not exists (select from lacking) and not exists (select from not_reported)
        and (:mark::timestamptz is null or exists (select from sources
          where source_id = :source_id::int and complete_through >= :mark_month::timestamptz))) as is_taken
    from known
  ), appended as (
    insert into usage_reports (received_at, hour, mask, replica_id, source_id, hours, phase, shard, workspace_id)
    select :received::timestamptz, hour, mask, replica_id, :source_id::int, hours, phase, shard, workspace_id
    from pieces where (select is_taken from decided)
    returning 1
  ), moved as (
    ${moveMark} and :mark::timestamptz is not null and (select is_taken from decided)
      and (select count(*) from appended) = (select count(*) from pieces)
  )
  select is_known, is_taken, (select coalesce(json_agg(not_reported), '[]') from not_reported) as not_reported from decided`);

const nothingToJudge = groupBindings([]);

/** Where reports come from and when they came; `received` is RFC 3339. */
export type Receipt = { readonly sourceId: number; readonly received: string };

/**
 * Appends reports that can be attributed. It remembers keys of sources and replicas, so one appender is made a process; what it
 * remembers is checked as it is used, and forgotten when a batch fails: the database may have been restored.
 */
export class UsageAppender {
  readonly #sources = new SourceDictionary();
  readonly #replicas = new ReplicaDictionary();

  /**
   * Stores a batch by one statement, which is a transaction of its own: where all its keys are remembered, all of it can be
   * attributed, none of it is its source's first of a workspace in a month, and its mark passes no month's end. Answers
   * false where it is otherwise, and has stored nothing then.
   */
  async takeAlone(db: Db, batch: UsageBatch, { received }: Pick<Receipt, 'received'>): Promise<boolean> {
    const sourceId = this.#sources.remembered(batch.source);
    const keys = this.#replicas.remembered(batch.reports);
    if (sourceId === undefined || keys === undefined) return false;
    const { completeThroughMs: markMs } = batch;
    const [row] = await take(db, {
      ...pieceBindings(batch.reports, keys),
      ...groupBindings(groupByHour(batch.reports)),
      ...reportedBindings(reportedIn(batch.reports)),
      received,
      source_id: sourceId,
      source: batch.source,
      mark: markMs === undefined ? null : formatInstant(markMs),
      mark_month: markMs === undefined ? null : formatInstant(monthStartMs(monthOf(markMs))),
      is_alone: true,
    });
    if (!row?.is_known) this.forget();
    return row?.is_taken ?? false;
  }

  /** The key of a source, made at its first mention. */
  async sourceId(db: Db, source: string): Promise<number> {
    return this.#sources.keyOf(db, source);
  }

  /** The keys of the reports' replicas, which must be there before the transaction. Harmless if that one then fails. */
  async prepare(
    db: Db,
    reports: readonly UsageReport[],
    { sourceId }: Pick<Receipt, 'sourceId'>,
  ): Promise<readonly ReplicaKey[]> {
    return this.#replicas.keysOf(db, reports, sourceId);
  }

  /**
   * Appends the reports with the keys that `prepare` gave. Answers whose usage of which months the source reports for the first
   * time, which is to be noted.
   */
  async append(
    trx: Trx,
    { reports, keys, receipt }: { reports: readonly UsageReport[]; keys: readonly ReplicaKey[]; receipt: Receipt },
  ): Promise<readonly Reported[]> {
    if (reports.length === 0) return [];
    const [row] = await take(trx, {
      ...pieceBindings(reports, keys),
      ...nothingToJudge,
      ...reportedBindings(reportedIn(reports)),
      received: receipt.received,
      source_id: receipt.sourceId,
      source: null,
      mark: null,
      mark_month: null,
      is_alone: false,
    });
    if (!row?.is_taken) throw this.#outOfDate();
    return row.not_reported;
  }

  forget(): void {
    this.#sources.forget();
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
