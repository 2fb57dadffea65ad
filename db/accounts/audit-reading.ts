// Reading the audit log: the newest first, narrowed by whom, what and whose.
import { formatInstant } from '../../domain/period';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

export type AuditEntry = {
  readonly id: bigint;
  readonly atMs: number;
  readonly actor: string;
  readonly action: string;
  readonly workspace: string | null;
  readonly before: unknown;
  readonly after: unknown;
};

/** An entry that the page comes after: those of one instant are told apart by their id. */
export type AuditPlace = { readonly atMs: number; readonly id: string };

export type AuditAsked = {
  readonly workspace?: string | undefined;
  readonly action?: string | undefined;
  readonly actor?: string | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly before?: AuditPlace | undefined;
  readonly limit: number;
};

type Row = {
  id: bigint;
  at: number;
  actor: string;
  action: string;
  workspace: string | null;
  before: unknown;
  after: unknown;
};

const narrowing = { workspace: 'workspace_id = :workspace', action: 'action = :action', actor: 'actor = :actor' };
type Narrowing = keyof typeof narrowing;

// A statement for each way to narrow, so that each has a plan of its own: what may be left out within one statement makes
// Postgres walk the whole log for a rare action.
const statements = new Map<string, ReturnType<typeof statement<Row>>>();

function statementFor(named: readonly Narrowing[]): ReturnType<typeof statement<Row>> {
  const name = named.join();
  const known = statements.get(name);
  if (known !== undefined) return known;
  const made = statement<Row>(`
    select id, at, actor, action, workspace_id as workspace, before, after
    from audit_log
    where at >= :from::timestamptz and (at, id) < (:until::timestamptz, :until_id::int8)
      ${named.map((each) => `and ${narrowing[each]}`).join(' ')}
    order by at desc, id desc limit :limit`);
  statements.set(name, made);
  return made;
}

/** Entries from `fromMs` on to before `toMs`, the newest first. */
export async function listAudit(db: Db, asked: AuditAsked): Promise<readonly AuditEntry[]> {
  const { fromMs, toMs, before, limit } = asked;
  const named = (Object.keys(narrowing) as Narrowing[]).filter((each) => asked[each] !== undefined);
  const rows = await statementFor(named)(db, {
    ...Object.fromEntries(named.map((each) => [each, asked[each] ?? null])),
    from: fromMs === undefined ? '-infinity' : formatInstant(fromMs),
    ...untilOf(before, toMs),
    limit,
  });
  return rows.map(({ at, ...row }) => ({ ...row, atMs: at }));
}

function untilOf(before: AuditPlace | undefined, toMs: number | undefined): { until: string; until_id: string } {
  if (before !== undefined) return { until: formatInstant(before.atMs), until_id: before.id };
  return { until: toMs === undefined ? 'infinity' : formatInstant(toMs), until_id: '0' };
}
