// Whether metering gets on: when each step last went through each shard, and since when it fails there.
import { formatInstant } from '../../domain/period';
import type { Db } from '../connection/knex';
import { numberArray, statement, textArray } from '../connection/statement';
import type { Work } from './set-aside';

const update = statement(`
  update metering_health set
    succeeded_at = case when gone.error = '' then :at::timestamptz else succeeded_at end,
    failing_since = case when gone.error <> '' then coalesce(failing_since, :at::timestamptz) end,
    error = nullif(gone.error, '')
  from unnest(:steps::text[], :shards::int2[], :errors::text[]) as gone (step, shard, error)
  where metering_health.step = gone.step and metering_health.shard = gone.shard`);

/** How a step went through a shard; `error`: what stopped it. */
export type Outcome = { readonly step: Work; readonly shard: number; readonly error?: string };

/** Notes how steps went. */
export async function noteHealth(
  db: Db,
  { outcomes, nowMs }: { readonly outcomes: readonly Outcome[]; readonly nowMs: number },
): Promise<void> {
  await update(db, {
    steps: textArray(outcomes.map(({ step }) => step)),
    shards: numberArray(outcomes.map(({ shard }) => shard)),
    errors: textArray(outcomes.map(({ error }) => error ?? '')),
    at: formatInstant(nowMs),
  });
}

export type StepHealth = {
  readonly step: Work;
  /** When it last went through the shard that it went through longest ago; null: one it never did. */
  readonly succeededAtMs: number | null;
  readonly failingSinceMs: number | null;
  readonly failingShards: number;
};

type StepRow = { step: Work; succeeded_at: number | null; failing_since: number | null; failing: number };

const selectSteps = statement<StepRow>(`
  select step, case when bool_and(succeeded_at is not null) then min(succeeded_at) end as succeeded_at,
    min(failing_since) as failing_since, count(failing_since)::int as failing
  from metering_health group by step
  order by array_position('{replay,fold,roll_up,credits}', step)`);

const countSetAside = statement<{ workspaces: number }>(`
  select count(distinct workspace_id)::int as workspaces from set_aside`);

/** Each step in the order of metering, and how many workspaces are set aside. */
export async function readHealth(db: Db): Promise<{ steps: readonly StepHealth[]; setAside: number }> {
  const rows = await selectSteps(db);
  const [counted] = await countSetAside(db);
  return {
    setAside: counted?.workspaces ?? 0,
    steps: rows.map((row) => ({
      step: row.step,
      succeededAtMs: row.succeeded_at,
      failingSinceMs: row.failing_since,
      failingShards: row.failing,
    })),
  };
}
