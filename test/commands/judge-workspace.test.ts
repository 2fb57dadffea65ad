// The judgement of a workspace, over a real Postgres and a platform over HTTP.
import { summarizeEpisodes } from '../../db/guard/episodes';
import { noteCollecting } from '../../db/payments/collectings';
import { dayMs, hourMs } from '../../domain/period';
import { putTerms } from '../harness/workspace';
import { type Guarding, instant, model, otherModel, startGuarding, workspace } from './guarding';

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

describe('a workspace', () => {
  test('that adds a card and removes it is stopped again, and owes what it used between', async () => {
    g = await startGuarding();
    await g.almostGone();
    await g.judge();
    g.to('11:05:20');
    await g.addCard();
    await g.judge();
    g.to('11:10:30');
    await g.run('11:05:30', '11:10:00');
    await g.tick();
    await g.judge();
    await g.removeCard();
    expect(await g.judge()).toMatchObject({ state: 'suspended' });
    expect(g.model()).toBe('billing');
    expect(await g.episodes()).toEqual([
      ['11:00', '11:06'],
      ['11:11', null],
    ]);
    const [, second] = await g.db('guard_episodes').orderBy('number');
    expect(second.because).toBe('method');
  });

  test('is stopped for a surprise at once, and the episode begins when the credits were gone', async () => {
    g = await startGuarding();
    await g.addWorkspace('30');
    g.to('10:05:00');
    await g.run('10:00:00', '10:05:00');
    await g.tick();
    await g.judge();
    g.to('10:30:10');
    // Twenty more replicas, of which nobody knew for ten minutes.
    for (let n = 0; n < 20; n++) await g.run('10:20:00', '10:30:00', { replica: `s${n}` });
    expect(await g.tick()).toBe(1);
    expect(await g.judge()).toMatchObject({ state: 'suspended' });
    expect(g.model()).toBe('billing');
    expect(await g.episodes()).toEqual([['10:22', null]]);
  });

  test('whose grant ends is stopped in the last minute of it, whatever is left', async () => {
    g = await startGuarding();
    await g.addWorkspace(null);
    await g.grant({ key: 'trial', amount: '1000', until: '2025-03-10T11:00:00Z' });
    g.to('10:59:10');
    await g.run('10:00:00', '10:59:00');
    await g.tick();
    const judged = await g.judge();
    expect(judged).toMatchObject({ zeroAt: '2025-03-10T11:00:00Z', state: 'low' });
    expect(g.model()).toBe('active');
    g.to('10:59:50');
    expect(await g.judge()).toMatchObject({ state: 'suspended' });
    expect(await g.episodes()).toEqual([['11:00', null]]);
    // It is the next hour that nothing covers.
    g.to('10:59:58');
    expect(await g.judge()).toMatchObject({ state: 'suspended' });
  });

  test('whose grant ends as terms begin under which it is sent invoices is not stopped', async () => {
    g = await startGuarding();
    await g.addWorkspace(null);
    await g.grant({ key: 'trial', amount: '1000', until: '2025-03-10T11:00:00Z' });
    const fromMs = instant('2025-03-10T11:00:00Z');
    await putTerms(g.db, { workspace, fromMs, terms: { collection: 'invoice', netDays: 30 } });
    g.to('10:59:10');
    await g.run('10:00:00', '10:59:00');
    await g.tick();
    for (const time of ['10:59:20', '10:59:50', '10:59:59', '11:00:00', '11:05:00']) {
      g.to(time);
      await g.judge();
      expect([await g.suspensions(), g.model()]).toEqual([[], 'active']);
    }
  });

  test('without anything left is stopped though nothing runs, and goes on with credits', async () => {
    g = await startGuarding();
    await g.addWorkspace('10');
    await g.run('10:00:00', '10:20:00');
    g.to('12:00:00');
    await g.tick();
    expect(await g.judge()).toMatchObject({ state: 'suspended', remaining: '0' });
    expect(g.model()).toBe('billing');
    await g.grant({ key: 'more', amount: '5' });
    expect(await g.judge()).toMatchObject({ state: 'ok', remaining: '5' });
    expect(g.model()).toBe('active');
  });

  test('of which nothing is left to stop has an episode that is confirmed, and took no time', async () => {
    g = await startGuarding();
    for (const each of [model, otherModel, 'search-embeddings', 'nightly-batch']) {
      g.platform.platform.stop({ workspace, model: each }, Date.now());
    }
    await g.addWorkspace('10');
    await g.run('10:00:00', '10:20:00');
    g.to('12:00:00');
    await g.tick();
    const away = async () => ({ kind: 'failed', why: 'away' }) as const;
    const models = { listModels: away, deactivateModel: away, reactivateModel: away };
    await g.judge(workspace, { models });
    const summary = () => summarizeEpisodes(g.db, { workspace, fromMs: null, toMs: null });
    expect(await summary()).toMatchObject({ episodes: 1, unconfirmed: 1 });
    await g.judge();
    expect([await g.wishes(), await summary()]).toEqual([
      [],
      expect.objectContaining({ unconfirmed: 0, seconds: null }),
    ]);
  });

  test('that never had credits is stopped by what it uses', async () => {
    g = await startGuarding();
    await g.addWorkspace(null);
    g.to('10:02:10');
    await g.run('10:00:00', '10:02:00');
    expect(await g.tick()).toBe(1);
    expect(await g.judge()).toMatchObject({ state: 'suspended' });
    // Before this judgement nobody was in command: what was used until then is owed.
    expect(await g.episodes()).toEqual([['10:03', null]]);
  });

  test('whose reporter is silent is not foreseen: reports alone decide', async () => {
    g = await startGuarding();
    await g.addWorkspace('30');
    g.to('10:50:00');
    await g.run('10:00:00', '10:50:00');
    await g.tick();
    expect(await g.judge()).toMatchObject({ zeroAt: '2025-03-10T11:00:00Z' });
    g.to('11:05:00');
    const judged = await g.judge();
    expect([judged.state, judged.zeroAt]).toEqual(['low', undefined]);
    expect(g.model()).toBe('active');
    await g.run('10:50:00', '11:05:00');
    expect(await g.tick()).toBe(1);
    expect(await g.judge()).toMatchObject({ state: 'suspended' });
    expect(await g.episodes()).toEqual([['11:00', null]]);
  });

  test('whose reporter lags is not started again by credits that are used and not reported', async () => {
    g = await startGuarding();
    await g.addWorkspace('30');
    g.to('10:56:10');
    await g.run('10:00:00', '10:56:00');
    await g.tick();
    await g.judge();
    g.to('10:59:50');
    expect(await g.judge()).toMatchObject({ state: 'suspended', remaining: '2' });
    g.to('11:00:30');
    expect(await g.judge()).toMatchObject({ state: 'suspended', remaining: '2' });
    expect(g.model()).toBe('billing');
    await g.grant({ key: 'more', amount: '0.4' });
    expect(await g.judge()).toMatchObject({ state: 'suspended' });
    await g.grant({ key: 'enough', amount: '0.1' });
    const restored = await g.judge();
    expect(restored).toMatchObject({ remaining: '2.5', lookAt: '2025-03-10T11:02:30Z' });
    expect(g.model()).toBe('active');
    await g.run('10:56:00', '11:00:00');
    await g.tick();
    expect(await g.judge()).toMatchObject({ remaining: '0.5' });
  });

  test('of which one model has stopped by its owner lasts longer than its last report says', async () => {
    g = await startGuarding();
    await g.almostGone();
    g.platform.platform.stop({ workspace, model }, Date.now());
    expect(await g.judge()).toMatchObject({ state: 'low' });
    expect(await g.suspensions()).toEqual([]);
  });

  test('that is sent invoices is never stopped for credits; when it is not any more, what it used before stays owed', async () => {
    g = await startGuarding();
    await g.addWorkspace('5');
    await putTerms(g.db, { workspace, fromMs: g.now(), terms: { collection: 'invoice', netDays: 30 } });
    g.to('12:00:00');
    await g.run('10:00:00', '12:00:00');
    await g.tick();
    expect(await g.judge()).toMatchObject({ state: 'ok' });
    expect((await g.guard()).in_command_since).toBeNull();
    g.to('12:10:10');
    await g.run('12:00:00', '12:10:00');
    await putTerms(g.db, { workspace, fromMs: instant('2025-03-10T12:00:00Z'), terms: {} });
    expect(await g.judge()).toMatchObject({ state: 'suspended' });
    expect(await g.episodes()).toEqual([['12:11', null]]);
  });

  test('without a platform to command is suspended, and nothing is wanted of models or written off', async () => {
    g = await startGuarding({ isCommanding: false });
    await g.almostGone();
    expect(await g.judge()).toMatchObject({ state: 'suspended' });
    expect([await g.wishes(), await g.episodes()]).toEqual([[], []]);
    expect(g.platform.calls).toEqual([]);
    expect((await g.guard()).in_command_since).toBeNull();
    g.to('11:10:00');
    await g.run('10:59:00', '11:10:00');
    await g.grant({ key: 'more', amount: '20' });
    expect(await g.judge()).toMatchObject({ state: 'low', remaining: '15' });
    g.to('11:20:00');
    await g.run('11:10:00', '11:20:00');
    await g.tick();
    expect(await g.judge()).toMatchObject({ state: 'low', zeroAt: '2025-03-10T11:40:00Z' });
  });

  test('that burns though it is stopped is told to stop again, minutes later', async () => {
    g = await startGuarding();
    await g.almostGone();
    await g.judge();
    g.platform.platform.obey({ workspace, model, verb: 'reactivate', generation: 2 ** 40 }, Date.now());
    g.to('11:03:00');
    await g.run('10:59:00', '11:03:00');
    expect(await g.tick()).toBe(0);
    g.to('11:07:00');
    await g.run('11:03:00', '11:07:00');
    expect(await g.tick()).toBe(1);
    await g.judge();
    expect(await g.wishes()).toContain(`${model} stop superseded`);
  });

  test('that cannot be metered is judged by what is', async () => {
    g = await startGuarding();
    await g.almostGone();
    await g.db.raw(`alter table usage_hours add constraint poison check (workspace_id <> '${workspace}') not valid`);
    await g.run('10:59:00', '11:00:00');
    // The minute that is folded and not rolled up is missing.
    expect(await g.judge()).toMatchObject({ state: 'low', zeroAt: '2025-03-10T11:01:00Z' });
    expect(await g.db('set_aside').pluck('work')).toEqual(['roll_up']);
  });

  test('that is not there has no guard', async () => {
    g = await startGuarding();
    await expect(g.judge('nobody')).rejects.toThrow('there is no workspace nobody to guard');
  });
});

