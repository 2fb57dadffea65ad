// Disputes where something else has happened to the money or the invoice, against a real Postgres and the emulator of Stripe:
// what is owed by whom afterwards, and that the books say so to the cent.
import { correctUsage } from '../../commands/correct-usage';
import { creditInvoice } from '../../commands/credit-invoice';
import { endGrant } from '../../commands/end-grant';
import { finalizeInvoice } from '../../commands/finalize-invoice';
import { settleDispute } from '../../commands/settle-dispute';
import { voidInvoice } from '../../commands/void-invoice';
import { writeOffInvoice } from '../../commands/write-off-invoice';
import { cents } from '../../domain/money';
import { dayMs, monthStartMs, monthsFrom } from '../../domain/period';
import { report, serving } from '../harness/workspace';
import { type Collecting, startCollecting } from './collecting';
import { balanceOf, expectBooks, invoiceOf, transferTo } from './refunding';

let c: Collecting;
beforeAll(async () => {
  c = await startCollecting();
});
afterAll(() => c?.stop());

const standing = (invoice: string) => invoiceOf(c, invoice);
const books = (workspace: string) => expectBooks(c, workspace);
const author = () => ({ actor: 'admin', nowMs: c.now() });
const disputeOf = (workspace: string) => c.db('disputes').where({ workspace_id: workspace }).first();
const grantOf = (workspace: string, key: string) =>
  c.db('credit_grants').where({ workspace_id: workspace, key }).first();

const balance = (workspace: string, account: string) => balanceOf(c, { workspace, account });

async function paid(workspace: string, amount: bigint): Promise<string> {
  await c.addWorkspace(workspace);
  await c.addMethod(workspace, 'pm_card_visa');
  const invoice = await c.issue(workspace, amount);
  await c.collect(invoice);
  return invoice;
}

const stripePayment = (workspace: string) =>
  c.db('payments').where({ workspace_id: workspace, source: 'stripe' }).first();

/** As the events of a workspace's disputes would, twice. */
async function hear(workspace: string): Promise<void> {
  const { charge } = await stripePayment(workspace);
  const { data } = await c.emulator.stripe.disputes.list({ charge, limit: 10 });
  for (const { id } of [...data, ...data]) {
    expect(await settleDispute(c.connections, { dispute: id, workspace })).toBe('applied');
  }
  await books(workspace);
}

async function dispute(workspace: string): Promise<string> {
  const { charge } = await stripePayment(workspace);
  const opened = await c.emulator.throwSwitch(`disputes/${charge}`, { reason: 'fraudulent' });
  await hear(workspace);
  return String(opened['id']);
}

async function close(
  workspace: string,
  id: string,
  how: { status: 'won' | 'lost'; reinstated?: number },
): Promise<void> {
  await c.emulator.throwSwitch(`disputes/${id}/close`, how);
  await hear(workspace);
}

/** A charge of so much that the customer makes though the invoice owes less: the rest is a grant. */
async function overPaid(workspace: string, owed: bigint, amount: bigint): Promise<string> {
  await c.addWorkspace(workspace);
  await c.addMethod(workspace, 'pm_card_visa');
  const invoice = await c.issue(workspace, amount);
  // Paid elsewhere while the charge was on its way.
  const payments = {
    ...c.payments,
    charge: async (request: Parameters<typeof c.payments.charge>[0]) => {
      await transferTo(c, invoice, amount - owed);
      return c.payments.charge(request);
    },
  };
  expect(await c.collect(invoice, { payments })).toEqual({ kind: 'paid' });
  const { payment } = await stripePayment(workspace);
  expect(await grantOf(workspace, `overpayment:${payment}`)).toMatchObject({
    amount_nanos: (amount - owed) * 10_000_000n,
  });
  return invoice;
}

const unspent = async (workspace: string): Promise<bigint> => {
  const { payment } = await stripePayment(workspace);
  return (await grantOf(workspace, `overpayment:${payment}`)).remaining_nanos / 10_000_000n;
};

