// Whether guards look after the credits of workspaces, for whoever asks.
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
beforeEach(async () => {
  book = await startMinutebook({ now: '2025-02-10T12:20:00Z' });
  await withAcme(book);
});
afterEach(() => book.close());

const health = async () => (await book.call('GET', '/health/guard')).body;

test('nothing to say, a guard that does not judge, and one that does', async () => {
  const nothing = { low: 0, suspended: 0, unheard: 0, late: 0, unlisted: 0, unconfirmed: 0 };
  expect(await health()).toEqual({ status: 'ok', ...nothing });
  await sendUsage(book, [report('2025-02-10T11:00:00Z', '2025-02-10T12:00:00Z')], '2025-02-10T12:00:00Z');
  await book.meter();
  await book.activities.usage.applyCredits({ group: 0, groups: 1 });
  book.setClock('2025-02-10T12:31:00Z');
  expect(await health()).toEqual({ status: 'late', ...nothing, unheard: 1 });
  await book.activities.guard.judge({ workspace: 'acme' });
  expect(await health()).toEqual({ status: 'ok', ...nothing });
});
