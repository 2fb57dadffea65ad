// Names of workspaces by the shard that they fall into.
import type { Db } from '../../db/connection/knex';
import { type ScenarioName, scenarioNames } from './scenarios';

export type Names = {
  /** One that nobody has yet, in a shard that will do; undefined where none will. */
  take(
    of: ScenarioName,
    willDo: (shard: number) => boolean,
  ): { readonly workspace: string; readonly shard: number } | undefined;
};

export async function namesByShard(db: Db): Promise<Names> {
  const { rows } = await db.raw(
    `select prefix, id, (hashtextextended(id, 0) & 15)::int as shard
    from unnest(?::text[]) as prefix, lateral (select prefix || '-' || nth as id from generate_series(1, 1000) as nth) as named`,
    [[...scenarioNames]],
  );
  const left = new Map<string, { id: string; shard: number }[]>(scenarioNames.map((of) => [of, []]));
  for (const { prefix, ...named } of rows) left.get(prefix)?.push(named);
  return {
    take: (of, willDo) => {
      const named = left.get(of) ?? [];
      const at = named.findIndex(({ shard }) => willDo(shard));
      const [taken] = at < 0 ? [] : named.splice(at, 1);
      return taken && { workspace: taken.id, shard: taken.shard };
    },
  };
}