describe('of a payment that was too much', () => {
  test('lost, its unspent credits are taken back first, and the invoice is owed again', async () => {
    const invoice = await overPaid('over-lost', 6_000n, 10_000n);
    const id = await dispute('over-lost');
    expect(await disputeOf('over-lost')).toMatchObject({ withdrawn_cents: 10_000n, from_credits_cents: 4_000n });
    expect(await unspent('over-lost')).toBe(0n);
    expect(await standing(invoice)).toMatchObject({ returnedCents: 6_000n, remainingCents: 6_000n });
    await close('over-lost', id, { status: 'lost' });
    expect(await standing(invoice)).toMatchObject({ returnedCents: 6_000n, remainingCents: 6_000n });
    expect(await unspent('over-lost')).toBe(0n);
    expect(await balance('over-lost', 'bad_debt')).toBe(0n);
    expect(await balance('over-lost', 'receivable')).toBe(6_000n);
  });

  test('won, the credits are there again', async () => {
    const invoice = await overPaid('over-won', 6_000n, 10_000n);
    const id = await dispute('over-won');
    await close('over-won', id, { status: 'won' });
    expect(await unspent('over-won')).toBe(4_000n);
    expect(await standing(invoice)).toMatchObject({ returnedCents: 0n, remainingCents: 0n, status: 'paid' });
    expect(await balance('over-won', 'disputes')).toBe(0n);
  });

  test('lost after credits were spent, what was spent is a bad debt', async () => {
    await overPaid('over-spent', 6_000n, 10_000n);
    for (const month of monthsFrom('2024-02', '2025-01')) {
      await finalizeInvoice(c.connections, { workspace: 'over-spent', month });
    }
    await c.advance(28 * dayMs);
    const spending = await c.issue('over-spent', 1_500n, '2025-02');
    const spent = 4_000n - (await unspent('over-spent'));
    const id = await dispute('over-spent');
    await close('over-spent', id, { status: 'lost' });
    expect(await balance('over-spent', 'bad_debt')).toBe(spent);
    expect(await unspent('over-spent')).toBe(0n);
    expect(spent).toBe(1_500n);
    expect(await standing(spending)).toMatchObject({ status: 'paid', totalCents: 0n });
  });

  test('credits that somebody has ended meanwhile are not taken back: they are gone', async () => {
    await overPaid('over-ended', 6_000n, 10_000n);
    const { payment } = await stripePayment('over-ended');
    const id = await dispute('over-ended');
    const ending = { workspace: 'over-ended', key: `overpayment:${payment}`, fromMs: undefined };
    await c.db.transaction((trx) => endGrant(trx, { ...ending, author: author() }));
    await books('over-ended');
    await close('over-ended', id, { status: 'won' });
    expect(await unspent('over-ended')).toBe(4_000n);
  });
});

describe('given back in part', () => {
  test('won, what is back is paid and the rest is owed again', async () => {
    const invoice = await paid('part-won', 5_000n);
    const id = await dispute('part-won');
    await close('part-won', id, { status: 'won', reinstated: 2_000 });
    expect(await disputeOf('part-won')).toMatchObject({ state: 'won', withdrawn_cents: 3_000n });
    expect(await standing(invoice)).toMatchObject({ returnedCents: 3_000n, remainingCents: 3_000n });
    expect(await balance('part-won', 'receivable')).toBe(3_000n);
    expect(await balance('part-won', 'disputes')).toBe(0n);
    expect(await c.outbox(`collect:${invoice}:1`)).toEqual(['start']);
  });

  test('won and not back yet, it stays open, and nobody is asked for anything', async () => {
    const invoice = await paid('not-yet', 5_000n);
    const mailed = await c.mails(invoice);
    const id = await dispute('not-yet');
    await close('not-yet', id, { status: 'won', reinstated: 0 });
    expect(await disputeOf('not-yet')).toMatchObject({ state: 'open', closed_at: null });
    expect(await c.collect(invoice)).toMatchObject({ kind: 'waiting', for: 'dispute' });
    expect(await c.mails(invoice)).toEqual(mailed);
  });

  test('of two invoices that one charge paid, the older stays taken longest', async () => {
    await c.addWorkspace('two');
    const small = await c.issue('two', 40n);
    const large = await c.issue('two', 5_000n, '2024-02');
    await c.addMethod('two', 'pm_card_visa');
    expect(await c.collect(large)).toEqual({ kind: 'paid' });
    expect(await standing(small)).toMatchObject({ status: 'paid' });
    const id = await dispute('two');
    await close('two', id, { status: 'won', reinstated: 5_010 });
    expect(await standing(small)).toMatchObject({ remainingCents: 30n });
    expect(await standing(large)).toMatchObject({ remainingCents: 0n, status: 'paid' });
  });
});

