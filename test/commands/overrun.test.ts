// Overrun is written off at issue: what minutes inside the guard's episodes owe, beside a bill that stays, and never twice.
import { closePeriodEarly } from '../../commands/close-period';
import { finalizeInvoice } from '../../commands/finalize-invoice';
import { readInvoiceDocument } from '../../commands/read-invoice-document';
import type { Invoice, UpcomingInvoice } from '../../contract/invoices';
import { readInvoice } from '../../db/billing/invoices-read';
import { readBooks } from '../../db/books/trial-balance';
import { readLineSums } from '../../db/payments/line-sums';
import { asIssued } from '../../domain/invoice-document';
import { composeEmail } from '../../domain/mail/email';
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from '../api/minutebook';
import { at } from '../db/fixtures';
import { addEpisode, type Episode, endEpisode } from '../harness/episodes';

let book: Minutebook;
let workspace: string;
let tests = 0;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-01-31T12:00:00Z', freeCreditsUsd: '0', settings: { deadlineMs: 0 } });
});
afterAll(() => book.close());

beforeEach(async () => {
  workspace = `w${++tests}`;
  setClock('2025-01-31T12:00:00Z');
  // A cent a minute.
  await withAcme(book, workspace);
});
afterEach(async () => {
  const { checks } = await readBooks(book.db, { workspace, month: null });
  expect(checks.flatMap(({ faults }) => faults)).toEqual([]);
});

const must = async (method: 'PUT' | 'POST', url: string, body: unknown) => {
  const { status, body: answer } = await book.call<{ detail?: string }>(method, url, { body });
  if (status >= 300) throw new Error(`${url}: ${answer.detail}`);
};
let now: string;
const setClock = (instant: string) => {
  now = instant;
  book.setClock(now);
};
// As it is reported: not before it was used.
async function use(from: string, to: string, facts: { readonly [field: string]: unknown } = {}): Promise<void> {
  if (to > now) setClock(to);
  const { status } = await sendUsage(book, [report(from, to, { workspace, ...facts })]);
  expect(status).toBe(202);
}
const grant = (amount: string, from: string, until?: string) =>
  must('POST', `/v1/workspaces/${workspace}/grants`, {
    key: `g-${from}`,
    kind: 'promotional',
    amount,
    validFrom: from,
    ...(until === undefined ? {} : { validUntil: until }),
  });
const episode = (from: string, until?: string, more: Partial<Episode> = {}) =>
  addEpisode(book.db, workspace, { from, ...(until === undefined ? {} : { until }), ...more });

const firstOf: Readonly<Record<string, string>> = {
  '2025-01': '2025-02-01T01:00:00Z',
  '2025-02': '2025-03-01T01:00:00Z',
  '2025-03': '2025-04-01T01:00:00Z',
};

/** Opens and issues a month, after the preview and the dashboard said the same. */
async function issue(month: string): Promise<Invoice> {
  setClock(firstOf[month] ?? '');
  await book.activities.billing.openNextPeriod({ workspace, month });
  await book.meter();
  const url = `/v1/workspaces/${workspace}`;
  const { body: preview } = await book.call<UpcomingInvoice>('GET', `${url}/invoices/upcoming?period=${month}`);
  const usage = () => book.call<{ bill: unknown; writtenOff?: string }>('GET', `${url}/usage?period=${month}`);
  const { body: before } = await usage();
  const finalized = await book.activities.billing.finalizeInvoice({ workspace, month });
  expect(await book.activities.billing.finalizeInvoice({ workspace, month })).toEqual(finalized);
  const { body: after } = await usage();
  const invoice = await read(month);
  expect(preview).toMatchObject({ bill: invoice.bill, writtenOff: invoice.writtenOff });
  expect([before.bill, before.writtenOff]).toEqual([after.bill, after.writtenOff]);
  expect([after.bill, after.writtenOff ?? '0.00']).toEqual([invoice.bill, invoice.writtenOff]);
  expect(finalized).toMatchObject({ isDue: invoice.remaining !== '0.00' });
  return invoice;
}

