// Sources of usage and their marks: up to when a source says that it has reported everything.
import { formatInstant, type Month, monthEndMs, monthOf, monthStartMs } from '../../domain/period';
import { monthsTouched, type UsageReport } from '../../domain/usage';
import { complete } from '../billing/completeness';
import type { Db, Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';
import { lockPassing, lockSource, shareUnclosedPeriods } from '../locks';
import { wakePeriods } from '../outbox';

// Looked up first: an insert that ends in a conflict has drawn a number all the same, and at a hundred batches a second
// these would run dry within a year.
const resolveSource = statement<{ source_id: number }>(`
  with known as (
    select source_id from sources where source = :source
  ), added as (
    insert into sources (source) select :source where not exists (select from known)
    on conflict (source) do nothing returning source_id
  )
  select source_id from known union all select source_id from added`);

/** The small key of a source, made at its first mention. */
export async function sourceId(db: Db, source: string): Promise<number> {
  const [row] = await resolveSource(db, { source });
  // Nothing came back only if another session is adding it this moment: it is there now.
  return row?.source_id ?? sourceId(db, source);
}

const rememberedMax = 100_000;

/** Remembers keys of sources. A key never changes; whoever uses one checks that the database is still the same. */
export class SourceDictionary {
  readonly #known = new Map<string, number>();

  remembered(source: string): number | undefined {
    return this.#known.get(source);
  }

  /** As the database has it now, and remembered from then on. */
  async keyOf(db: Db, source: string): Promise<number> {
    const key = await sourceId(db, source);
    if (this.#known.size >= rememberedMax) this.#known.clear();
    this.#known.set(source, key);
    return key;
  }

  forget(): void {
    this.#known.clear();
  }
}

/**
 * SQL: an update, to go on with further conditions, that moves the mark of a source forward. What it says counts as metered
 * once what its transaction reported is.
 */
export const moveMark = `
  update sources set complete_through = :mark::timestamptz, marked_by = pg_current_xact_id()
  where source_id = :source_id::int and (complete_through is null or complete_through < :mark::timestamptz)`;

const moveMarkAlone = statement<{ before: number | null }>(`${moveMark} returning old.complete_through as before`);

const wakePassed = statement(`${wakePeriods}
  where period.status = 'waiting' and period.ends_at <= :mark::timestamptz
    and period.ends_at > coalesce(:before::timestamptz, '-infinity')
    and exists (
      select from source_periods as reported
      where reported.workspace_id = period.workspace_id and reported.source_id = :source_id)
    and ${complete}`);

/**
 * Moves a source's mark forward (never back). Where it passes the end of a period that waits, for the first time, and makes
 * it complete, that one is woken; a mark within its month, which is nearly every mark, looks at no period. The last
 * statement of an intake transaction: it locks the source's row.
 */
export async function advanceMark(trx: Trx, { sourceId, markMs }: { sourceId: number; markMs: number }): Promise<void> {
  const mark = formatInstant(markMs);
  const [moved] = await moveMarkAlone(trx, { source_id: sourceId, mark });
  if (moved === undefined) return;
  const { before } = moved;
  if (before !== null && monthOf(before) === monthOf(markMs)) return;
  await lockPassing(trx);
  await wakePassed(trx, { source_id: sourceId, mark, before: before === null ? null : formatInstant(before) });
}

/** A workspace and a month that its usage is of. */
export type Reported = { readonly workspace: string; readonly month: Month };

/** Whose usage of which months these reports are, each once. */
export function reportedIn(reports: readonly UsageReport[]): readonly Reported[] {
  const reported = new Map<string, Set<Month>>();
  const monthsOf = monthsInTurn();
  for (const report of reports) {
    let months = reported.get(report.workspace);
    if (months === undefined) {
      months = new Set();
      reported.set(report.workspace, months);
    }
    for (const month of monthsOf(report)) months.add(month);
  }
  return [...reported].flatMap(([workspace, months]) => [...months].map((month) => ({ workspace, month })));
}

/** monthsTouched for one report after the other, which mostly lie in one month, whoever they are of. */
function monthsInTurn(): typeof monthsTouched {
  let months: readonly Month[] = [];
  let [startMs, endMs] = [0, 0];
  return (report) => {
    if (report.fromMs >= startMs && report.toMs <= endMs) return months;
    const touched = monthsTouched(report);
    const [only] = touched;
    if (only !== undefined && touched.length === 1) {
      months = touched;
      [startMs, endMs] = [monthStartMs(only), monthEndMs(only)];
    }
    return touched;
  };
}

const listedReported = `
  unnest(:reported_workspaces::text[], :reported_months::text[]) as reported (workspace, month)`;

export function reportedBindings(reported: readonly Reported[]) {
  return {
    reported_workspaces: textArray(reported.map(({ workspace }) => workspace)),
    reported_months: textArray(reported.map(({ month }) => month)),
  };
}

/** SQL: what of that which `reportedBindings` lists is not noted of the source yet. */
export const notReported = `
  select workspace, month from ${listedReported}
  where not exists (
    select from source_periods as known
    where known.workspace_id = reported.workspace and known.month = reported.month and known.source_id = :source_id::int)`;

const insertReported = statement(`
  insert into source_periods (workspace_id, month, source_id)
  select workspace, month, :source_id::int from ${listedReported}
  order by workspace, month
  on conflict do nothing`);

const wakeReported = statement(`${wakePeriods} join sources on sources.source_id = :source_id
  where period.status = 'waiting' and period.ends_at <= sources.complete_through
    and period.workspace_id = any(:workspaces::text[]) and ${complete}`);

/**
 * Notes that a source reported usage of these workspaces in these months, for the first time as far as it was known: once a
 * transaction, so that its locks are taken in one order. A period that waits may now be complete, through a source that is
 * ahead already: it is woken. The workspaces' periods are locked first, so that one which is just going to wait either sees this
 * source or is seen; then the source's row, so that of two of its batches at once, this one and one whose mark passes the
 * month's end, either sees the other.
 */
export async function noteReported(
  trx: Trx,
  { sourceId, reported }: { sourceId: number; reported: readonly Reported[] },
): Promise<void> {
  if (reported.length === 0) return;
  const workspaces = reported.map(({ workspace }) => workspace);
  await shareUnclosedPeriods(trx, workspaces);
  await lockSource(trx, sourceId);
  await insertReported(trx, { ...reportedBindings(reported), source_id: sourceId });
  await wakeReported(trx, { source_id: sourceId, workspaces: textArray(workspaces) });
}
