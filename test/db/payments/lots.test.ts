// Of more than fits into a round, against a real database: whoever fails every time keeps nobody from being looked at.
import { listOverdueSetups } from '../../../db/payments/setup-sessions';
import { dayMs, hourMs } from '../../../domain/period';
import { createTestDatabase, type TestDatabase } from '../../harness/database';
import { addWorkspace, at } from '../fixtures';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

it('looks at others each hour where there are more than fit into a round', async () => {
  const { db } = test;
  const madeAt = '2025-02-01T00:00:00Z';
  await addWorkspace(db, { id: 'acme', startsAt: '2025-01-01T00:00:00Z', months: [] });
  await db('setup_sessions').insert(
    Array.from({ length: 12 }, (_, n) => ({
      ...{ workspace_id: 'acme', session: `cs_${n}`, url: 'https://stripe.example', state: 'open' },
      ...{ made_at: madeAt, expires_at: madeAt },
    })),
  );
  const round = (hours: number) => {
    const beforeMs = at('2025-02-02T00:00:00Z') + hours * hourMs;
    return listOverdueSetups(db, { sinceMs: beforeMs - 12 * dayMs, beforeMs, limit: 3 });
  };
  expect(await round(0)).toEqual(await round(0));
  const rounds = await Promise.all(Array.from({ length: 48 }, (_, hours) => round(hours)));
  expect(new Set(rounds.map(({ length }) => length))).toEqual(new Set([3]));
  expect(new Set(rounds.flat()).size).toBe(12);
});