/** An invoice of $100 of which the card has paid $60, and the rest is written off. */
async function writtenOff(workspace: string): Promise<string> {
  await c.addWorkspace(workspace);
  const id = await c.issue(workspace, 10_000n);
  await c.addMethod(workspace, 'pm_card_visa');
  let charges = 0;
  const charge: typeof c.payments.charge = async (request) => {
    charges++;
    if (charges === 1) return c.payments.charge({ ...request, amountCents: cents(6_000n) });
    const decline = { ...noCodes, code: 'card_declined', declineCode: 'stolen_card' };
    return { kind: 'declined', decline, paymentIntent: null, charge: null };
  };
  await c.collect(id, { payments: { ...c.payments, charge } });
  const invoice = await standing(id);
  expect(invoice.remainingCents).toBe(4_000n);
  await c.db.transaction((trx) => writeOffInvoice(trx, { invoice, key: 'w1', reason: 'gone', author: author() }));
  await books(workspace);
  return id;
}

const noCodes = {
  ...({ methodType: 'card', brand: 'visa', code: null, declineCode: null, adviceCode: null } as const),
  ...{ networkDeclineCode: null, networkAdviceCode: null, returnCode: null },
};

describe('of an invoice that was written off', () => {
  test('lost, what came back to the customer is a bad debt, too, and nobody is asked for it', async () => {
    const invoice = await writtenOff('off-lost');
    const id = await dispute('off-lost');
    expect(await balance('off-lost', 'bad_debt')).toBe(4_000n);
    await close('off-lost', id, { status: 'lost' });
    expect(await standing(invoice)).toMatchObject({ status: 'uncollectible', remainingCents: 10_000n });
    expect(await balance('off-lost', 'bad_debt')).toBe(10_000n);
    expect(await balance('off-lost', 'receivable')).toBe(0n);
    expect(await c.collect(invoice)).toEqual({ kind: 'uncollectible' });
    // Paid after all, all of it is.
    await transferTo(c, invoice, 10_000n);
    expect(await standing(invoice)).toMatchObject({ status: 'paid' });
    expect(await balance('off-lost', 'bad_debt')).toBe(0n);
    await books('off-lost');
  });

  test('won, all is as before', async () => {
    const invoice = await writtenOff('off-won');
    const id = await dispute('off-won');
    await close('off-won', id, { status: 'won' });
    expect(await standing(invoice)).toMatchObject({ status: 'uncollectible', remainingCents: 4_000n });
    expect(await balance('off-won', 'bad_debt')).toBe(4_000n);
  });

  test('paid while a bank has the money, the books say at each step who owes what', async () => {
    const invoice = await writtenOff('off-paid');
    const id = await dispute('off-paid');
    await transferTo(c, invoice, 8_000n);
    await books('off-paid');
    expect(await standing(invoice)).toMatchObject({ remainingCents: 2_000n });
    await close('off-paid', id, { status: 'won' });
    // What it does not need any more is the customer's.
    expect(await standing(invoice)).toMatchObject({ status: 'paid', toRefundCents: 0n });
    expect(await grantOf('off-paid', `reinstated:${id}:1`)).toMatchObject({ amount_nanos: 40_000_000_000n });
    expect(await balance('off-paid', 'receivable')).toBe(0n);
  });

  test('a credit while a bank has the money, then lost', async () => {
    const invoice = await writtenOff('off-credited');
    const id = await dispute('off-credited');
    await credit('off-credited', invoice, 5_000n);
    await books('off-credited');
    await close('off-credited', id, { status: 'lost' });
    expect(await standing(invoice)).toMatchObject({ status: 'uncollectible', remainingCents: 5_000n });
    expect(await balance('off-credited', 'bad_debt')).toBe(5_000n);
  });

  test('lost and then written off, won on appeal: nothing is a bad debt any more', async () => {
    const invoice = await paid('appeal', 5_000n);
    const id = await dispute('appeal');
    await close('appeal', id, { status: 'lost' });
    const lost = await standing(invoice);
    await c.db.transaction((trx) =>
      writeOffInvoice(trx, { invoice: lost, key: 'w1', reason: 'gone', author: author() }),
    );
    expect(await balance('appeal', 'bad_debt')).toBe(5_000n);
    await close('appeal', id, { status: 'won' });
    expect(await standing(invoice)).toMatchObject({ status: 'paid', remainingCents: 0n });
    expect(await balance('appeal', 'bad_debt')).toBe(0n);
  });
});

const credit = (workspace: string, invoice: string, amount: bigint) =>
  c.db.transaction((trx) =>
    creditInvoice(trx, {
      crediting: { workspace, invoice, kind: 'goodwill', key: 'g1', reason: 'sorry', amountCents: cents(amount) },
      author: author(),
      settings: c.connections.settings,
    }),
  );

