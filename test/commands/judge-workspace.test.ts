// The judgement of a workspace, over a real Postgres and a platform over HTTP.
import { type Guarding, otherModel, startGuarding, workspace } from './guarding';

let g: Guarding;
afterEach(() => g?.stop());

describe('credits that run out without a payment method', () => {
  test('stop the models in the last minute that they cover whole, and a card brings back exactly those', async () => {
    g = await startGuarding();
    await g.addWorkspace('30');
    g.platform.platform.stop({ workspace, model: otherModel }, Date.now());
    g.to('10:20:00');
    await g.run('10:00:00', '10:20:00');
    await g.tick();
    expect(await g.signals()).toEqual(['start']);
    const first = await g.judge();
    expect(first).toMatchObject({
      state: 'low',
      remaining: '20',
      burnPerHour: '30',
      zeroAt: '2025-03-10T11:00:00Z',
    });
    // Of the hour's whole it looks again a little before the zero: forty minutes are no hours.
    expect(first.lookAt > '2025-03-10T10:59:10Z' && first.lookAt <= '2025-03-10T10:59:40Z').toBe(true);
    g.setNow(Date.parse(first.lookAt));
    await g.run('10:20:00', '10:59:00');
    const second = await g.judge();
    expect(second).toMatchObject({ state: 'low', zeroAt: '2025-03-10T11:00:00Z', lookAt: '2025-03-10T10:59:50Z' });
    expect(g.model()).toBe('active');
    g.to('10:59:50');
    const third = await g.judge();
    expect(third).toMatchObject({ state: 'suspended', zeroAt: '2025-03-10T11:00:00Z' });
    expect(third.words).toMatch(/stopped for credits: a payment method, or credits/);
    expect([g.model(), g.model(otherModel)]).toEqual(['billing', 'owner']);
    expect(await g.episodes()).toEqual([['11:00', null]]);
    await g.run('10:59:00', '10:59:55');
    g.to('11:03:00');
    await g.tick();
    expect(await g.judge()).toMatchObject({ state: 'suspended', remaining: '0' });
    g.to('11:05:20');
    await g.addCard();
    expect((await g.signals()).at(-1)).toMatch(/^signal/);
    expect(await g.judge()).toMatchObject({ state: 'ok' });
    expect([g.model(), g.model(otherModel)]).toEqual(['active', 'owner']);
    expect(await g.suspensions()).toEqual(['credits models until method']);
    expect(await g.episodes()).toEqual([['11:00', '11:06']]);
  });
});
