// When keys were last used: of many uses by many processes, one write a minute a key.
import { formatInstant } from '../../domain/period';
import type { Db } from '../connection/knex';
import { statement, textArray } from '../connection/statement';

// A row that somebody has is being written this moment; whoever comes later says so again.
const noteUsed = statement<{ noted: number }>(`
  with due as (
    select api_keys.id, used.at
    from unnest(:ids::text[], :instants::timestamptz[]) as used (id, at)
    join api_keys on api_keys.id = used.id
    where api_keys.last_used_at is null or api_keys.last_used_at <= used.at - interval '1 minute'
    for no key update of api_keys skip locked
  ), noted as (
    update api_keys set last_used_at = due.at from due where api_keys.id = due.id returning 1
  )
  select count(*)::int as noted from noted`);

/** Notes the last use of keys, by id in epoch milliseconds, where the one noted is a minute old. Answers how many. */
export async function noteKeyUses(db: Db, uses: ReadonlyMap<string, number>): Promise<number> {
  const ids = textArray([...uses.keys()]);
  const instants = textArray([...uses.values()].map(formatInstant));
  const [row] = await noteUsed(db, { ids, instants });
  return row?.noted ?? 0;
}