/** An invoice of so much for each of two models, paid by card. */
async function paidForTwo(workspace: string, amount: bigint): Promise<string> {
  await c.addWorkspace(workspace);
  await c.addMethod(workspace, 'pm_card_visa');
  const fromMs = monthStartMs('2024-01');
  const used = { workspace, instanceType: `cents-${amount}`, model: 'stuck', fromMs, toMs: fromMs + 60_000 };
  await report(c.db, c.connections.appender, { source: workspace, reports: [serving(used)], nowMs: c.now() });
  const invoice = await c.issue(workspace, amount);
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  expect(await standing(invoice)).toMatchObject({ totalCents: 2n * amount });
  return invoice;
}

/** Corrects the usage of the second model. */
async function correct(workspace: string, as: 'refund' | 'credits'): Promise<void> {
  const range = { model: 'stuck', from: '2024-01-01T00:00:00Z', to: '2024-01-01T00:01:00Z' };
  const entry = { key: 'c1', reason: 'stuck', as, ranges: [range] };
  await correctUsage(c.connections, { workspace, entry, actor: 'admin', isPreview: false });
  await books(workspace);
}

describe('and a correction', () => {
  test('after it was lost, less is owed again', async () => {
    const invoice = await paidForTwo('lost-corrected', 2_000n);
    await close('lost-corrected', await dispute('lost-corrected'), { status: 'lost' });
    await correct('lost-corrected', 'refund');
    expect(await standing(invoice)).toMatchObject({ remainingCents: 2_000n, creditedCents: 2_000n, toRefundCents: 0n });
    expect(await balance('lost-corrected', 'receivable')).toBe(2_000n);
    expect(await balance('lost-corrected', 'refunds')).toBe(0n);
  });

  test('while it is open, and won: what came back and is not needed any more is given as credits', async () => {
    const invoice = await paidForTwo('open-corrected', 2_000n);
    const id = await dispute('open-corrected');
    await correct('open-corrected', 'refund');
    expect(await standing(invoice)).toMatchObject({ remainingCents: 2_000n, creditedCents: 2_000n });
    await close('open-corrected', id, { status: 'won' });
    expect(await standing(invoice)).toMatchObject({ status: 'paid', toRefundCents: 0n, refundedCents: 2_000n });
    expect(await grantOf('open-corrected', `reinstated:${id}:1`)).toMatchObject({ remaining_nanos: 20_000_000_000n });
    expect(await balance('open-corrected', 'receivable')).toBe(0n);
  });

  test('while it is open, and lost: the rest is owed', async () => {
    const invoice = await paidForTwo('lost-later', 2_000n);
    const id = await dispute('lost-later');
    await correct('lost-later', 'credits');
    await close('lost-later', id, { status: 'lost' });
    expect(await standing(invoice)).toMatchObject({ remainingCents: 2_000n, creditedCents: 2_000n });
    expect(await balance('lost-later', 'receivable')).toBe(2_000n);
  });

  test('before it, as credits: lost, what was given for money that did not stay is owed as well; void, by nobody', async () => {
    const invoice = await paidForTwo('credits-lost', 2_000n);
    await correct('credits-lost', 'credits');
    await close('credits-lost', await dispute('credits-lost'), { status: 'lost' });
    // The usage that stands and the credits, which were given for what a bank then took back.
    expect(await standing(invoice)).toMatchObject({ remainingCents: 4_000n, creditedCents: 2_000n });
    await voidOf('credits-lost', invoice);
    await books('credits-lost');
    expect(await standing(invoice)).toMatchObject({ status: 'void', remainingCents: 0n, toRefundCents: 0n });
    expect(await balance('credits-lost', 'receivable')).toBe(0n);
    expect(await balance('credits-lost', 'bad_debt')).toBe(2_000n);
  });

  test("void and then won on appeal, the money is the customer's, as credits", async () => {
    const invoice = await paidForTwo('void-won', 2_000n);
    await correct('void-won', 'credits');
    const id = await dispute('void-won');
    await close('void-won', id, { status: 'lost' });
    await voidOf('void-won', invoice);
    await close('void-won', id, { status: 'won' });
    expect(await standing(invoice)).toMatchObject({ status: 'void', toRefundCents: 0n });
    expect(await grantOf('void-won', `reinstated:${id}:1`)).toMatchObject({ amount_nanos: 20_000_000_000n });
    expect(await balance('void-won', 'receivable')).toBe(0n);
    expect(await balance('void-won', 'bad_debt')).toBe(0n);
  });
});

