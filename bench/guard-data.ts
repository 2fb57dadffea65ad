// What the guard's benchmark runs on: workspaces with credits and nothing else that pays, and a fleet that reports what it runs.
import { setTimeout as sleep } from 'node:timers/promises';
import { recordUsage } from '../commands/record-usage';
import type { Db } from '../db/connection/knex';
import { UsageAppender } from '../db/intake/reports';
import { formatInstant, monthEndMs, monthOf, monthStartMs, nextMonth } from '../domain/period';
import type { UsageReport } from '../domain/usage';
import type { BarePlatform } from './guard-platform';

export const priceNanos = 20_120_000n;
const dearPriceNanos = 1_000_000_000n;
const source = 'bench';
const beatMs = 15_000;

/** Workspaces named alike, each with so much credit. */
export type Guarded = { readonly name: string; readonly count: number; readonly creditNanos: bigint };

export function workspacesOf({ name, count }: Guarded): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${String(index).padStart(6, '0')}`);
}

export async function addPrices(db: Db): Promise<void> {
  const from = formatInstant(monthStartMs(monthOf(Date.now())));
  await db.raw(`insert into instance_types (id) values ('small'), ('dear')`);
  await db.raw(
    `insert into prices (instance_type, price_nanos, valid)
     values ('small', ?, tstzrange(?, null)), ('dear', ?, tstzrange(?, null))`,
    [String(priceNanos), from, String(dearPriceNanos), from],
  );
}

/** With credits and the months that are open now. */
export async function addGuarded(db: Db, guarded: Guarded): Promise<void> {
  const month = monthOf(Date.now());
  const bindings = {
    ids: [...workspacesOf(guarded)],
    amount: String(guarded.creditNanos),
    month,
    next: nextMonth(month),
    from: formatInstant(monthStartMs(month)),
    until: formatInstant(monthEndMs(month)),
    after: formatInstant(monthEndMs(nextMonth(month))),
  };
  await db.raw(
    `insert into workspaces (id, name, billing_email, starts_at, created_at)
     select id, 'Bench', 'billing@example.com', :from, :from from unnest(:ids::text[]) as id`,
    bindings,
  );
  await db.raw(
    `with given as (
       insert into credit_grants (workspace_id, key, kind, amount_nanos, remaining_nanos, valid_from, priority, created_at)
       select id, 'free', 'free', :amount, :amount, :from, 100, :from from unnest(:ids::text[]) as id returning *
     )
     insert into ledger_entries (workspace_id, posting, account, amount_nanos, grant_key, posted_at)
     select workspace_id, 'grant:' || key, account, sign * amount_nanos, key, created_at
     from given, (values ('credits', -1), ('credits_granted', 1)) as entry (account, sign)`,
    bindings,
  );
  await db.raw(
    `insert into billing_periods (workspace_id, month, starts_at, ends_at, opened_at)
     select id, listed.month, listed.starts_at, listed.ends_at, :from from unnest(:ids::text[]) as id,
       (values (:month, :from::timestamptz, :until::timestamptz), (:next, :until::timestamptz, :after::timestamptz))
         as listed (month, starts_at, ends_at)`,
    bindings,
  );
}

export type Fleet = {
  /** Runs one small replica of each from an instant on. */
  readonly begin: (workspaces: readonly string[], sinceMs: number) => void;
  /** Reports many dear replicas of the last minute at once; answers when that was taken. */
  readonly surprise: (workspace: string) => Promise<number>;
  /** Nobody takes reports: they are kept from now on, until it goes on. */
  hold(): Promise<void>;
  goOn(): void;
  stop(): Promise<void>;
};

/** Reports every 15 s what has run since the last beat, and the mark. */
export function startFleet(db: Db, platform: BarePlatform): Fleet {
  const appender = new UsageAppender();
  const running = new Map<string, number>();
  const stopping = new AbortController();
  let reportedMs = Math.floor(Date.now() / beatMs) * beatMs;

  const beat = async () => {
    const toMs = Math.floor(Date.now() / beatMs) * beatMs;
    const reports = [...running].flatMap(([workspace, sinceMs]): UsageReport[] => {
      const report = served(workspace, { fromMs: Math.max(reportedMs, sinceMs), toMs });
      const untilMs = Math.min(toMs, platform.stoppedMs(workspace) ?? toMs);
      return report.fromMs < untilMs ? [{ ...report, toMs: untilMs }] : [];
    });
    for (let first = 0; first === 0 || first < reports.length; first += 5000) {
      const isLast = first + 5000 >= reports.length;
      const batch = { source, reports: reports.slice(first, first + 5000), ...(isLast && { completeThroughMs: toMs }) };
      await recordUsage(db, appender, { batch, nowMs: Date.now() });
    }
    reportedMs = toMs;
  };
  let isHeld = false;
  let inTurn = Promise.resolve();
  const beating = (async () => {
    while (!stopping.signal.aborted) {
      if (!isHeld) {
        inTurn = beat();
        await inTurn;
      }
      const nextMs = isHeld ? Date.now() + 1000 : reportedMs + beatMs;
      await sleep(nextMs - Date.now(), undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();

  return {
    begin: (workspaces, sinceMs) => {
      for (const workspace of workspaces) running.set(workspace, sinceMs);
    },
    surprise: async (workspace) => {
      const toMs = Date.now();
      const span = { fromMs: toMs - 60_000, toMs };
      const reports = Array.from({ length: 40 }, (_, replica) => ({
        ...served(workspace, span),
        replica: `dear-${replica}`,
        instanceType: 'dear',
      }));
      await recordUsage(db, appender, { batch: { source: 'bench-surprise', reports }, nowMs: toMs });
      return Date.now();
    },
    hold: () => {
      isHeld = true;
      return inTurn;
    },
    goOn: () => {
      isHeld = false;
    },
    stop: async () => {
      stopping.abort();
      await beating;
    },
  };
}

function served(workspace: string, span: Pick<UsageReport, 'fromMs' | 'toMs'>): UsageReport {
  return { workspace, model: 'm', version: 'v1', replica: 'r1', instanceType: 'small', phase: 'serving', ...span };
}
