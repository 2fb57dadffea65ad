// The audit log: who did what to which workspace, before and after.
import { formatInstant } from '../../domain/period';
import type { Trx } from '../connection/knex';
import { statement } from '../connection/statement';

/** Who changes something, and when. */
export type Author = { readonly actor: string; readonly nowMs: number };

const insertEntry = statement(`
  insert into audit_log (at, actor, action, workspace_id, before, after)
  values (:at::timestamptz, :actor, :action, :workspace, :before::jsonb, :after::jsonb)`);

/** Notes a change in the transaction that makes it. `before` and `after` are JSON, their amounts as text. */
export async function audit(
  trx: Trx,
  author: Author,
  change: { action: string; workspace: string | null; before: unknown; after: unknown },
): Promise<void> {
  const { action, workspace, before, after } = change;
  await insertEntry(trx, {
    at: formatInstant(author.nowMs),
    actor: author.actor,
    action,
    workspace,
    before: before === null ? null : JSON.stringify(before),
    after: JSON.stringify(after),
  });
}
