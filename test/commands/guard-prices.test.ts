// A price that changes: the guard's foresight, the tick's bound and the platforms' copy of the zero go by it.
import { changePrices } from '../../commands/change-prices';
import { formatInstant, hourOf, minuteMs } from '../../domain/period';
import { report, serving, usd } from '../harness/workspace';
import { type Guarding, instant, model, startGuarding, workspace } from './guarding';

let g: Guarding;
let reportedMs = 0;
beforeEach(async () => {
  g = await startGuarding();
  reportedMs = instant('2025-03-10T10:00:00Z');
});
afterEach(() => g?.stop());

/** Burns on at a price a minute and replica, from the last report up to a time. */
async function burn(to: string, replicas = ['r1']): Promise<void> {
  g.to(to);
  const fromMs = reportedMs;
  reportedMs = Math.floor(g.now() / minuteMs) * minuteMs;
  const reports = replicas.map((replica) => serving({ workspace, model, replica, fromMs, toMs: reportedMs }));
  const batch = { source: 'cluster', reports, completeThroughMs: reportedMs, nowMs: g.now() };
  await report(g.db, g.connections.appender, batch);
}

const zeroAt = async () => formatInstant((await g.guard()).zero_at).slice(11, 16);

const putPrice = (amount: string | null, afterHours: number, contract = {}) => {
  const priceNanos = amount === null ? null : usd(amount);
  const entry = { instanceType: 'T4x1', fromHour: hourOf(g.now()) + afterHours, priceNanos, ...contract };
  return g.db.transaction((trx) => changePrices(trx, [entry], { actor: 'test', nowMs: g.now() }));
};

describe('a price from the next hour on', () => {
  test('moves the zero that platforms are told, at the next tick, as a judgement does', async () => {
    await g.addWorkspace('400');
    await burn('10:10:00', ['r1', 'r2']);
    await g.tick();
    await g.judge();
    expect(await zeroAt()).toBe('16:40');
    await putPrice('1', 1);
    await burn('10:11:00', ['r1', 'r2']);
    expect([await g.tick(), await zeroAt()]).toEqual([0, '13:50']);
    await g.judge();
    await burn('10:14:00', ['r1', 'r2']);
    expect([await g.tick(), await zeroAt()]).toEqual([0, '13:50']);
  });

  test('is everybody’s where a contract ends with this hour', async () => {
    await g.addWorkspace('400');
    await putPrice('1', 0, { workspace });
    await burn('10:10:00');
    await g.tick();
    await g.judge();
    expect(await zeroAt()).toBe('16:40');
    await putPrice(null, 1, { workspace });
    await burn('10:11:00');
    expect([await g.tick(), await zeroAt()]).toEqual([0, '22:20']);
  });

  test('wakes those whose zero comes before they look', async () => {
    await g.addWorkspace('200');
    await burn('10:58:00');
    await g.tick();
    const { lookAt } = await g.judge();
    expect(lookAt > '2025-03-10T12:00:00Z').toBe(true);
    await putPrice('60', 1);
    await burn('10:59:30');
    expect(await g.tick()).toBe(1);
    expect(await g.judge()).toMatchObject({ zeroAt: '2025-03-10T11:02:00Z' });
  });

  test('stops in the last minute that is covered, though the next would have been by the old price', async () => {
    await g.addWorkspace('30.7');
    await putPrice('1', 1);
    await burn('10:59:00');
    await g.tick();
    g.to('10:59:50');
    expect(await g.judge()).toMatchObject({ state: 'suspended', zeroAt: '2025-03-10T11:00:00Z' });
  });
});

test('a price that falls after the stop wakes the guard: what is left covers more', async () => {
  await g.almostGone();
  await g.judge();
  g.to('11:00:05');
  await g.run('10:59:00', '11:00:00');
  await g.mark(g.now());
  await g.tick();
  await g.judge();
  expect(await g.suspensions()).toEqual(['credits models']);
  await putPrice('0.25', -1);
  g.to('11:05:00');
  expect(await g.tick()).toBe(1);
  expect(await g.judge()).toMatchObject({ state: 'ok', remaining: '15' });
  expect([g.model(), await g.suspensions()]).toEqual(['active', ['credits models until credits']]);
});
