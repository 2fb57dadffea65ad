// What a void invoice leaves to the credits that are there by now.
import { finalizeInvoice } from '../../commands/finalize-invoice';
import { voidInvoice } from '../../commands/void-invoice';
import { createWorkspace, report, serving } from '../harness/workspace';
import { type Guarding, instant, startGuarding } from './guarding';

let g: Guarding;
afterEach(() => g?.stop());

test('usage that is owed anew wakes the guard: credits that were given since pay for it', async () => {
  g = await startGuarding({ deadlineMs: 0 });
  const id = 'acme';
  await createWorkspace(g.db, { id, startsAtMs: instant('2025-02-01T00:00:00Z'), nowMs: g.now() });
  const usage = { fromMs: instant('2025-02-10T10:00:00Z'), toMs: instant('2025-02-10T10:50:00Z') };
  const reports = [serving({ workspace: id, ...usage })];
  await report(g.db, g.connections.appender, { source: 'cluster', reports, nowMs: g.now() });
  await finalizeInvoice(g.connections, { workspace: id, month: '2025-02' });
  await g.grant({ id, key: 'late', amount: '40', from: '2025-02-01T00:00:00Z' });
  await g.tick();
  expect(await g.judge(id)).toMatchObject({ remaining: '40' });
  const before = await g.signals(id);
  const { id: invoice } = await g.db('invoices').first();
  const voiding = { workspace: id, invoice, key: 'v', reason: 'sent to the wrong address', usage: 'owed' } as const;
  const { settings } = g.connections;
  const author = { actor: 'test', nowMs: g.now() };
  await g.db.transaction((trx) => voidInvoice(trx, { voiding, author, settings }));
  expect((await g.signals(id)).length).toBe(before.length + 1);
  expect(await g.judge(id)).toMatchObject({ remaining: '15' });
});
