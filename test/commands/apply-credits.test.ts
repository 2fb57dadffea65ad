// The tick's bound: whom it has judged again, and that it asks nothing about each of the others.
import { changePrices } from '../../commands/change-prices';
import { correctUsage } from '../../commands/correct-usage';
import type { Trx } from '../../db/connection/knex';
import { lookAtGuards, moveZeros } from '../../db/guard/bounds';
import { formatInstant, hourOf, minuteMs } from '../../domain/period';
import { meterAll } from '../db/fixtures';
import { createWorkspace, giveGrant, putTerms, report, serving, usd } from '../harness/workspace';
import { type Guarding, instant, minutes, model, startGuarding, workspace } from './guarding';

let g: Guarding;
beforeEach(async () => {
  g = await startGuarding();
});
afterEach(() => g?.stop());

/** Burns on at half a dollar a minute and replica, from the last report up to a time. */
let reportedMs = 0;
async function burn(to: string, replicas = ['r1']): Promise<void> {
  g.to(to);
  const fromMs = reportedMs;
  reportedMs = Math.floor(g.now() / minuteMs) * minuteMs;
  const reports = replicas.map((replica) => serving({ workspace, model, replica, fromMs, toMs: reportedMs }));
  await report(g.db, g.connections.appender, {
    source: 'cluster',
    reports,
    completeThroughMs: reportedMs,
    nowMs: g.now(),
  });
}
beforeEach(() => {
  reportedMs = instant('2025-03-10T10:00:00Z');
});

const zeroAt = async () => formatInstant((await g.guard()).zero_at).slice(11, 16);

test('steady burn wakes nobody between two looks, and the estimated zero stays', async () => {
  await g.addWorkspace('1000');
  await burn('10:02:00');
  expect(await g.tick()).toBe(1);
  const { lookAt } = await g.judge();
  const zero = (await g.guard()).zero_at;
  for (let n = 3; n < 50; n += 4) {
    await burn(`10:${String(n).padStart(2, '0')}:20`);
    expect(await g.tick()).toBe(0);
  }
  expect([lookAt > '2025-03-11', (await g.guard()).zero_at]).toEqual([true, zero]);
});

test('what runs becomes more: woken once the zero comes before the next look, and told once', async () => {
  await g.addWorkspace('1000');
  await burn('10:02:00');
  await g.tick();
  await g.judge();
  await burn('10:03:00', ['r1', 'r2', 'r3', 'r4']);
  const before = await g.signals();
  expect(await g.tick()).toBe(1);
  await burn('10:04:00', ['r1', 'r2', 'r3', 'r4']);
  await g.tick();
  // It has not judged since: there is nothing to tell it that it would not see.
  expect(await g.signals()).toEqual([...before, 'signal 2']);
  const judged = await g.judge();
  expect(judged).toMatchObject({ sequence: 3, state: 'low' });
});

test('what runs becomes less: the zero that platforms are told moves, and nobody is woken', async () => {
  await g.addWorkspace('400');
  await burn('10:10:00', ['r1', 'r2']);
  await g.tick();
  await g.judge();
  expect(await zeroAt()).toBe('16:40');
  await burn('10:14:00');
  expect(await g.tick()).toBe(0);
  expect(await zeroAt()).toBe('23:10');
});

test('what runs becomes less: a zero at the end of a grant stays, as what is left ends with it', async () => {
  await g.addWorkspace(null);
  await g.grant({ key: 'trial', amount: '1000', until: '2025-03-10T16:00:00Z' });
  await burn('10:10:00', ['r1', 'r2']);
  await g.tick();
  await g.judge();
  expect(await zeroAt()).toBe('16:00');
  await burn('10:14:00');
  expect([await g.tick(), await zeroAt()]).toEqual([0, '16:00']);
  g.to('10:40:00');
  await g.mark(g.now());
  await g.run('10:14:00', '10:15:00');
  expect([await g.tick(), (await g.guard()).zero_at]).toEqual([0, null]);
});