async function read(month: string): Promise<Invoice> {
  return (await book.call<Invoice>('GET', `/v1/invoices/inv:${workspace}:${month}:usage:1`)).body;
}

const money = ({ bill, writtenOff, credited, remaining, status }: Invoice) =>
  [bill.total, writtenOff, credited, remaining, status] as const;

async function correct(key: string, from: string, to: string) {
  await must('POST', `/v1/workspaces/${workspace}/corrections`, {
    key,
    reason: 'wrong',
    void: [{ model: 'm', from, to }],
  });
  return (await book.db('credit_notes').where({ key, workspace_id: workspace }).orderBy('number')).map((note) => [
    note.amount_cents,
    note.written_off_cents,
    note.lowers_due_cents,
    note.to_refund_cents,
  ]);
}

describe('what is written off', () => {
  it('is what the minutes of the episode owe; the bill and its lines stay, and the rest remains', async () => {
    await use('2025-01-10T00:00:00Z', '2025-01-10T02:00:00Z');
    await episode('2025-01-10T00:30:00Z', '2025-01-10T01:15:00Z');
    const invoice = await issue('2025-01');
    expect(money(invoice)).toEqual(['1.20', '0.45', '0.00', '0.75', 'issued']);
    expect(invoice.lines.map(({ kind, amount }) => [kind, amount])).toEqual([['usage', '1.20']]);
    expect(
      await book
        .db('overrun_parts')
        .where({ workspace_id: workspace })
        .select('episode', 'replica_minutes', 'amount_cents'),
    ).toEqual([{ episode: 1, replica_minutes: 45n, amount_cents: 45n }]);
  });

  it('is nothing where there was no episode: usage of a back-filled past is owed', async () => {
    await use('2025-01-10T00:00:00Z', '2025-01-10T02:00:00Z');
    await episode('2025-01-20T00:00:00Z', '2025-01-20T01:00:00Z');
    expect(money(await issue('2025-01'))).toEqual(['1.20', '0.00', '0.00', '1.20', 'issued']);
    expect(await book.db('overrun_write_offs').where({ workspace_id: workspace })).toEqual([]);
  });

  it('is all of it where all of it ran in an episode: the invoice is paid', async () => {
    await use('2025-01-10T00:00:00Z', '2025-01-10T02:00:00Z');
    await episode('2025-01-09T00:00:00Z', '2025-01-11T00:00:00Z');
    expect(money(await issue('2025-01'))).toEqual(['1.20', '1.20', '0.00', '0.00', 'paid']);
  });

  it('leaves out what ran while a card was there for five minutes, and sums up two episodes of a month', async () => {
    await use('2025-01-10T00:00:00Z', '2025-01-10T02:00:00Z');
    await episode('2025-01-10T00:30:00Z', '2025-01-10T00:50:00Z');
    await episode('2025-01-10T00:55:00Z', '2025-01-10T02:00:00Z', { number: 2, because: 'method' });
    expect(money(await issue('2025-01'))).toEqual(['1.20', '0.85', '0.00', '0.35', 'issued']);
    const parts = await book
      .db('overrun_parts')
      .where({ workspace_id: workspace })
      .orderBy('episode')
      .select('episode', 'amount_cents');
    expect(parts).toEqual([
      { episode: 1, amount_cents: 20n },
      { episode: 2, amount_cents: 65n },
    ]);
  });

  it('follows an episode over the end of a month, on each invoice for its own minutes', async () => {
    await use('2025-01-31T23:00:00Z', '2025-02-01T01:00:00Z');
    await episode('2025-01-31T23:40:00Z', '2025-02-01T00:10:00Z');
    expect(money(await issue('2025-01'))).toEqual(['0.60', '0.20', '0.00', '0.40', 'issued']);
    expect(money(await issue('2025-02'))).toEqual(['0.60', '0.10', '0.00', '0.50', 'issued']);
  });

  it('is all of an open episode so far, and goes on when the month is closed', async () => {
    await use('2025-01-31T10:00:00Z', '2025-01-31T12:00:00Z');
    await episode('2025-01-31T11:00:00Z');
    const author = { actor: 'test', nowMs: at('2025-01-31T12:00:00Z') };
    await book.db.transaction((trx) => closePeriodEarly(trx, { workspace, month: '2025-01', author }));
    await book.activities.billing.finalizeInvoice({ workspace, month: '2025-01' });
    expect(money(await read('2025-01'))).toEqual(['1.20', '0.60', '0.00', '0.60', 'issued']);
    // Of the same hour and later ones: reported late, as the month is closed.
    await book.activities.billing.openNextPeriod({ workspace, month: '2025-01' });
    await use('2025-01-31T12:00:00Z', '2025-02-01T00:30:00Z');
    await endEpisode(book.db, workspace, { until: '2025-02-01T00:10:00Z' });
    expect(money(await issue('2025-02'))).toEqual(['7.50', '7.30', '0.00', '0.20', 'issued']);
  });

  it('goes by replicas and billable phases, in the hours that an episode only touches, too', async () => {
    await use('2025-01-10T00:00:00Z', '2025-01-10T01:00:00Z');
    await use('2025-01-10T00:00:00Z', '2025-01-10T01:00:00Z', { replica: 'r2' });
    await use('2025-01-10T00:00:00Z', '2025-01-10T01:00:00Z', { replica: 'r3', phase: 'idle' });
    await use('2025-01-10T00:20:00Z', '2025-01-10T00:40:00Z', { replica: 'r4', model: 'other' });
    await episode('2025-01-10T00:30:00Z', '2025-01-10T03:00:00Z');
    expect(money(await issue('2025-01'))).toEqual(['1.40', '0.70', '0.00', '0.70', 'issued']);
  });
});

