// What operators say to a guard, and how it is shown.
import { createApiKey } from '../../commands/create-key';
import { type Minutebook, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
beforeEach(async () => {
  book = await startMinutebook({ now: '2026-02-03T12:00:00Z' });
  await withAcme(book);
});
afterEach(() => book.close());

const path = '/v1/workspaces/acme/suspension';
const pausePath = '/v1/workspaces/acme/past-due-pause';
const actions = async () => (await book.db('audit_log').orderBy('id').select('action')).map(({ action }) => action);
const wakes = async () =>
  (await book.db('guards').where({ workspace_id: 'acme' }).first('wake_sequence'))?.wake_sequence;

test('an operator suspends once, the guard is started, and lifting wakes it', async () => {
  const body = { reason: 'Please call us.' };
  const suspended = await book.call('POST', path, { body });
  expect(suspended).toMatchObject({
    status: 201,
    body: { reason: 'operator', scope: 'models', message: 'Please call us.', since: '2026-02-03T12:00:00Z' },
  });
  const started = await book.db('outbox').where({ workflow_type: 'creditGuard' });
  expect(started).toMatchObject([{ kind: 'start', workflow_id: 'guard:acme' }]);
  expect((await book.call('POST', path, { body })).status).toBe(200);
  expect((await book.call('POST', path, { body: { ...body, scope: 'deploys' } })).status).toBe(409);
  expect(await wakes()).toBe(1n);

  expect((await book.call('DELETE', path)).body).toEqual({ lifted: true });
  expect((await book.call('DELETE', path)).body).toEqual({ lifted: false });
  expect(await wakes()).toBe(2n);
  expect(await book.db('suspensions').select('reason', 'ended_because')).toEqual([
    { reason: 'operator', ended_because: 'operator' },
  ]);
  expect((await book.call('POST', path, { body: { ...body, scope: 'deploys' } })).status).toBe(201);
  expect((await actions()).filter((action) => /suspen/.test(action))).toEqual([
    'workspace.suspended',
    'workspace.suspension_lifted',
    'workspace.suspended',
  ]);
});

test.each([
  ['without a reason', {}],
  ['with one of two lines', { reason: 'a\nb' }],
  ['with a scope that is none', { reason: 'r', scope: 'all' }],
])('a suspension %s is refused', async (_, body) => {
  expect((await book.call('POST', path, { body })).status).toBe(400);
});

test('a pause replaces the one before, the same again changes nothing, and it ends', async () => {
  const body = { until: '2026-03-01T00:00:00Z', reason: 'agreed by phone' };
  expect((await book.call('PUT', pausePath, { body })).body).toEqual(body);
  await book.call('PUT', pausePath, { body });
  expect(await wakes()).toBe(1n);
  await book.call('PUT', pausePath, { body: { ...body, until: '2026-04-01T00:00:00Z' } });
  expect(await wakes()).toBe(2n);
  expect((await book.call('PUT', pausePath, { body: { ...body, until: '2026-02-03T12:00:00Z' } })).status).toBe(400);
  expect((await book.call('DELETE', pausePath)).body).toEqual({ removed: true });
  expect((await book.call('DELETE', pausePath)).body).toEqual({ removed: false });
  expect((await actions()).filter((action) => /past_due/.test(action))).toEqual([
    'past_due.paused',
    'past_due.paused',
    'past_due.pause_ended',
  ]);
});

describe('how it stands', () => {
  const shown = (key = book.keys.admin) => book.call('GET', '/v1/workspaces/acme/guard', { key });

  test('before there is anything to guard', async () => {
    expect((await shown()).body).toEqual({
      workspace: 'acme',
      state: 'ok',
      isWoken: false,
      suspensions: [],
      models: [],
    });
  });

  test('with figures, suspensions and models; what the platform said only to operators', async () => {
    await book.call('PUT', pausePath, { body: { until: '2026-03-01T00:00:00Z', reason: 'agreed' } });
    await book.call('POST', path, { body: { reason: 'Please call us.', scope: 'deploys' } });
    await book.db('guards').update({
      state: 'suspended',
      judged_at: '2026-02-03T11:59:50Z',
      judged_sequence: 2,
      remaining_nanos: 10_000_000,
      burn_nanos_per_hour: 1_200_000_000,
      zero_at: '2026-02-03T12:00:00Z',
      next_look_at: '2026-02-04T12:00:00Z',
      in_command_since: '2026-02-01T00:00:00Z',
    });
    const wish = { workspace_id: 'acme', wish: 'stop', reason: 'credits', message: 'm', generation: 1 };
    const wished = { ...wish, wished_at: '2026-02-03T11:59:50Z' };
    await book.db('model_wishes').insert([
      { ...wished, model: 'chat', confirmed_at: '2026-02-03T11:59:51Z', outcome: 'done' },
      { ...wished, model: 'slow', tries: 3, next_try_at: '2026-02-03T12:01:00Z', last_error: 'answered 500' },
      { ...wished, model: 'back', wish: 'run', confirmed_at: '2026-02-03T11:59:51Z', outcome: 'done' },
    ]);
    const expected = {
      workspace: 'acme',
      state: 'suspended',
      judgedAt: '2026-02-03T11:59:50Z',
      remaining: '0.010000000',
      burnPerHour: '1.200000000',
      zeroAt: '2026-02-03T12:00:00Z',
      nextLookAt: '2026-02-04T12:00:00Z',
      inCommandSince: '2026-02-01T00:00:00Z',
      isWoken: false,
      suspensions: [{ reason: 'operator', scope: 'deploys', message: 'Please call us.' }],
      models: [
        { model: 'chat', wish: 'stop', state: 'confirmed', outcome: 'done', confirmedAt: '2026-02-03T11:59:51Z' },
        { model: 'slow', wish: 'stop', state: 'waiting', tries: 3, lastError: 'answered 500' },
      ],
      pastDuePause: { until: '2026-03-01T00:00:00Z', reason: 'agreed' },
    };
    expect((await shown()).body).toMatchObject(expected);
    const key = await createApiKey(book.db, { role: 'workspace', name: 'page', workspace: 'acme' });
    const theirs = JSON.stringify((await shown(key)).body);
    expect(theirs).toContain('Please call us.');
    expect(theirs).not.toMatch(/answered 500|agreed/);
  });
});