test('what runs again on the day on which a grant ends is judged, and told until when; and it is stopped before that', async () => {
  await g.addWorkspace(null);
  await g.grant({ key: 'trial', amount: '1000', until: '2025-03-12T10:00:00Z' });
  await burn('10:10:00');
  await g.tick();
  g.to('11:00:00');
  await g.mark(g.now());
  // Nothing runs: there is no zero.
  expect(await g.judge()).toMatchObject({ state: 'ok', lookAt: expect.stringMatching('2025-03-12T09:59:[1-4]') });
  const day = 24 * 3_600_000;
  g.setNow(g.now() + day);
  await g.run('10:58:00', '11:00:00');
  expect(await g.tick()).toBe(1);
  expect(await g.judge()).toMatchObject({ zeroAt: '2025-03-12T10:00:00Z', state: 'low' });
  expect(await g.tick()).toBe(0);
});

test('what a judgement has said meanwhile is not moved by what was looked at before it', async () => {
  await g.addWorkspace('400');
  await burn('10:10:00', ['r1', 'r2']);
  await g.tick();
  await g.judge();
  await burn('10:14:00');
  await meterAll(g.db);
  const { moved } = await lookAtGuards(g.db as Trx, { workspaces: [workspace], nowMs: g.now() });
  g.to('10:14:01');
  await g.judge();
  const judged = await zeroAt();
  g.to('10:20:00');
  await g.db('guards').update({ zero_at: null });
  await g.db.transaction((trx) => moveZeros(trx, moved));
  expect([judged, moved.length, (await g.guard()).zero_at]).toEqual(['23:10', 1, null]);
});

test('a zero that has passed is judged, whatever runs by now: the platform may have stopped by it', async () => {
  await g.addWorkspace('30');
  await burn('10:10:00');
  await g.tick();
  await g.judge();
  expect(await zeroAt()).toBe('11:00');
  // Nobody was there, and it had stopped before half of what was left was used.
  await burn('10:20:00');
  g.to('11:05:00');
  await g.mark(g.now());
  expect(await g.tick()).toBe(1);
  expect(await zeroAt()).toBe('11:00');
  g.platform.platform.obey({ workspace, model, verb: 'deactivate', generation: 1 }, Date.now());
  await g.judge();
  expect([g.model(), await g.suspensions()]).toEqual(['active', []]);
});

test('less than a day left is told once', async () => {
  await g.addWorkspace('760');
  await burn('10:02:00');
  await g.tick();
  expect(await g.judge()).toMatchObject({ state: 'ok' });
  await burn('11:25:00');
  expect(await g.tick()).toBe(1);
  expect(await g.judge()).toMatchObject({ state: 'low' });
  await burn('11:26:00');
  expect(await g.tick()).toBe(0);
});

test('a threshold that may be crossed is judged, and once', async () => {
  await g.addWorkspace('100');
  await burn('10:02:00');
  await g.tick();
  await g.judge();
  expect((await g.guard()).until_notice_nanos).toBe(usd('49'));
  await burn('11:39:00');
  expect(await g.tick()).toBe(0);
  await burn('11:40:00');
  expect(await g.tick()).toBe(1);
  await g.judge();
  expect((await g.guard()).told_percent).toBe(50);
  await burn('11:41:00');
  expect(await g.tick()).toBe(0);
});

test('with a method on file nobody is woken before all credits are used', async () => {
  await g.addWorkspace('30');
  await g.addCard();
  await burn('10:02:00');
  expect(await g.tick()).toBe(1);
  expect(await g.judge()).toMatchObject({ state: 'ok' });
  await burn('10:59:00', ['r1']);
  expect(await g.tick()).toBe(0);
  await burn('11:00:00', ['r1']);
  expect(await g.tick()).toBe(1);
  expect(await g.judge()).toMatchObject({ state: 'ok', remaining: '0' });
  await burn('11:05:00', ['r1']);
  expect(await g.tick()).toBe(0);
});

