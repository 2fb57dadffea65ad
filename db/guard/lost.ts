// What guards may have lost: workspaces without one, and guards of which nothing is heard though there is something to say or it
// was time to look.
import { formatInstant, hourMs, minuteMs } from '../../domain/period';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

/** A guard that was told something judges within seconds, one whose time has come within minutes. */
export const unheardMs = 10 * minuteMs;
const lateMs = hourMs;

type Page = { readonly nowMs: number; readonly after: string; readonly limit: number };

const selectPage = statement<{ workspace_id: string }>(`
  select workspace_id from usage_totals
  where workspace_id > :after and not exists (select from guards where guards.workspace_id = usage_totals.workspace_id)
    and exists (select from workspaces where id = usage_totals.workspace_id)
  order by workspace_id limit :limit`);

/** Workspaces that use something and have no guard, in the order of their ids; whether they need one is looked at then. */
export async function listWithoutGuard(db: Db, { after, limit }: Omit<Page, 'nowMs'>): Promise<readonly string[]> {
  return (await selectPage(db, { after, limit })).map((row) => row.workspace_id);
}

const isLost = `(wake_sequence > judged_sequence and woken_at < :unheard_before::timestamptz
  or next_look_at < :late_before::timestamptz)`;

const selectLost = statement<{ workspace_id: string }>(`
  select workspace_id from guards
  where ${isLost} and workspace_id > :after order by workspace_id limit :limit`);

/** Guards that have not judged in time, in the order of their workspaces' ids. */
export async function listLostGuards(db: Db, { nowMs, after, limit }: Page): Promise<readonly string[]> {
  return (await selectLost(db, { ...before(nowMs), after, limit })).map((row) => row.workspace_id);
}

/** What `:unheard_before` and `:late_before` are bound to. */
export function before(nowMs: number) {
  return { unheard_before: formatInstant(nowMs - unheardMs), late_before: formatInstant(nowMs - lateMs) };
}
