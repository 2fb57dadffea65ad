// How statements are planned for a while, and as before afterwards.
import { keepPlans, plannedForMany } from '../../../db/connection/plans';
import { statement } from '../../../db/connection/statement';
import { createTestDatabase, type TestDatabase } from '../../harness/database';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

const settings = statement(`
  select current_setting('plan_cache_mode') as mode, current_setting('enable_sort') as sort, :asked as asked`);

it('one statement is planned for many, and those after it as was said before', async () => {
  await test.db.transaction(async (trx) => {
    await keepPlans(trx);
    expect(await plannedForMany(trx, settings, { asked: 'beside' })).toEqual([
      { mode: 'force_custom_plan', sort: 'off', asked: 'beside' },
    ]);
    expect(await settings(trx, { asked: 'after' })).toEqual([
      { mode: 'force_generic_plan', sort: 'on', asked: 'after' },
    ]);
  });
  await test.db.transaction(async (trx) => {
    await plannedForMany(trx, settings, { asked: 'beside' });
    expect(await settings(trx, { asked: 'after' })).toEqual([{ mode: 'auto', sort: 'on', asked: 'after' }]);
  });
});
