// The judge writes episodes, the closing of a month writes off what ran in them: both together.
import { finalizeInvoice } from '../../commands/finalize-invoice';
import { readBooks } from '../../db/books/trial-balance';
import { type Guarding, startGuarding, workspace } from './guarding';

let g: Guarding;
afterEach(() => g?.stop());
test('what the guard could not stop is written off, and what ran between two episodes is owed', async () => {
  g = await startGuarding({ deadlineMs: 0 });
  await g.almostGone();
  await g.judge();
  // The platform takes two minutes to stop it.
  g.to('11:02:00');
  await g.run('10:59:00', '11:02:00');
  g.to('11:05:20');
  await g.addCard();
  await g.judge();
  g.to('11:10:30');
  await g.run('11:05:30', '11:10:00');
  await g.tick();
  await g.judge();
  await g.removeCard();
  await g.judge();
  g.to('11:12:00');
  await g.run('11:11:00', '11:12:00');
  expect(await g.episodes()).toEqual([
    ['11:00', '11:06'],
    ['11:11', null],
  ]);
  g.setNow(Date.parse('2025-04-01T01:00:00Z'));
  await finalizeInvoice(g.connections, { workspace, month: '2025-03' });
  expect(
    await g.db('invoices').first('total_cents', 'written_off_cents', 'remaining_cents', 'credits_applied_nanos'),
  ).toEqual({
    total_cents: 400n,
    written_off_cents: 200n,
    remaining_cents: 200n,
    credits_applied_nanos: 30_000_000_000n,
  });
  const { checks } = await readBooks(g.db, { workspace, month: null });
  expect(checks.flatMap(({ faults }) => faults)).toEqual([]);
});