describe('what the customer is told', () => {
  const finalizeMailing = async ({ isCharging }: { isCharging: boolean }) => {
    setClock('2025-02-01T01:00:00Z');
    const settings = { ...book.connections.settings, isMailing: true, isCharging };
    await finalizeInvoice({ ...book.connections, settings }, { workspace, month: '2025-01' });
    const email = await book.db('emails').where({ workspace_id: workspace }).first('key', 'kind', 'facts');
    const facts = { buyerName: 'Acme', ...email.facts };
    return composeEmail({ ...email, facts }, { seller: settings.seller, pdf: 'attached' });
  };

  it('is an e-mail with nothing to pay, where all of it is written off', async () => {
    await use('2025-01-10T00:00:00Z', '2025-01-10T02:00:00Z');
    await episode('2025-01-09T00:00:00Z', '2025-01-11T00:00:00Z');
    const { subject, text } = await finalizeMailing({ isCharging: true });
    expect(subject).toBe(`Invoice ${workspace}-0001: nothing to pay`);
    // Nothing is collected, so that nobody but the closing tells of it.
    expect(await book.db('outbox').where('workflow_id', `collect:inv:${workspace}:2025-01:usage:1`)).toEqual([]);
    expect(text).toMatch(/Written off: usage after your credits ran out\W+−\$1\.20/);
  });

  it('is an e-mail that asks for the rest, and so does the one that collecting writes', async () => {
    await use('2025-01-10T00:00:00Z', '2025-01-10T02:00:00Z');
    await episode('2025-01-10T01:00:00Z', '2025-01-11T00:00:00Z');
    const { subject } = await finalizeMailing({ isCharging: false });
    expect(subject).toBe(`Invoice ${workspace}-0001: $0.60 due now`);
    const sums = await book.db.transaction((trx) => readLineSums(trx, `inv:${workspace}:2025-01:usage:1`));
    expect(sums).toMatchObject({ usageCents: '120', writtenOffCents: '60' });
  });

  it('stays in the document as issued, whatever is corrected later', async () => {
    await use('2025-01-10T00:00:00Z', '2025-01-10T02:00:00Z');
    await episode('2025-01-10T01:00:00Z', '2025-01-11T00:00:00Z');
    await issue('2025-01');
    await correct('c', '2025-01-10T00:00:00Z', '2025-01-10T02:00:00Z');
    const invoice = await readInvoice(book.db, `inv:${workspace}:2025-01:usage:1`);
    if (invoice === undefined) throw new Error('it was issued');
    expect(invoice).toMatchObject({ writtenOffCents: 0n, remainingCents: 0n });
    const document = await readInvoiceDocument(book.db, asIssued(invoice));
    expect(document).toMatchObject({ status: 'issued', totalCents: 120n, writtenOffCents: 60n, remainingCents: 60n });
    const { body } = await book.call<string>('GET', `/v1/invoices/inv:${workspace}:2025-01:usage:1/csv`);
    expect(body).not.toContain('written_off');
  });

  it('stands in the PDF and the CSV beside the total', async () => {
    await use('2025-01-10T00:00:00Z', '2025-01-10T02:00:00Z');
    await episode('2025-01-10T01:00:00Z', '2025-01-11T00:00:00Z');
    await issue('2025-01');
    const { body } = await book.call<string>('GET', `/v1/invoices/inv:${workspace}:2025-01:usage:1/csv`);
    expect(body).toMatch(/\r\nwritten_off,Written off: usage after your credits ran out,2025-01,,,,,,,-0\.60\r\n$/);
    expect((await book.call('GET', `/v1/invoices/inv:${workspace}:2025-01:usage:1/pdf`)).status).toBe(200);
  });
});

