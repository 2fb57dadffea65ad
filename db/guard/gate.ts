// What the gate goes by, in one statement each: of one workspace, and of all that a platform has to know of.
import type { GateFacts } from '../../domain/guard/gate';
import type { SuspensionReason } from '../../domain/guard/notices';
import { formatInstant, hourMs, hourOf, hourStartMs } from '../../domain/period';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

type GateRow = {
  workspace: string;
  reason: SuspensionReason | null;
  message: string | null;
  judged: boolean;
  has_method: boolean;
  charged: boolean;
  has_credits: boolean;
  had_credits: boolean;
  zero_at: number | null;
};

const gravestFirst = `array_position(array['operator', 'past_due', 'credits'], reason)`;
// By the index of change points, 5,000 look-ups in 20 ms; by that of the ranges, as terms_at has it, in 130.
const isCharged = (workspace: string) => `coalesce((
    select terms ->> 'collection' from workspace_terms
    where workspace_id = ${workspace} and lower(valid) <= :at::timestamptz order by lower(valid) desc limit 1
  ), 'charge') = 'charge'`;
const methodOf = (workspace: string) =>
  `exists (select from payment_methods where workspace_id = ${workspace} and state = 'active')`;
// A grant pays whole hours: from the one in which it begins.
const begunGrantOf = (workspace: string) =>
  `from credit_grants where workspace_id = ${workspace} and valid_from < :next_hour::timestamptz`;

const selectGate = statement<GateRow>(`
  select known.id as workspace, suspension.reason, suspension.message, guards.judged_at is not null as judged,
    ${methodOf('known.id')} as has_method, ${isCharged('known.id')} as charged, guards.zero_at,
    exists (select ${begunGrantOf('known.id')} and remaining_nanos > 0
      and (valid_until is null or valid_until > :hour::timestamptz)) as has_credits,
    exists (select ${begunGrantOf('known.id')}) as had_credits
  from workspaces as known
    left join guards on guards.workspace_id = known.id
    left join lateral (
      select reason, message from suspensions
      where workspace_id = known.id and ended_at is null order by ${gravestFirst} limit 1
    ) as suspension on true
  where known.id = :workspace`);

/** What the gate of a workspace goes by; undefined where there is no such workspace. Writes nothing. */
export async function readGate(
  db: Db,
  { workspace, nowMs }: { workspace: string; nowMs: number },
): Promise<GateFacts | undefined> {
  const [row] = await selectGate(db, { workspace, ...instants(nowMs) });
  return row && factsOf(row);
}

export type ListedGate = { readonly workspace: string; readonly facts: GateFacts };

type ListedRow = { tag: string } & { [column in keyof GateRow]: GateRow[column] | null };

// All that are listed, by the two indexes that hold nothing else: standing suspensions, and guards that foresee a zero. The
// tag is of the whole list, in any order of its rows, so that whoever has it is spared every page; none is read for him.
const selectGates = statement<ListedRow>(`
  with standing as (
    select distinct on (workspace_id) workspace_id, reason, message
    from suspensions where ended_at is null order by workspace_id, ${gravestFirst}
  ), running_out as (
    select known.workspace_id, known.zero_at
    from guards as known
    where known.zero_at < :until::timestamptz and not ${methodOf('known.workspace_id')}
      and ${isCharged('known.workspace_id')}
  ), listed as materialized (
    select workspace, reason, message, zero_at,
      reason = 'credits' and exists (select ${begunGrantOf('workspace')}) as had_credits
    from (
      select coalesce(standing.workspace_id, running_out.workspace_id) as workspace, reason, message, zero_at
      from standing full join running_out on running_out.workspace_id = standing.workspace_id
    ) as either
  ), whole as (
    select count(*) || '-' || coalesce(sum(hashtextextended(
      concat_ws(e'\\n', workspace, reason, message, had_credits, extract(epoch from zero_at)), 0)::numeric), 0) as tag
    from listed
  )
  select tag, page.* from whole left join lateral (
    select workspace, reason, message, true as judged, false as has_method, true as charged, false as has_credits,
      coalesce(had_credits, false) as had_credits, zero_at
    from listed where workspace collate "C" > :after and tag is distinct from :known_tag::text
    order by workspace limit :limit
  ) as page on true
  order by workspace`);

const listedAheadMs = 24 * hourMs;

/**
 * A page of the workspaces that are suspended or whose credits end within 24 hours, by id, and the tag of the whole list;
 * without items where that is `knownTag`.
 */
export async function listGates(
  db: Db,
  of: { readonly after: string; readonly limit: number; readonly knownTag: string | null; readonly nowMs: number },
): Promise<{ readonly tag: string; readonly items: readonly ListedGate[] }> {
  const { after, limit, knownTag, nowMs } = of;
  const until = formatInstant(nowMs + listedAheadMs);
  const rows = await selectGates(db, { after, limit, known_tag: knownTag, until, ...instants(nowMs) });
  const items = rows.flatMap((row) => (isPresent(row) ? [{ workspace: row.workspace, facts: factsOf(row) }] : []));
  return { tag: rows[0]?.tag ?? '', items };
}

function isPresent(row: ListedRow): row is { tag: string } & GateRow {
  return row.workspace !== null;
}

function instants(nowMs: number) {
  const hour = hourOf(nowMs);
  return {
    at: formatInstant(nowMs),
    hour: formatInstant(hourStartMs(hour)),
    next_hour: formatInstant(hourStartMs(hour + 1)),
  };
}

function factsOf(row: GateRow): GateFacts {
  return {
    suspension: row.reason === null ? null : { reason: row.reason, message: row.message },
    isJudged: row.judged,
    hasMethod: row.has_method,
    isCharged: row.charged,
    hasCredits: row.has_credits,
    hadCredits: row.had_credits,
    zeroAtMs: row.zero_at,
  };
}
