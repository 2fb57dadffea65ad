// E-mails that wait, by address.
import { formatInstant } from '../../domain/period';
import { boundedCount } from '../connection/bounded';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

const selectFigures = statement<{ waiting: number; age: number }>(`
  select ${boundedCount(`from email_addresses where state = 'queued'`)} as waiting,
    coalesce((select extract(epoch from greatest(:now::timestamptz - queued_at, '0'))
      from email_addresses where state = 'queued' order by queued_at limit 1), 0)::float8 as age`);

/** How many addresses wait, counted up to the bound, and for how many seconds the oldest has. */
export async function mailFigures(db: Db, { nowMs }: { nowMs: number }): Promise<{ waiting: number; age: number }> {
  const [row] = await selectFigures(db, { now: formatInstant(nowMs) });
  return row ?? { waiting: 0, age: 0 };
}