describe('discounts and credits', () => {
  it('tiers and programs count as they do on the bill', async () => {
    await must('PUT', `/v1/workspaces/${workspace}/terms`, {
      effectiveFrom: '2025-01-01T00:00:00Z',
      plan: 'pro',
      volumeTiers: [
        { upTo: '1', percent: 0 },
        { upTo: null, percent: 50 },
      ],
      programDiscount: { kind: 'education', percent: 20 },
    });
    await use('2025-01-10T00:00:00Z', '2025-01-10T03:00:00Z');
    await episode('2025-01-10T01:00:00Z', '2025-01-10T02:00:00Z');
    // Of 180 minutes: 1.00 + 0.40 less a fifth. Without sixty of them: 1.00 + 0.10 less a fifth.
    expect(money(await issue('2025-01'))).toEqual(['1.12', '0.24', '0.00', '0.88', 'issued']);
  });

  it('credits that cover a part of the first minute are drawn, and the rest of it is written off', async () => {
    await grant('0.305', '2025-01-01T00:00:00Z');
    await use('2025-01-10T00:00:00Z', '2025-01-10T01:00:00Z');
    await episode('2025-01-10T00:30:00Z', '2025-01-10T02:00:00Z');
    const invoice = await issue('2025-01');
    expect(money(invoice)).toEqual(['0.30', '0.30', '0.00', '0.00', 'paid']);
    expect(invoice.bill).toMatchObject({ creditsApplied: '0.305000000', amountDue: '0.295000000' });
  });

  it('usage that credits pay is not written off, and the minutes are remembered', async () => {
    await grant('5', '2025-01-10T01:00:00Z');
    await use('2025-01-10T00:00:00Z', '2025-01-10T02:00:00Z');
    await episode('2025-01-10T01:00:00Z', '2025-01-10T02:00:00Z');
    expect(money(await issue('2025-01'))).toEqual(['0.60', '0.00', '0.00', '0.60', 'issued']);
    expect(
      await book.db('overrun_write_offs').where({ workspace_id: workspace }).first('replica_minutes', 'amount_cents'),
    ).toEqual({
      replica_minutes: 60n,
      amount_cents: 0n,
    });
  });
});

