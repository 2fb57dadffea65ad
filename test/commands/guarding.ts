// Workspaces to be guarded: real Postgres, the simulated platform over HTTP behind a server that can be told to fail, and a clock
// that stands still unless the test moves it.

import { applyCredits } from '../../commands/compute-standings';
import type { Connections, Settings } from '../../commands/connections';
import { judgeWorkspace } from '../../commands/judge-workspace';
import { UsageAppender } from '../../db/intake/reports';
import { lockWorkspaceRow } from '../../db/locks';
import { meterWorkspace } from '../../db/metering/hours';
import { shardCount } from '../../db/metering/shards';
import { addMethod, endMethod, readActiveMethod } from '../../db/payments/methods';
import type { Judged } from '../../domain/outcomes';
import { formatInstant, minuteMs, parseInstant } from '../../domain/period';
import type { UsageReport } from '../../domain/usage';
import { httpModels } from '../../gateways/models/http-models';
import { meterAll } from '../db/fixtures';
import { key, startFaultyPlatform } from '../gateways/models/platform';
import { createTestDatabase } from '../harness/database';
import { testSettings } from '../harness/settings';
import { createWorkspace, giveGrant, putPrices, report, serving, usd } from '../harness/workspace';

export const instant = (text: string): number => {
  const ms = parseInstant(text);
  if (ms === undefined) throw new Error(`not an instant: ${text}`);
  return ms;
};

/** A workspace that the simulated platform knows, and its models. */
export const workspace = 'enterprise-volume';
export const model = 'assistant-70b';
export const otherModel = 'moderation';

export type Guarding = Awaited<ReturnType<typeof startGuarding>>;

/** Half a dollar a minute, from ten o'clock on. */
export async function startGuarding({
  begin = '2025-03-10T10:00:00Z',
  isCommanding = true,
  ...settings
}: Partial<Settings> & { readonly begin?: string; readonly isCommanding?: boolean } = {}) {
  const database = await createTestDatabase();
  const { db } = database;
  const platform = await startFaultyPlatform(Date.UTC(2025, 0, 1));
  const models = httpModels({ url: platform.url, key, timeoutMs: 2000 });
  let nowMs = instant(begin);
  const connections: Connections = {
    db,
    appender: new UsageAppender(),
    clock: () => nowMs,
    settings: testSettings(settings),
    ...(isCommanding ? { models } : {}),
  };
  await putPrices(db, {
    instanceType: 'T4x1',
    points: [{ fromMs: instant('2020-01-01T00:00:00Z'), usdPerMinute: '0.5' }],
  });
  const stateOf = (name: string) =>
    platform.platform.models(nowMs).find((each) => each.workspace === workspace && each.model === name);
  const guarding = {
    db,
    url: database.url,
    platform,
    connections,
    now: () => nowMs,
    /** Moves the clock: to a time of the day, or by some milliseconds. */
    to: (time: string) => {
      nowMs = instant(`${formatInstant(nowMs).slice(0, 11)}${time}Z`);
    },
    setNow: (ms: number) => {
      nowMs = ms;
    },
    addWorkspace: async (credits: string | null, id = workspace) => {
      await createWorkspace(db, { id, nowMs });
      if (credits !== null) await guarding.grant({ key: 'free', amount: credits, id });
    },
    grant: async (of: { key: string; amount: string; id?: string; from?: string; until?: string }) => {
      const { key: grantKey, amount, id = workspace, from, until } = of;
      await giveGrant(db, {
        workspace: id,
        nowMs,
        key: grantKey,
        amountNanos: usd(amount),
        validFromMs: from === undefined ? nowMs : instant(from),
        validUntilMs: until === undefined ? null : instant(until),
      });
    },
    /** Usage between two times of the day, and the mark at its end. */
    run: async (from: string, to: string, facts: Partial<UsageReport> = {}) => {
      const day = formatInstant(nowMs).slice(0, 11);
      const [fromMs, toMs] = [instant(`${day}${from}Z`), instant(`${day}${to}Z`)];
      const reports = [serving({ workspace, model, fromMs, toMs, ...facts })];
      await report(db, connections.appender, { source: 'cluster', reports, completeThroughMs: toMs, nowMs });
    },
    mark: (ms: number) => report(db, connections.appender, { source: 'cluster', completeThroughMs: ms, nowMs }),
    addCard: async (id = workspace) => {
      const method = {
        method: `pm_${nowMs}`,
        type: 'card',
        brand: 'visa',
        last4: '4242',
        expMonth: 12,
        expYear: 2034,
        bankName: null,
        funding: 'credit',
        fingerprint: 'f',
      } as const;
      await db.transaction(async (trx) => {
        await lockWorkspaceRow(trx, id);
        await addMethod(trx, { workspace: id, method, state: 'active', addedAtMs: nowMs, nowMs });
      });
    },
    removeCard: (id = workspace) =>
      db.transaction(async (trx) => {
        await lockWorkspaceRow(trx, id);
        const active = await readActiveMethod(trx, id);
        if (active !== undefined)
          await endMethod(trx, { workspace: id, method: active.method, state: 'removed', nowMs });
      }),
    judge: (id = workspace, over: Partial<Connections> = {}): Promise<Judged> =>
      judgeWorkspace({ ...connections, ...over }, { workspace: id }),
    /** Thirty dollars that are gone at eleven, reported until a minute before; it is ten seconds before. */
    almostGone: async (facts: Partial<UsageReport> = {}): Promise<void> => {
      await guarding.addWorkspace('30');
      guarding.to('10:59:05');
      await guarding.run('10:00:00', '10:59:00', facts);
      await guarding.tick();
      guarding.to('10:59:50');
    },
    /** A round of metering. Answers how many guards were woken. */
    tick: async (): Promise<number> => {
      await meterAll(db);
      let woken = 0;
      for (let shard = 0; shard < shardCount; shard++) woken += await applyCredits(connections, shard);
      return woken;
    },
    meter: (id: string) => meterWorkspace(db, id),
    /** How a model is at the platform: `active`, or who stopped it. */
    model: (name = model): string | undefined => {
      const state = stateOf(name);
      return state?.state === 'stopped' ? state.stoppedBy : state?.state;
    },
    guard: (id = workspace) => db('guards').where({ workspace_id: id }).first(),
    suspensions: async (id = workspace): Promise<readonly string[]> =>
      (await db('suspensions').where({ workspace_id: id }).orderBy('number')).map(
        (row) => `${row.reason} ${row.scope}${row.ended_because === null ? '' : ` until ${row.ended_because}`}`,
      ),
    episodes: async (id = workspace): Promise<readonly (readonly (string | null)[])[]> =>
      (await db('guard_episodes').where({ workspace_id: id }).orderBy('number')).map((row) =>
        [row.begins_at, row.ends_at].map((ms) => (ms === null ? null : formatInstant(ms).slice(11, 16))),
      ),
    wishes: async (id = workspace): Promise<readonly string[]> =>
      (await db('model_wishes').where({ workspace_id: id }).orderBy('model')).map(
        (row) => `${row.model} ${row.wish} ${row.outcome ?? 'unconfirmed'}`,
      ),
    signals: async (id = workspace): Promise<readonly string[]> =>
      (
        await db('outbox')
          .where({ workflow_id: `guard:${id}` })
          .orderBy('outbox_id')
      ).map((row) => `${row.kind}${row.kind === 'signal' ? ` ${row.arguments.sequence}` : ''}`),
    stop: async () => {
      platform.close();
      await database.drop();
    },
  };
  return guarding;
}

export const minutes = (count: number): number => count * minuteMs;
