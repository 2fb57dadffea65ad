// Endpoints: who wants to hear of what, and how each fares. Whoever changes one holds its row (db/locks.ts).

import { formatInstant } from '../../domain/period';
import { type Health, healthy } from '../../domain/webhooks/retrying';
import type { Db, Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';

export type DisabledBecause = 'operator' | 'gone' | 'failing';

export type Endpoint = {
  readonly id: string;
  readonly position: bigint;
  readonly url: string;
  readonly description: string | null;
  /** Null: all. */
  readonly events: readonly string[] | null;
  readonly madeBy: string;
  readonly madeAtMs: number;
  readonly disabled: { readonly because: DisabledBecause; readonly atMs: number } | null;
  /** How often it was disabled other than by an operator, and how often that was told. */
  readonly disablings: number;
  readonly toldDisablings: number;
  readonly health: Health;
};

type Row = {
  id: string;
  position: bigint;
  url: string;
  description: string | null;
  events: string[] | null;
  made_by: string;
  made_at: number;
  disabled_at: number | null;
  disabled_because: DisabledBecause | null;
  disablings: number;
  told_disablings: number;
  failures: number;
  failing_since: number | null;
  paused_until: number | null;
};

const columns = `id, position, url, description, events, made_by, made_at, disabled_at, disabled_because, disablings,
  told_disablings, failures, failing_since, paused_until`;

const insertEndpoint = statement<Row>(`
  insert into webhook_endpoints (url, description, events, made_by, made_at)
  values (:url, :description, :events::text[], :made_by, :at::timestamptz)
  on conflict (url) where removed_at is null do nothing
  returning ${columns}`);

export type NewEndpoint = Pick<Endpoint, 'url' | 'description' | 'events' | 'madeBy' | 'madeAtMs'>;

/** Undefined where there is one of this address already. */
export async function storeEndpoint(trx: Trx, endpoint: NewEndpoint): Promise<Endpoint | undefined> {
  const { url, description, events, madeBy, madeAtMs } = endpoint;
  const at = formatInstant(madeAtMs);
  const [row] = await insertEndpoint(trx, { url, description, events: listed(events), made_by: madeBy, at });
  return row && endpointOf(row);
}

const countEndpoints = statement<{ count: number }>(`
  select count(*)::int as count from webhook_endpoints where removed_at is null`);

export async function endpointCount(db: Db): Promise<number> {
  return (await countEndpoints(db))[0]?.count ?? 0;
}

const selectByUrl = statement<Row>(`select ${columns} from webhook_endpoints where url = :url and removed_at is null`);

export async function findEndpointByUrl(db: Db, url: string): Promise<Endpoint | undefined> {
  const [row] = await selectByUrl(db, { url });
  return row && endpointOf(row);
}

const selectById = statement<Row>(`select ${columns} from webhook_endpoints where id = :id and removed_at is null`);

/** Undefined where there is none, or it was removed. */
export async function findEndpoint(db: Db, id: string): Promise<Endpoint | undefined> {
  const [row] = await selectById(db, { id });
  return row && endpointOf(row);
}

const selectPage = statement<Row>(`
  select ${columns} from webhook_endpoints
  where removed_at is null and (:before::int8 is null or position < :before::int8)
  order by position desc limit :limit`);

/** The newest first. */
export async function listEndpoints(
  db: Db,
  { before, limit }: { before: string | null; limit: number },
): Promise<readonly Endpoint[]> {
  return (await selectPage(db, { before, limit })).map(endpointOf);
}

const update = statement<Row>(`
  update webhook_endpoints set url = :url, description = :description, events = :events::text[],
    disabled_at = :disabled_at::timestamptz, disabled_because = :disabled_because, disablings = :disablings,
    failures = :failures, failing_since = :failing_since::timestamptz, paused_until = :paused_until::timestamptz
  where id = :id and removed_at is null
  returning ${columns}`);

/** Stores an endpoint as it is to be. */
export async function storeChangedEndpoint(trx: Trx, endpoint: Endpoint): Promise<Endpoint> {
  const { id, url, description, events, disabled, disablings, health } = endpoint;
  const [row] = await update(trx, {
    ...{ id, url, description, disablings },
    events: listed(events),
    disabled_at: instant(disabled?.atMs ?? null),
    disabled_because: disabled?.because ?? null,
    failures: health.failures,
    failing_since: instant(health.failingSinceMs),
    paused_until: instant(health.pausedUntilMs),
  });
  if (row === undefined) throw new Error(`webhooks: endpoint ${id} is not there any more`);
  return endpointOf(row);
}

/** An endpoint that has begun anew: whatever it failed at is forgotten. */
export function enabled(endpoint: Endpoint): Endpoint {
  return { ...endpoint, disabled: null, health: healthy };
}

const markRemoved = statement(`update webhook_endpoints set removed_at = :at::timestamptz where id = :id`);
const removeSecrets = statement(`delete from webhook_secrets where endpoint_id = :id`);

/** Its row stays as long as there is anything of it to be read; what it was signed with does not. */
export async function removeEndpoint(trx: Trx, { id, nowMs }: { id: string; nowMs: number }): Promise<void> {
  await markRemoved(trx, { id, at: formatInstant(nowMs) });
  await removeSecrets(trx, { id });
}

const noteTold = statement(`
  update webhook_endpoints set told_disablings = greatest(told_disablings, :disablings) where id = :id`);

export async function noteDisablingTold(db: Db, of: { id: string; disablings: number }): Promise<void> {
  await noteTold(db, of);
}

const raiseTests = statement<{ tests: number }>(`
  update webhook_endpoints set tests = tests + 1 where id = :id returning tests`);

/** The number of the next test, from 1 on. */
export async function nextTest(trx: Trx, id: string): Promise<number> {
  const [row] = await raiseTests(trx, { id });
  if (row === undefined) throw new Error(`webhooks: endpoint ${id} is not there any more`);
  return row.tests;
}

function listed(events: readonly string[] | null): string | null {
  return events === null ? null : textArray(events);
}

function instant(ms: number | null): string | null {
  return ms === null ? null : formatInstant(ms);
}

function endpointOf(row: Row): Endpoint {
  const { id, position, url, description, events, disablings, disabled_at: atMs, disabled_because: because } = row;
  return {
    ...{ id, position, url, description, events, disablings },
    madeBy: row.made_by,
    madeAtMs: row.made_at,
    disabled: atMs === null || because === null ? null : { because, atMs },
    toldDisablings: row.told_disablings,
    health: { failures: row.failures, failingSinceMs: row.failing_since, pausedUntilMs: row.paused_until },
  };
}