describe('late usage', () => {
  it('inside an episode is written off on the invoice that bills it, outside it is owed', async () => {
    await use('2025-01-10T00:00:00Z', '2025-01-10T01:00:00Z');
    await episode('2025-01-10T00:30:00Z', '2025-01-10T02:30:00Z');
    expect(money(await issue('2025-01'))).toEqual(['0.60', '0.30', '0.00', '0.30', 'issued']);
    await use('2025-01-10T00:00:00Z', '2025-01-10T03:00:00Z', { replica: 'r2' });
    await use('2025-02-10T00:00:00Z', '2025-02-10T00:10:00Z');
    expect(money(await issue('2025-02'))).toEqual(['1.90', '1.20', '0.00', '0.70', 'issued']);
  });

  it('is told by counts: what the first invoice wrote off is not written off again', async () => {
    await use('2025-01-10T00:00:00Z', '2025-01-10T01:00:00Z');
    await episode('2025-01-10T00:30:00Z', '2025-01-10T01:00:00Z');
    await issue('2025-01');
    await use('2025-01-10T00:00:00Z', '2025-01-10T00:10:00Z', { replica: 'r2' });
    expect(money(await issue('2025-02'))).toEqual(['0.10', '0.00', '0.00', '0.10', 'issued']);
  });
});

it('a correction takes from each of several invoices of an hour what lies inside and outside: nothing inside is asked for', async () => {
  await episode('2025-01-10T00:30:00Z', '2025-01-10T02:00:00Z');
  await use('2025-01-10T00:00:00Z', '2025-01-10T01:00:00Z');
  await issue('2025-01');
  await use('2025-01-10T00:00:00Z', '2025-01-10T01:00:00Z', { replica: 'r2' });
  await issue('2025-02');
  // Eighty minutes go, sixty of them outside: the newest invoice loses first of each kind, but has only thirty outside.
  expect(await correct('c', '2025-01-10T00:00:00Z', '2025-01-10T00:40:00Z')).toEqual([
    [30n, 0n, 30n, 0n],
    [50n, 20n, 30n, 0n],
  ]);
  expect(money(await read('2025-01'))).toEqual(['0.60', '0.30', '0.30', '0.00', 'paid']);
  expect(money(await read('2025-02'))).toEqual(['0.60', '0.10', '0.50', '0.00', 'paid']);
});