describe('what is past due', () => {
  const collect = async (isPastDue: boolean, isPaid = false) => {
    const decision = isPaid
      ? ({ kind: 'end', as: 'paid' } as const)
      : ({ kind: 'wait', for: 'method', untilMs: null, isPastDue } as const);
    const invoice = 'inv:1';
    await g.db.transaction((trx) => noteCollecting(trx, { workspace, invoice, decision, nowMs: g.now() }));
  };

  test('stops deployments, then models, though a card is on file; paying brings them back', async () => {
    g = await startGuarding();
    await g.addWorkspace('30');
    await g.addCard();
    await addInvoice();
    await collect(true);
    expect(await g.signals()).toEqual(['start']);
    const first = await g.judge();
    expect([first.state, Date.parse(first.lookAt)]).toEqual(['ok', g.now() + 7 * dayMs]);
    g.setNow(g.now() + 3 * dayMs);
    await collect(true);
    g.setNow(g.now() + 4 * dayMs);
    const second = await g.judge();
    expect([second.state, Date.parse(second.lookAt)]).toEqual(['suspended', g.now() + 7 * dayMs]);
    expect(await g.suspensions()).toEqual(['past_due deploys']);
    expect(g.model()).toBe('active');
    g.setNow(g.now() + 7 * dayMs);
    await g.judge();
    expect(await g.suspensions()).toEqual(['past_due deploys until escalated', 'past_due models']);
    expect(g.model()).toBe('billing');
    // What is stopped for that is nobody's overrun.
    expect(await g.episodes()).toEqual([]);
    const pause = { workspace_id: workspace, reason: 'promised', set_at: new Date(g.now()) };
    await g.db('past_due_pauses').insert({ ...pause, until_at: new Date(g.now() + hourMs) });
    const paused = await g.judge();
    expect([paused.state, Date.parse(paused.lookAt)]).toEqual(['ok', g.now() + hourMs]);
    expect(g.model()).toBe('active');
    g.setNow(g.now() + hourMs);
    expect(await g.judge()).toMatchObject({ state: 'suspended' });
    await g.db.raw(`alter table invoices disable trigger user; update invoices set status = 'paid', paid_cents = 100`);
    const signals = (await g.signals()).length;
    await collect(false, true);
    expect(await g.signals()).toHaveLength(signals + 1);
    expect(await g.judge()).toMatchObject({ state: 'ok' });
    expect(g.model()).toBe('active');
    expect((await g.suspensions()).at(-1)).toBe('past_due models until paid');
  });
});

