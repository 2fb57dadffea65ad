// What is to be done about payment methods by the day, against a real database.
import { mendMethods } from '../../commands/mend-methods';
import { composeEmail } from '../../domain/mail/email';
import { dayMs } from '../../domain/period';
import { addWorkspace, at } from '../db/fixtures';
import { seller } from '../domain/mail/samples';
import { createTestDatabase, type TestDatabase } from '../harness/database';
import { testSettings } from '../harness/settings';

let test: TestDatabase;
let nowMs = at('2025-02-01T03:30:00Z');
beforeAll(async () => {
  test = await createTestDatabase();
});
afterEach(async () => {
  await test.db('payment_methods').delete();
  await test.db('outbox').delete();
});
afterAll(() => test.drop());

const settings = testSettings({ isCharging: true, isMailing: true });
const mend = (others = {}) => mendMethods({ db: test.db, clock: () => nowMs, settings: { ...settings, ...others } });

async function addCard(id: string, facts: object): Promise<void> {
  if ((await test.db('workspaces').where({ id }).first()) === undefined) {
    await addWorkspace(test.db, { id, startsAt: '2025-01-01T00:00:00Z', months: [] });
  }
  await test.db('payment_methods').insert({
    workspace_id: id,
    method: `pm_${id}`,
    type: 'card',
    brand: 'visa',
    last4: '4242',
    added_at: '2025-01-01T00:00:00Z',
    updated_at: '2025-01-01T00:00:00Z',
    ...facts,
  });
}

it('tells of a card in the month at whose end it expires, once a card and expiry', async () => {
  await addCard('next', { exp_year: 2025, exp_month: 3 });
  await addCard('now', { exp_year: 2025, exp_month: 2 });
  await addCard('last', { exp_year: 2025, exp_month: 1 });
  await addCard('long-ago', { exp_year: 2024, exp_month: 12 });
  await addCard('removed', {
    exp_year: 2025,
    exp_month: 2,
    state: 'removed',
    ended_at: '2025-02-01',
    detached_at: '2025-02-01',
  });
  await addCard('bank', { type: 'us_bank_account', brand: null });
  expect(await mend()).toEqual({ detached: 0, expiring: 2 });
  expect(await mend()).toEqual({ detached: 0, expiring: 0 });
  const emails = await test.db('emails').orderBy('key').select('key', 'workspace_id', 'kind', 'about', 'facts');
  expect(emails.map(({ key }) => key)).toEqual(['card-expires:pm_last:2025-01', 'card-expires:pm_now:2025-02']);
  const [first] = emails;
  const composed = composeEmail(first, { seller, pdf: 'attached' });
  expect(composed.text).toMatch(/https:\/\/billing\.example\.com\/method\/[A-Za-z0-9_-]{43}/);
  expect(await test.db('outbox').where({ workflow_type: 'sendEmail' })).toHaveLength(2);

  // Its network gives it another expiry, which comes in its turn.
  await test.db('payment_methods').where({ method: 'pm_now' }).update({ exp_month: 3 });
  nowMs = at('2025-03-01T03:30:00Z');
  expect(await mend()).toEqual({ detached: 0, expiring: 2 });
  expect(await test.db('emails').where({ workspace_id: 'now' })).toHaveLength(2);
});

it('around the turn of a year it is the same', async () => {
  nowMs = at('2026-01-01T03:30:00Z');
  await addCard('old-year', { exp_year: 2025, exp_month: 12 });
  await addCard('new-year', { exp_year: 2026, exp_month: 1 });
  await addCard('before', { exp_year: 2025, exp_month: 11 });
  await addCard('after', { exp_year: 2026, exp_month: 2 });
  expect(await mend()).toEqual({ detached: 0, expiring: 2 });
});

it('tells nobody where there is no mail, or nothing is charged', async () => {
  await addCard('silent', { exp_year: 2026, exp_month: 1 });
  expect(await mend({ isMailing: false })).toEqual({ detached: 0, expiring: 0 });
  expect(await mend({ isCharging: false })).toEqual({ detached: 0, expiring: 0 });
});

it('starts the detaching again of what ended more than a day ago and is attached still', async () => {
  const ended = { state: 'replaced', ended_at: new Date(nowMs - 2 * dayMs).toISOString() };
  await addCard('lost', ended);
  await addCard('done', { ...ended, detached_at: new Date(nowMs).toISOString() });
  await addCard('fresh', { ...ended, ended_at: new Date(nowMs - dayMs / 2).toISOString() });
  expect(await mend()).toEqual({ detached: 1, expiring: 0 });
  expect(await test.db('outbox').select('workflow_id')).toEqual([{ workflow_id: 'detach:pm_lost' }]);
});