describe('corrections', () => {
  beforeEach(async () => {
    await use('2025-01-10T00:00:00Z', '2025-01-10T02:00:00Z');
    await episode('2025-01-10T01:00:00Z', '2025-01-10T02:00:00Z');
    expect(money(await issue('2025-01'))).toEqual(['1.20', '0.60', '0.00', '0.60', 'issued']);
  });

  it('of minutes inside lower what is written off, and nothing that remains', async () => {
    expect(await correct('c', '2025-01-10T01:00:00Z', '2025-01-10T01:20:00Z')).toEqual([[20n, 20n, 0n, 0n]]);
    expect(money(await read('2025-01'))).toEqual(['1.20', '0.40', '0.20', '0.60', 'issued']);
  });

  it('of minutes outside lower what remains, and nothing that is written off', async () => {
    expect(await correct('c', '2025-01-10T00:00:00Z', '2025-01-10T00:20:00Z')).toEqual([[20n, 0n, 20n, 0n]]);
    expect(money(await read('2025-01'))).toEqual(['1.20', '0.60', '0.20', '0.40', 'issued']);
  });

  it('of both lower each by its own', async () => {
    expect(await correct('c', '2025-01-10T00:50:00Z', '2025-01-10T01:20:00Z')).toEqual([[30n, 20n, 10n, 0n]]);
    expect(money(await read('2025-01'))).toEqual(['1.20', '0.40', '0.30', '0.50', 'issued']);
    expect(await correct('d', '2025-01-10T00:00:00Z', '2025-01-10T02:00:00Z')).toEqual([[90n, 40n, 50n, 0n]]);
    expect(money(await read('2025-01'))).toEqual(['1.20', '0.00', '1.20', '0.00', 'paid']);
  });

  it('that is taken back has its minutes billed and written off by the next invoice, once', async () => {
    await correct('c', '2025-01-10T00:40:00Z', '2025-01-10T01:20:00Z');
    await book.call('DELETE', `/v1/workspaces/${workspace}/corrections/c`);
    expect(money(await issue('2025-02'))).toEqual(['0.40', '0.20', '0.00', '0.20', 'issued']);
    const { rows } = await book.db.raw(
      'select sum(minutes)::int as minutes from standing_overrun where workspace_id = ?',
      [workspace],
    );
    expect(rows).toEqual([{ minutes: 60 }]);
    // Of two invoices the newest loses first.
    expect(await correct('d', '2025-01-10T01:00:00Z', '2025-01-10T01:30:00Z')).toEqual([
      [10n, 10n, 0n, 0n],
      [20n, 20n, 0n, 0n],
    ]);
  });

  it('beside late usage count each minute once', async () => {
    await use('2025-01-10T01:30:00Z', '2025-01-10T02:00:00Z', { replica: 'r2' });
    await book.meter();
    // What is on no invoice yet goes first, then what is.
    expect(await correct('c', '2025-01-10T01:30:00Z', '2025-01-10T02:00:00Z')).toEqual([[30n, 30n, 0n, 0n]]);
    setClock('2025-03-01T01:00:00Z');
    const next = await book.activities.billing.finalizeInvoice({ workspace, month: '2025-02' });
    expect(next).toMatchObject({ kind: 'empty' });
    expect(money(await read('2025-01'))).toEqual(['1.20', '0.30', '0.30', '0.60', 'issued']);
  });

  it('a void invoice is written off no more, and what is owed again is written off by the next', async () => {
    await must('POST', `/v1/invoices/inv:${workspace}:2025-01:usage:1/void`, {
      key: 'v',
      reason: 'wrong',
      usage: 'owed',
    });
    expect(money(await read('2025-01'))).toEqual(['1.20', '0.00', '1.20', '0.00', 'void']);
    expect(money(await issue('2025-02'))).toEqual(['1.20', '0.60', '0.00', '0.60', 'issued']);
  });

  it('what is paid goes back once: what notes credit beyond that lowers what is written off', async () => {
    const invoice = `/v1/invoices/inv:${workspace}:2025-01:usage:1`;
    await must('POST', `${invoice}/payments`, { key: 'p', amount: '0.60', reference: 'wire' });
    for (const key of ['a', 'b', 'c'])
      await must('POST', `${invoice}/credit-notes`, { key, reason: 'sorry', amount: '0.25' });
    const notes = await book.db('credit_notes').where({ workspace_id: workspace }).orderBy('number');
    expect(notes.map((note) => [note.written_off_cents, note.to_refund_cents])).toEqual([
      [0n, 25n],
      [0n, 25n],
      [15n, 10n],
    ]);
    expect(await correct('d', '2025-01-10T00:50:00Z', '2025-01-10T01:20:00Z')).toEqual([[30n, 30n, 0n, 0n]]);
    expect(await read('2025-01')).toMatchObject({
      credited: '1.05',
      writtenOff: '0.15',
      paid: '0.60',
      toRefund: '0.60',
    });
    await must('POST', `${invoice}/refunds`, { key: 'r', reason: 'sorry', amount: '0.60', reference: 'back' });
    expect(await read('2025-01')).toMatchObject({ refunded: '0.60', toRefund: '0.00', remaining: '0.00' });
  });

  it('goodwill lowers what remains before what is written off', async () => {
    const note = { key: 'g', reason: 'sorry', amount: '0.70' };
    await must('POST', `/v1/invoices/inv:${workspace}:2025-01:usage:1/credit-notes`, note);
    expect(money(await read('2025-01'))).toEqual(['1.20', '0.50', '0.70', '0.00', 'paid']);
  });
});
