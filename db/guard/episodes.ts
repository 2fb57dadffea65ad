// The guard's episodes, with what ran inside them: when credits were gone, what was done about it, and what it came to.
import { type Cents, cents, type Nanos, nanos } from '../../domain/money';
import { formatInstant } from '../../domain/period';
import { isWithin } from '../connection/instants';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';
import { insideEpisodes } from './inside';

export type StoredEpisode = {
  readonly workspace: string;
  readonly number: number;
  /** The computed zero, or when the last method left. */
  readonly beginsAtMs: number;
  readonly because: 'credits' | 'method';
  readonly noticedAtMs: number;
  readonly commandedAtMs: number | null;
  readonly confirmedAtMs: number | null;
  /** Null while it is open. */
  readonly endsAtMs: number | null;
  readonly restoredAtMs: number | null;
  /** Replica-minutes inside it so far, and their list amount. */
  readonly replicaMinutes: number;
  readonly listNanos: Nanos;
  /** By the invoices that hold its minutes; null before there is one. */
  readonly writtenOffCents: Cents | null;
};

/** Of one workspace, or of all; episodes that begin within a span, or ever. */
export type EpisodesOf = {
  readonly workspace: string | null;
  readonly fromMs: number | null;
  readonly toMs: number | null;
};

type Row = {
  workspace_id: string;
  number: number;
  begins_at: number;
  because: 'credits' | 'method';
  noticed_at: number;
  commanded_at: number | null;
  confirmed_at: number | null;
  ends_at: number | null;
  restored_at: number | null;
  replica_minutes: number;
  list_nanos: bigint;
  written_off_cents: bigint | null;
};

const selected = `
  (:workspace::text is null or workspace_id = :workspace) and (:begins_from::timestamptz is null or begins_at >= :begins_from::timestamptz)
    and (:begins_to::timestamptz is null or begins_at < :begins_to::timestamptz)`;

// Of the episodes that "found" lists, what lies inside them: an open one has no end yet.
const overrunOfFound = `
  episodes as (
    select workspace_id, number as episode, begins_at as from_at, coalesce(ends_at, 'infinity') as until_at from found
  ), ${insideEpisodes}, overrun as (
    select workspace_id, episode as number, sum(minutes)::int8 as replica_minutes, sum(minutes * price_nanos)::int8 as list_nanos
    from inside join usage_hours using (workspace_id, hour, model, version, instance_type)
    where ${isWithin('usage_hours.hour')}
    group by workspace_id, episode
  )`;

const writtenOff = `
  select sum(amount_cents)::int8 as cents, sum(replica_minutes)::int8 as replica_minutes, sum(list_nanos)::int8 as list_nanos
  from overrun_parts as part where part.workspace_id = found.workspace_id and part.episode = found.number`;

// SQL: what lies inside an episode; of one whose usage was dropped what was written off of it by then.
const figureOf = (figure: string) => `coalesce(case when begins_at < (select from_at from usage_kept)
    then written_off.${figure} else overrun.${figure} end, 0)`;

const found = `
    select * from guard_episodes
    where ${selected} and (:before_at::timestamptz is null
      or (begins_at, workspace_id::text, number) < (:before_at::timestamptz, :before_workspace::text collate "C", :before_number::int))
    order by begins_at desc, workspace_id::text desc, number desc limit :limit`;

// The hours that episodes reach into, found first, so that what lies inside them is looked for in these months alone.
const selectSpan = statement<{ from: number | null; until: number | null }>(`
  select extract(epoch from date_trunc('hour', min(begins_at), 'UTC'))::float8 as from,
    extract(epoch from max(coalesce(date_trunc('hour', ends_at, 'UTC') + interval '1 hour', 'infinity')))::float8 as until
  from (${found}) as found`);

const selectPage = statement<Row>(`
  with found as (${found}), ${overrunOfFound}
  select found.*, ${figureOf('replica_minutes')}::float8 as replica_minutes, ${figureOf('list_nanos')}::int8 as list_nanos,
    written_off.cents as written_off_cents
  from found left join overrun using (workspace_id, number) cross join lateral (${writtenOff}) as written_off
  order by begins_at desc, workspace_id::text desc, number desc`);

/** Where a page of episodes begins: after this one. */
export type EpisodePlace = { readonly beginsAtMs: number; readonly workspace: string; readonly number: number };

/** The newest first. */
export async function listEpisodes(
  db: Db,
  of: EpisodesOf & { readonly before: EpisodePlace | null; readonly limit: number },
): Promise<readonly StoredEpisode[]> {
  const asked = pageBindings(of);
  const [span] = await selectSpan(db, asked);
  return span?.from == null ? [] : (await selectPage(db, { ...asked, ...span })).map(episodeOf);
}

