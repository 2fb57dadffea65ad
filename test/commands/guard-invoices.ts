// Two invoices of a guarded workspace, from before it was guarded, and what becomes of them.
import { finalizeInvoice } from '../../commands/finalize-invoice';
import { recordPayment } from '../../commands/record-payment';
import { voidInvoice } from '../../commands/void-invoice';
import { writeOffInvoice } from '../../commands/write-off-invoice';
import { readInvoice, type StoredInvoice } from '../../db/billing/invoices-read';
import { noteCollecting } from '../../db/payments/collectings';
import type { BillPart } from '../../domain/bill';
import type { End, Wait } from '../../domain/collecting/decide';
import { zeroNanos } from '../../domain/money';
import { hourOf, minuteMs } from '../../domain/period';
import { report, serving } from '../harness/workspace';
import type { Happening } from './guard-happenings';
import type { Oracle } from './guard-oracle';
import { type Guarding, instant } from './guarding';

// Ten minutes at the price of that time.
const usedMinutes = 10;
const usedAt = { '2025-01': instant('2025-01-10T10:00:00Z'), '2025-02': instant('2025-02-10T10:00:00Z') };

function lateOf({ month, listNanos }: StoredInvoice): BillPart {
  const hours = Object.entries(usedAt).flatMap(([of, ms]) => (of === month ? [{ hour: hourOf(ms), listNanos }] : []));
  return { month, late: true, listBefore: zeroNanos, hours };
}

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
    const reports = Object.values(usedAt).map((fromMs) =>
      serving({ workspace, instanceType, fromMs, toMs: fromMs + usedMinutes * minuteMs }),
    );
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
    const invoice = await this.#unpaid(what.nth, (id) => this.of.oracle.pastDue.has(id));
    if (invoice === undefined) return;
    const as = await this.#settle(invoice, what);
    // What collects it hears of it, and has ended.
    await this.#note(invoice.id, { kind: 'end', as });
    this.of.oracle.pastDue.delete(invoice.id);
    if (what.kind === 'void' && what.usage === 'owed') this.of.oracle.owedAgain.push(lateOf(invoice));
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

  // The one that is past due, where there is one: it is what somebody pays.
  async #unpaid(nth: number, isLate = (_id: string) => true): Promise<StoredInvoice | undefined> {
    const found = await Promise.all(this.#ids.map((id) => readInvoice(this.g.db, id)));
    const unpaid = found.flatMap((each) => (each && ['issued', 'past_due'].includes(each.status) ? [each] : []));
    const late = unpaid.filter(({ id }) => isLate(id));
    const listed = late.length > 0 ? late : unpaid;
    return listed[nth % Math.max(1, listed.length)];
  }

  async #note(invoice: string, decision: End | Wait): Promise<void> {
    const of = { workspace: this.of.workspace, invoice, decision, nowMs: this.g.now() };
    await this.g.db.transaction((trx) => noteCollecting(trx, of));
  }
}