test('an operator stops a workspace and lifts that by himself; other reasons do not start its models', async () => {
  g = await startGuarding();
  await g.almostGone();
  const suspension = { workspace_id: workspace, number: 1, reason: 'operator', scope: 'models', message: 'abuse' };
  await g.db('suspensions').insert({ ...suspension, began_at: new Date(g.now()) });
  await g.judge();
  expect(await g.suspensions()).toEqual(['operator models', 'credits models']);
  expect((await g.db('model_wishes').first()).reason).toBe('operator');
  await g.addCard();
  expect(await g.judge()).toMatchObject({ state: 'suspended' });
  expect(g.model()).toBe('billing');
  await g
    .db('suspensions')
    .where({ number: 1 })
    .update({ ended_at: new Date(g.now()), ended_because: 'operator' });
  expect(await g.judge()).toMatchObject({ state: 'ok' });
  expect(g.model()).toBe('active');
});

async function addInvoice(): Promise<void> {
  await g.db.raw(
    `alter table invoices disable trigger user;
    insert into invoices (id, workspace_id, month, kind, sequence, number, status, list_nanos, volume_discount_nanos,
      program_discount_nanos, credits_applied_nanos, amount_due_nanos, total_cents, parts, closed_because, seller, buyer,
      collection, issued_at, due_at)
    values ('inv:1', '${workspace}', '2025-02', 'usage', 1, 1, 'issued', 1000000000, 0, 0, 0, 1000000000, 100, '[]',
      'complete', '{"name": "s", "addressLines": ["x"]}', '{"name": "b"}', 'charge', '2025-03-01', '2025-03-01')`,
  );
}
