// The daily mending as a whole, against a real database: each part of it is done whatever became of the others.
import { createActivities } from '../../activities';
import { storePageLink } from '../../db/accounts/page-visits';
import { UsageAppender } from '../../db/intake/reports';
import { dayMs } from '../../domain/period';
import { addWorkspace, at } from '../db/fixtures';
import { createTestDatabase, type TestDatabase } from '../harness/database';
import { testSettings } from '../harness/settings';

const nowMs = at('2025-02-01T03:30:00Z');

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

it('goes on where one part of it fails, and fails in the end', async () => {
  const { db } = test;
  await addWorkspace(db, { id: 'acme', startsAt: '2025-01-01T00:00:00Z', months: [] });
  const added = { added_at: '2025-01-01T00:00:00Z', updated_at: '2025-01-01T00:00:00Z' };
  const card = { type: 'card', brand: 'visa', last4: '4242', exp_year: 2025, exp_month: 2, ...added };
  await db('payment_methods').insert({ workspace_id: 'acme', method: 'pm_1', ...card });
  await storePageLink(db, {
    hash: '00'.repeat(32),
    workspace: 'acme',
    returnUrl: null,
    view: null,
    isReadOnly: false,
    madeBy: 'test',
    madeAtMs: nowMs - 30 * dayMs,
    expiresAtMs: nowMs - 29 * dayMs,
  });
  // Its owner cannot be told where he might give another card.
  const settings = testSettings({ isCharging: true, isMailing: true, publicUrl: null });
  const dependencies = { db, appender: new UsageAppender(), clock: () => nowMs, settings, heartbeat: () => undefined };
  await expect(createActivities(dependencies).billing.mendPeriods()).rejects.toThrow('PUBLIC_URL is not set');
  expect(await db('page_links')).toEqual([]);
});
