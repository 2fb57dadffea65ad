// What guards have lost, and what is shown of how they fare.
import { mendGuards } from '../../commands/mend-guards';
import { readGuardFigures } from '../../db/guard/health';
import { hourMs } from '../../domain/period';
import { meterAll } from '../db/fixtures';
import { type Guarding, minutes, startGuarding, workspace } from './guarding';

let g: Guarding;
beforeEach(async () => {
  g = await startGuarding();
});
afterEach(() => g?.stop());

const mend = () => mendGuards(g.connections);
const later = (ms: number) => g.setNow(g.now() + ms);
const figures = () => readGuardFigures(g.db, { nowMs: g.now() });

test('who uses something and has no guard gets one; who needs none does not', async () => {
  await g.addWorkspace('30');
  g.to('10:30:00');
  await g.run('10:00:00', '10:30:00');
  await meterAll(g.db);
  expect(await mend()).toEqual({ guardsStarted: 1, guardsWoken: 0 });
  expect(await g.signals()).toEqual(['start']);
  expect(await mend()).toEqual({ guardsStarted: 0, guardsWoken: 0 });
});

test('a guard of which nothing is heard for ten minutes is started again and called', async () => {
  await g.almostGone();
  later(minutes(9));
  expect(await mend()).toEqual({ guardsStarted: 0, guardsWoken: 0 });
  later(minutes(2));
  expect(await figures()).toMatchObject({ unheard: 1, late: 0 });
  expect(await mend()).toEqual({ guardsStarted: 0, guardsWoken: 1 });
  expect(await g.signals()).toEqual(['start', 'start', 'signal 2']);
  await g.judge();
  expect(await figures()).toMatchObject({ unheard: 0, suspended: 0 });
});

test('so is one that every tick has woken since', async () => {
  await g.addWorkspace('1000');
  await g.run('10:00:00', '10:01:00');
  g.to('10:01:05');
  await g.tick();
  await g.judge();
  for (let minute = 2; minute < 16; minute++) {
    const time = `10:${String(minute).padStart(2, '0')}`;
    g.to(`${time}:05`);
    // What runs has become so much more that there is something to judge, and nobody does.
    for (const replica of ['a', 'b', 'c']) {
      await g.run(`10:${String(minute - 1).padStart(2, '0')}:00`, `${time}:00`, { replica });
    }
    expect(await g.tick()).toBe(1);
  }
  expect(await figures()).toMatchObject({ unheard: 1 });
  expect(await mend()).toMatchObject({ guardsWoken: 1 });
  await g.judge();
  expect(await figures()).toMatchObject({ unheard: 0 });
});

test('so is one whose time to look is long past', async () => {
  await g.almostGone();
  g.to('10:30:00');
  await g.judge();
  g.to('12:30:00');
  expect(await figures()).toMatchObject({ unheard: 0, late: 1, low: 1 });
  expect(await mend()).toMatchObject({ guardsWoken: 1 });
});

test('a platform that does not do for an hour what it was told is shown, until it does', async () => {
  await g.almostGone();
  const away = async () => ({ kind: 'failed', why: 'away' }) as const;
  const models = { listModels: away, deactivateModel: away, reactivateModel: away };
  await g.judge(workspace, { models });
  expect(await figures()).toMatchObject({ suspended: 1, disobeyed: 0, unlisted: 0, unconfirmedSinceMs: g.now() });
  later(hourMs + 1);
  expect(await figures()).toMatchObject({ disobeyed: 1, unlisted: 1 });
  await g.judge();
  expect(await figures()).toMatchObject({ disobeyed: 0, unlisted: 0, unconfirmedSinceMs: null });
});
