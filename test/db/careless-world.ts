// A workspace with a bit of everything that a careless statement could hit: paid, unpaid, past due and written off invoices, a
// closed month without one, late usage, grants, a correction, refunds, a suspension, an episode; and another beside it.
import { correctUsage } from '../../commands/correct-usage';
import { finalizeInvoice } from '../../commands/finalize-invoice';
import { writeOffInvoice } from '../../commands/write-off-invoice';
import { noteCollecting } from '../../db/payments/collectings';
import { type Collecting, startCollecting } from '../commands/collecting';
import { invoiceOf, refundOf, transferTo } from '../commands/refunding';
import { addEpisode } from '../harness/episodes';
import { report, serving } from '../harness/workspace';
import { addGrant, at, meterAll } from './fixtures';

export const invoiceIn = (month: string) => `inv:acme:${month}:usage:1`;
export const paid = invoiceIn('2024-01');
export const unpaid = invoiceIn('2024-02');
export const writtenOff = invoiceIn('2024-03');
export const corrected = invoiceIn('2024-04');
export const pastDue = invoiceIn('2024-06');

const workspace = 'acme';

export async function startCarelessWorld(): Promise<Collecting> {
  const c = await startCollecting({ isMailing: false });
  const author = { actor: 'test', nowMs: c.now() };
  await c.addWorkspace(workspace);
  await c.addWorkspace('other');
  await grants(c);
  await c.addMethod(workspace, 'pm_card_visa');
  await c.issue(workspace, 1_000n, '2024-01');
  await c.collect(paid);
  await c.issue(workspace, 2_000n, '2024-02');
  await c.addMethod(workspace, 'pm_card_chargeCustomerFail');
  await c.collect(unpaid);
  await c.issue(workspace, 3_000n, '2024-03');
  const invoice = await invoiceOf(c, writtenOff);
  await c.db.transaction((trx) => writeOffInvoice(trx, { invoice, key: 'w', reason: 'gone', author }));
  await c.issue(workspace, 4_000n, '2024-04');
  const ranges = [{ model: 'llama', from: '2024-04-01T00:00:00Z', to: '2024-04-01T00:01:00Z' }];
  const entry = { key: 'c1', reason: 'wrong', as: 'refund', ranges } as const;
  await correctUsage(c.connections, { workspace, entry, actor: 'test', isPreview: false });
  await finalizeInvoice(c.connections, { workspace, month: '2024-05' });
  await c.issue(workspace, 6_000n, '2024-06');
  const decision = { kind: 'wait', for: 'a_method', untilMs: null, isPastDue: true } as never;
  await c.db.transaction((trx) => noteCollecting(trx, { workspace, invoice: pastDue, decision, nowMs: author.nowMs }));
  await transferTo(c, unpaid, 100n);
  await refundOf(c, { workspace, invoice: paid, amount: 300n });
  await refundOf(c, { workspace, invoice: unpaid, key: 'r2', amount: 50n, reference: 'wired' });
  await lateUsage(c);
  await addEpisode(c.db, workspace, { from: '2024-08-01T00:30:00Z', until: '2024-08-01T02:00:00Z' });
  await c.db.raw(`insert into suspensions (workspace_id, number, reason, scope, began_at, ended_at, ended_because)
    values ('acme', 1, 'credits', 'models', '2024-08-01T00:30Z', '2024-08-01T02:00Z', 'method')`);
  await c.db.raw(`insert into model_wishes (workspace_id, model, wish, reason, message, generation, wished_at)
    values ('acme', 'm', 'stop', 'operator', 'x', 7, '2024-08-01T00:30Z')`);
  return c;
}

async function grants({ db }: Collecting): Promise<void> {
  await addGrant(db, { workspace, key: 'g', nanos: 5_000_000_000n, from: '2024-02-01T00:00:00Z' });
  await addGrant(db, {
    workspace,
    key: 'over',
    nanos: 1_000_000_000n,
    from: '2024-01-02T00:00:00Z',
    until: '2024-01-15T00:00:00Z',
  });
}

// A minute of May that is told after May was closed without an invoice.
async function lateUsage({ db, connections, now }: Collecting): Promise<void> {
  const fromMs = at('2024-05-03T00:00:00Z');
  const late = serving({ workspace, instanceType: 'cents-2000', fromMs, toMs: fromMs + 60_000 });
  await report(db, connections.appender, { source: workspace, reports: [late], nowMs: now() });
  await meterAll(db);
}
