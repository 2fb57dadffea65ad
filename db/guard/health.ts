// How guards fare. Each figure reads an index of what should be few.
import { formatInstant, hourMs } from '../../domain/period';
import { boundedCount } from '../connection/bounded';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';
import { before } from './lost';

/** A platform that keeps running models so long after the command is shown to operators. */
const obeyedWithinMs = hourMs;

type Row = {
  low: number;
  suspended: number;
  unheard: number;
  late: number;
  unlisted: number;
  disobeyed: number;
  unconfirmed_since: number | null;
};

const selectFigures = statement<Row>(`
  select ${boundedCount(`from guards where state = 'low'`)} as low,
    ${boundedCount(`from guards where state = 'suspended'`)} as suspended,
    ${boundedCount(`from guards where wake_sequence > judged_sequence and woken_at < :unheard_before::timestamptz`)} as unheard,
    ${boundedCount('from guards where next_look_at < :late_before::timestamptz')} as late,
    ${boundedCount('from guards where unlisted_since < :disobeyed_before::timestamptz')} as unlisted,
    ${boundedCount(`from model_wishes where confirmed_at is null and wished_at < :disobeyed_before::timestamptz`)} as disobeyed,
    (select min(wished_at) from model_wishes where confirmed_at is null) as unconfirmed_since`);

export type GuardFigures = {
  readonly low: number;
  readonly suspended: number;
  /** Told something for ten minutes, or an hour past their look, and not judged. */
  readonly unheard: number;
  readonly late: number;
  /** Workspaces of which the platform has not said for an hour which models there are. */
  readonly unlisted: number;
  /** Commands that the platform has not confirmed for an hour. */
  readonly disobeyed: number;
  readonly unconfirmedSinceMs: number | null;
};

export async function readGuardFigures(db: Db, { nowMs }: { readonly nowMs: number }): Promise<GuardFigures> {
  const disobeyed_before = formatInstant(nowMs - obeyedWithinMs);
  const [row] = await selectFigures(db, { ...before(nowMs), disobeyed_before });
  if (row === undefined) throw new Error('guards: figures have no row');
  const { unconfirmed_since: unconfirmedSinceMs, ...figures } = row;
  return { ...figures, unconfirmedSinceMs };
}
