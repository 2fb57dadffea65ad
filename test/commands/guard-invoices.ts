// Two invoices of a guarded workspace, from before it was guarded, and what becomes of them.
import { finalizeInvoice } from '../../commands/finalize-invoice';
import { recordPayment } from '../../commands/record-payment';
import { voidInvoice } from '../../commands/void-invoice';
import { writeOffInvoice } from '../../commands/write-off-invoice';
import { readInvoice, type StoredInvoice } from '../../db/billing/invoices-read';
import { noteCollecting } from '../../db/payments/collectings';
import type { End, Wait } from '../../domain/collecting/decide';
import { minuteMs } from '../../domain/period';
import { report, serving } from '../harness/workspace';
import type { Happening } from './guard-happenings';
import type { Oracle } from './guard-oracle';
import { type Guarding, instant } from './guarding';

type Settling = Extract<Happening, { kind: 'pay' | 'write off' | 'void' }>;

export class Invoices {
  readonly #ids: string[] = [];

  constructor(
    private readonly g: Guarding,
    private readonly of: { readonly workspace: string; readonly instanceType: string; readonly oracle: Oracle },
  ) {}

  /** Uses something in each of the two months before, and issues what that comes to. */
  async issue(): Promise<void> {
    const { g } = this;
    const { workspace, instanceType } = this.of;
    const days = ['2025-01-10T10:00:00Z', '2025-02-10T10:00:00Z'].map(instant);
    const reports = days.map((fromMs) => serving({ workspace, instanceType, fromMs, toMs: fromMs + 10 * minuteMs }));
    await report(g.db, g.connections.appender, { source: `${workspace}-past`, reports, nowMs: g.now() });
    for (const month of ['2025-01', '2025-02'] as const) await finalizeInvoice(g.connections, { workspace, month });
    const rows = await g.db('invoices').where({ workspace_id: workspace }).orderBy('number');
    for (const { id } of rows) this.#ids.push(id);
  }

  /** Nobody has paid it and nothing more is tried. */
  async becomePastDue(nth: number): Promise<void> {
    const invoice = await this.#unpaid(nth);
    if (invoice === undefined || this.of.oracle.pastDue.has(invoice.id)) return;
    await this.#note(invoice.id, { kind: 'wait', for: 'method', untilMs: null, isPastDue: true });
    this.of.oracle.pastDue.set(invoice.id, this.g.now());
  }

  async settle(what: Settling): Promise<void> {
    const invoice = await this.#unpaid(what.nth);
    if (invoice === undefined) return;
    const as = await this.#settle(invoice, what);
    // What collects it hears of it, and has ended.
    await this.#note(invoice.id, { kind: 'end', as });
    this.of.oracle.pastDue.delete(invoice.id);
  }

  async #settle(invoice: StoredInvoice, what: Settling): Promise<End['as']> {
    const { workspace } = this.of;
    const { db, connections, now } = this.g;
    const { id, remainingCents: amountCents } = invoice;
    const said = { key: `test:${id}`, reason: 'test' };
    const author = { actor: 'test', nowMs: now() };
    switch (what.kind) {
      case 'pay':
        await db.transaction((trx) =>
          recordPayment(trx, { invoice, key: said.key, amountCents, reference: 'wire', author }),
        );
        return 'paid';
      case 'write off':
        await db.transaction((trx) => writeOffInvoice(trx, { invoice, ...said, author }));
        return 'uncollectible';
      case 'void': {
        const voiding = { workspace, invoice: id, ...said, usage: what.usage };
        const { settings } = connections;
        await db.transaction((trx) => voidInvoice(trx, { voiding, author, settings }));
        return 'void';
      }
      default:
        return what satisfies never;
    }
  }

  async #unpaid(nth: number): Promise<StoredInvoice | undefined> {
    const id = this.#ids[nth % Math.max(1, this.#ids.length)];
    const invoice = id === undefined ? undefined : await readInvoice(this.g.db, id);
    return invoice !== undefined && ['issued', 'past_due'].includes(invoice.status) ? invoice : undefined;
  }

  async #note(invoice: string, decision: End | Wait): Promise<void> {
    const of = { workspace: this.of.workspace, invoice, decision, nowMs: this.g.now() };
    await this.g.db.transaction((trx) => noteCollecting(trx, of));
  }
}