describe('undecided', () => {
  test('an invoice is neither voided nor written off while a bank has money of it', async () => {
    const id = await paid('undecided', 5_000n);
    await dispute('undecided');
    const invoice = await standing(id);
    const offWriting = c.db.transaction((trx) =>
      writeOffInvoice(trx, { invoice, key: 'w1', reason: 'gone', author: author() }),
    );
    await expect(offWriting).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('disputed') });
    await expect(voidOf('undecided', id)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('disputed'),
    });
  });
});

const voidOf = (workspace: string, invoice: string) =>
  c.db.transaction((trx) =>
    voidInvoice(trx, {
      voiding: { workspace, invoice, key: 'v1', reason: 'never', usage: 'voided' },
      author: author(),
      settings: c.connections.settings,
    }),
  );

describe('a second dispute of one payment', () => {
  test('finds nothing of the invoice: lost, it is a bad debt until the first is won, and then the invoice is owed', async () => {
    const invoice = await paid('twice', 8_000n);
    const first = await dispute('twice');
    const second = await dispute('twice');
    expect(await c.db('disputes').where({ workspace_id: 'twice' }).pluck('withdrawn_cents')).toEqual([8_000n, 8_000n]);
    expect(await standing(invoice)).toMatchObject({ returnedCents: 8_000n, remainingCents: 8_000n });
    await close('twice', second, { status: 'lost' });
    expect(await balance('twice', 'bad_debt')).toBe(8_000n);
    // By what is heard of the first alone.
    await c.emulator.throwSwitch(`disputes/${first}/close`, { status: 'won' });
    await settleDispute(c.connections, { dispute: first, workspace: 'twice' });
    await books('twice');
    expect(await standing(invoice)).toMatchObject({ returnedCents: 8_000n, remainingCents: 8_000n, status: 'issued' });
    expect([await balance('twice', 'bad_debt'), await balance('twice', 'receivable')]).toEqual([0n, 8_000n]);
  });

  test('won while the first is lost leaves the invoice owed once', async () => {
    const invoice = await paid('twice-won', 8_000n);
    const first = await dispute('twice-won');
    const second = await dispute('twice-won');
    await close('twice-won', first, { status: 'lost' });
    await close('twice-won', second, { status: 'won' });
    expect(await standing(invoice)).toMatchObject({ returnedCents: 8_000n, remainingCents: 8_000n });
    expect(await balance('twice-won', 'disputes')).toBe(0n);
    expect(await balance('twice-won', 'bad_debt')).toBe(0n);
  });

  test('still open takes what the first gives back, and nothing of that is given as credits', async () => {
    const invoice = await paid('twice-open', 8_000n);
    const first = await dispute('twice-open');
    await dispute('twice-open');
    await close('twice-open', first, { status: 'lost' });
    await transferTo(c, invoice, 8_000n);
    expect(await standing(invoice)).toMatchObject({ status: 'paid', remainingCents: 0n });
    // Won on appeal, heard of alone.
    await c.emulator.throwSwitch(`disputes/${first}/close`, { status: 'won' });
    await settleDispute(c.connections, { dispute: first, workspace: 'twice-open' });
    await books('twice-open');
    expect(await standing(invoice)).toMatchObject({ status: 'paid', returnedCents: 8_000n, remainingCents: 0n });
    expect(await c.db('surplus_grants').where({ workspace_id: 'twice-open' })).toEqual([]);
  });

  test('of a part takes what the first has left of each invoice', async () => {
    const invoice = await paid('parts', 8_000n);
    const of = { workspace: 'parts' };
    const { charge, payment } = await stripePayment('parts');
    const settle = (id: string, amount: bigint) => {
      const taken = cents(-amount);
      const booking = {
        balanceTransaction: `txn_${id}`,
        amountCents: taken,
        feeCents: cents(0n),
        netCents: taken,
      };
      const reading = {
        dispute: id,
        status: 'needs_response',
        reason: 'general',
        charge,
        paymentIntent: payment,
      } as const;
      const readDispute = async () => ({ ...reading, amountCents: cents(amount), dueByMs: null, bookings: [booking] });
      return settleDispute({ ...c.connections, payments: { ...c.payments, readDispute } }, { ...of, dispute: id });
    };
    await settle('du_parts_1', 5_000n);
    await settle('du_parts_2', 4_000n);
    expect(
      await c.db('payment_returns').where({ workspace_id: 'parts' }).orderBy('dispute').pluck('amount_cents'),
    ).toEqual([5_000n, 3_000n]);
    expect(await standing(invoice)).toMatchObject({ returnedCents: 8_000n, remainingCents: 8_000n });
  });
});