test('who has no credits and somebody who pays needs no guard; without usage nobody does', async () => {
  await g.addWorkspace(null);
  await g.addCard();
  await burn('10:02:00');
  expect([await g.tick(), await g.guard()]).toEqual([0, undefined]);
  await createWorkspace(g.db, { id: 'invoiced', nowMs: g.now() });
  await putTerms(g.db, { workspace: 'invoiced', fromMs: g.now(), terms: { collection: 'invoice', netDays: 30 } });
  await g.run('10:02:00', '10:03:00', { workspace: 'invoiced' });
  await createWorkspace(g.db, { id: 'idle', nowMs: g.now() });
  await giveGrant(g.db, {
    workspace: 'idle',
    key: 'free',
    amountNanos: usd('30'),
    validFromMs: g.now(),
    nowMs: g.now(),
  });
  expect([await g.tick(), await g.db('guards').pluck('workspace_id')]).toEqual([0, []]);
  await g.removeCard();
  expect(await g.signals()).toEqual(['start']);
});

test('what time alone changes is looked at where its own timer is late', async () => {
  await g.addWorkspace('30');
  await g.grant({ key: 'later', amount: '10', from: '2025-03-10T12:00:00Z' });
  await burn('10:02:00');
  await g.tick();
  expect(await g.judge()).toMatchObject({ remaining: '29' });
  g.to('12:00:30');
  expect(await g.tick()).toBe(0);
  g.to('12:01:00');
  expect(await g.tick()).toBe(1);
  expect(await g.tick()).toBe(0);
  expect(await g.judge()).toMatchObject({ remaining: '39' });
});

test('totals of usage are the sum of the hours, whatever moves them', async () => {
  await g.addWorkspace('30');
  const agree = async () => {
    await g.tick();
    const { rows } = await g.db.raw(`
      select (select sum(list_nanos) from usage_totals) as totals, (select sum(list_nanos) from hour_totals) as hours`);
    expect(rows[0].totals).toBe(rows[0].hours);
    return BigInt(rows[0].totals);
  };
  await burn('10:50:00', ['r1', 'r2']);
  expect(await agree()).toBe(usd('50'));
  await g.run('10:20:00', '11:10:00');
  expect(await agree()).toBe(usd('60'));
  const dearer = { instanceType: 'T4x1', priceNanos: usd('1'), fromHour: hourOf(instant('2025-03-10T11:00:00Z')) };
  await g.db.transaction((trx) => changePrices(trx, [dearer], { actor: 'test', nowMs: g.now() }));
  expect(await agree()).toBe(usd('65'));
  g.to('11:30:00');
  const span = { model, from: '2025-03-10T10:00:00Z', to: '2025-03-10T10:30:00Z' };
  const entry = { key: 'c', reason: 'never ran', as: 'refund', ranges: [span] } as const;
  await correctUsage(g.connections, { workspace, entry, actor: 'test', isPreview: false });
  expect(await agree()).toBe(usd('35'));
});

test('a tick asks as much for thirty workspaces of a shard as for three', async () => {
  const shardOf = async (id: string) => (await g.db('workspaces').where({ id }).first()).shard as number;
  const ids: string[] = [];
  for (let n = 0; ids.length < 30; n++) {
    await createWorkspace(g.db, { id: `w${n}`, nowMs: g.now() });
    if ((await shardOf(`w${n}`)) !== 3) continue;
    ids.push(`w${n}`);
    await giveGrant(g.db, {
      workspace: `w${n}`,
      key: 'f',
      amountNanos: usd('3000'),
      validFromMs: g.now(),
      nowMs: g.now(),
    });
  }
  const asked = async (some: readonly string[], to: string): Promise<number> => {
    const reports = some.map((id) =>
      serving({ workspace: id, fromMs: instant('2025-03-10T10:00:00Z'), toMs: instant(to) }),
    );
    g.setNow(instant(to));
    await report(g.db, g.connections.appender, {
      source: 'cluster',
      reports,
      completeThroughMs: g.now(),
      nowMs: g.now(),
    });
    let statements = 0;
    const count = () => void statements++;
    g.db.on('query', count);
    await g.tick();
    g.db.removeListener('query', count);
    return statements;
  };
  await asked(ids, '2025-03-10T10:02:00Z');
  for (const id of ids) await g.judge(id);
  g.setNow(g.now() + minutes(1));
  expect(await asked(ids, '2025-03-10T10:06:00Z')).toBe(await asked(ids.slice(0, 3), '2025-03-10T10:08:00Z'));
}, 60_000);
