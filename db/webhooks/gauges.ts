// How webhooks fare.
import { formatInstant } from '../../domain/period';
import { boundedCount } from '../connection/bounded';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

export type WebhookFigures = {
  readonly pending: number;
  /** Of the oldest, in seconds; 0 where none is pending. */
  readonly age: number;
  readonly failing: number;
  readonly disabled: number;
};

// Events that are not given out yet count as pending.
const selectFigures = statement<WebhookFigures>(`
  select ${boundedCount(`from webhook_deliveries where state = 'pending'`)} as pending,
    coalesce(extract(epoch from greatest('0', :at::timestamptz - least(
      (select made_at from webhook_deliveries where state = 'pending' order by position limit 1),
      (select at from webhook_events where spread_at is null order by position limit 1)))), 0)::float8 as age,
    (select count(*) from webhook_endpoints where removed_at is null and disabled_at is null and failing_since is not null)::int
      as failing,
    (select count(*) from webhook_endpoints where removed_at is null and disabled_because in ('gone', 'failing'))::int as disabled`);

export async function webhookFigures(db: Db, { nowMs }: { readonly nowMs: number }): Promise<WebhookFigures> {
  const [row] = await selectFigures(db, { at: formatInstant(nowMs) });
  return row ?? { pending: 0, age: 0, failing: 0, disabled: 0 };
}