/** Half of all are no more than the one, and 99 of a hundred no more than the other. */
export type Spread<Figure> = { readonly p50: Figure; readonly p99: Figure; readonly max: Figure };

/** So many episodes are summed up at the most: of five thousand, each of hundreds of minutes of twenty replicas, it takes 3 s. */
const summarizedMax = 10_000;

export type EpisodesSummary = {
  readonly episodes: number;
  /** The newest of them, of which the figures below are: all, up to ten thousand. */
  readonly summarized: number;
  /** Whose stop every model has not confirmed yet. */
  readonly unconfirmed: number;
  /** Null where there are none. */
  readonly replicaMinutes: Spread<number> | null;
  readonly listNanos: Spread<Nanos> | null;
  /** From noticed to confirmed, where anything was commanded. */
  readonly seconds: Spread<number> | null;
};

const spreadOf = (figure: string) => `
  array[percentile_disc(0.5) within group (order by ${figure}), percentile_disc(0.99) within group (order by ${figure}),
    max(${figure})]::text[]`;

type Figures = readonly [p50: string | null, p99: string | null, max: string | null];
type SummaryRow = {
  episodes: number;
  summarized: number;
  unconfirmed: number;
  minutes: Figures;
  list: Figures;
  seconds: Figures;
};

const selectSummary = statement<SummaryRow>(`
  with found as (
    select * from guard_episodes where ${selected} order by begins_at desc, workspace_id::text desc, number desc
    limit ${summarizedMax}
  ), ${overrunOfFound}, figures as (
    select ${figureOf('replica_minutes')} as minutes, ${figureOf('list_nanos')} as list,
      case when commanded_at is not null then extract(epoch from confirmed_at - noticed_at)::float8 end as seconds, confirmed_at
    from found left join overrun using (workspace_id, number) cross join lateral (${writtenOff}) as written_off
  )
  select (select count(*)::int from guard_episodes where ${selected}) as episodes, count(*)::int as summarized, (count(*) filter (where confirmed_at is null))::int as unconfirmed,
    ${spreadOf('minutes')} as minutes, ${spreadOf('list')} as list, ${spreadOf('seconds')} as seconds
  from figures`);

/** How long it took to stop what ran without credits, and what that came to, over all episodes that begin within a span. */
export async function summarizeEpisodes(db: Db, of: EpisodesOf): Promise<EpisodesSummary> {
  const [span] = await selectSpan(db, pageBindings({ ...of, before: null, limit: summarizedMax }));
  const [row] = await selectSummary(db, { ...bindingsOf(of), from: span?.from ?? 0, until: span?.until ?? 0 });
  if (row === undefined) throw new Error('guard episodes: a count has no row');
  return {
    episodes: row.episodes,
    summarized: row.summarized,
    unconfirmed: row.unconfirmed,
    replicaMinutes: spread(row.minutes, Number),
    listNanos: spread(row.list, (text) => nanos(BigInt(text))),
    seconds: spread(row.seconds, Number),
  };
}

function spread<Figure>([p50, p99, max]: Figures, read: (text: string) => Figure): Spread<Figure> | null {
  if (p50 === null || p99 === null || max === null) return null;
  return { p50: read(p50), p99: read(p99), max: read(max) };
}

function bindingsOf({ workspace, fromMs, toMs }: EpisodesOf) {
  const instant = (ms: number | null) => (ms === null ? null : formatInstant(ms));
  return { workspace, begins_from: instant(fromMs), begins_to: instant(toMs) };
}

function pageBindings(of: EpisodesOf & { readonly before: EpisodePlace | null; readonly limit: number }) {
  const { before, limit } = of;
  return {
    ...bindingsOf(of),
    before_at: before && formatInstant(before.beginsAtMs),
    before_workspace: before?.workspace ?? '',
    before_number: before?.number ?? 0,
    limit,
  };
}

function episodeOf(row: Row): StoredEpisode {
  return {
    workspace: row.workspace_id,
    number: row.number,
    beginsAtMs: row.begins_at,
    because: row.because,
    noticedAtMs: row.noticed_at,
    commandedAtMs: row.commanded_at,
    confirmedAtMs: row.confirmed_at,
    endsAtMs: row.ends_at,
    restoredAtMs: row.restored_at,
    replicaMinutes: row.replica_minutes,
    listNanos: nanos(row.list_nanos),
    writtenOffCents: row.written_off_cents === null ? null : cents(row.written_off_cents),
  };
}
