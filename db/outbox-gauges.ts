// What waits in the outbox. A row lives for milliseconds, so age says more than number; those of e-mails wait for their
// turn, and have figures of their own (db/mail/gauges.ts).
import { boundedCount } from './connection/bounded';
import type { Db } from './connection/knex';
import { statement } from './connection/statement';

export type OutboxFigures = {
  /** Of the oldest row, in seconds; 0 where there is none. */
  readonly age: number;
  readonly rows: number;
  /** Those that Temporal has refused at least once. */
  readonly refused: number;
};

// The oldest of all lanes, not of each: of one with nothing in it all others are read in vain, 44,000 rows twice for each scrape.
const selectFigures = statement<OutboxFigures>(`
  select
    coalesce((select extract(epoch from greatest(now() - created_at, '0'))
      from outbox where lane <> 'mail' order by outbox_id limit 1), 0)::float8 as age,
    ${boundedCount(`from outbox where lane in ('billing', 'guard', 'webhooks')`)} as rows,
    ${boundedCount('from outbox where attempts > 0')} as refused`);

export async function outboxFigures(db: Db): Promise<OutboxFigures> {
  const [row] = await selectFigures(db);
  return row ?? { age: 0, rows: 0, refused: 0 };
}
