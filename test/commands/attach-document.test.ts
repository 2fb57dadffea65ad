// The PDF beside an e-mail says of the money what the e-mail says, whatever became of the invoice since.
import { attachDocument } from '../../commands/attach-document';
import { creditInvoice } from '../../commands/credit-invoice';
import { cents } from '../../domain/money';
import { dayMs } from '../../domain/period';
import { pdfRenderer } from '../../gateways/pdf/render';
import { readPdf, textsOf } from '../gateways/pdf/reading';
import { type Collecting, startCollecting } from './collecting';
import { transferTo } from './refunding';

let c: Collecting;
beforeAll(async () => {
  c = await startCollecting();
});
afterAll(() => c?.stop());

const renderer = pdfRenderer({});

async function pdfOf(invoice: string, kind: string): Promise<Uint8Array> {
  const email = await c.db('emails').where({ about: invoice, kind }).first('key', 'kind', 'about', 'facts');
  const { attachments } = await attachDocument(c.db, email, {
    renderer,
    attachmentBytesMax: 2_000_000,
    publicUrl: null,
  });
  const [attached] = attachments;
  if (attached === undefined) throw new Error(`${kind} of ${invoice} has no PDF`);
  return attached.content;
}

const saysOf = async (pdf: Uint8Array): Promise<string> => textsOf((await readPdf(pdf)).root).join(' ');

async function paid(workspace: string, method = 'pm_card_visa'): Promise<string> {
  await c.addWorkspace(workspace);
  await c.addMethod(workspace, method);
  const invoice = await c.issue(workspace, 12_345n);
  await c.collect(invoice);
  return invoice;
}

test('paid at once, it is a receipt, and stays the same one', async () => {
  const invoice = await paid('at-once');
  const pdf = await pdfOf(invoice, 'invoice_issued');
  const says = await saysOf(pdf);
  expect(says).toContain('It is paid in full by Visa ending 4242. Thank you.');
  expect(says).not.toContain('is charged to');
  const crediting = { workspace: 'at-once', invoice, kind: 'goodwill', key: 'g1', reason: 'sorry' } as const;
  await c.db.transaction((trx) =>
    creditInvoice(trx, {
      crediting: { ...crediting, amountCents: cents(1_000n) },
      author: { actor: 'admin', nowMs: c.now() },
      settings: c.connections.settings,
    }),
  );
  expect(Buffer.from(await pdfOf(invoice, 'invoice_issued')).equals(Buffer.from(pdf))).toBe(true);
});

test('a debit under way is charged, and its receipt says that it came in', async () => {
  const invoice = await paid('debit', 'pm_usBankAccount_success');
  expect(await saysOf(await pdfOf(invoice, 'invoice_issued'))).toContain('The amount is charged to');
  await c.advance(5 * dayMs);
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  expect(await saysOf(await pdfOf(invoice, 'payment_received'))).toMatch(
    /It is paid in full by .* ending 6789\. Thank you\./,
  );
  // What was sent before stays what it was.
  expect(await saysOf(await pdfOf(invoice, 'invoice_issued'))).toContain('The amount is charged to');
});

test('paid by several, it names none of them alone; paid in part, it is as issued', async () => {
  await c.addWorkspace('several');
  const invoice = await c.issue('several', 12_345n);
  await c.collect(invoice);
  await transferTo(c, invoice, 2_345n);
  await c.collect(invoice);
  expect(await saysOf(await pdfOf(invoice, 'payment_received'))).toContain('The amount is charged to');
  await c.addMethod('several', 'pm_card_visa');
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  const [, last] = await c.db('emails').where({ about: invoice, kind: 'payment_received' }).orderBy('position');
  const { attachments } = await attachDocument(c.db, last, {
    renderer,
    attachmentBytesMax: 2_000_000,
    publicUrl: null,
  });
  expect(await saysOf(attachments[0]?.content ?? new Uint8Array())).toContain('It is paid in full. Thank you.');
});
