// A credit note's e-mail, from the command that issues it to the inbox: with its PDF, in the thread of its invoice.
import { correctUsage } from '../../commands/correct-usage';
import { creditInvoice } from '../../commands/credit-invoice';
import { sendEmail } from '../../commands/send-email';
import { voidInvoice } from '../../commands/void-invoice';
import { creditNoteIssuedKey } from '../../domain/ids';
import { cents } from '../../domain/money';
import { readPdf, textsOf } from '../gateways/pdf/reading';
import { allowPaying, pay } from '../harness/paid';
import type { Message } from '../sandbox/mail/inbox';
import { emailKey, invoiceId, type Mailing, startMailing } from './mailing';

let mailing: Mailing;
beforeEach(async () => {
  mailing = await startMailing();
  await mailing.issue();
});
afterEach(() => mailing.stop());

const noteId = 'cn:acme:1';
const noteKey = creditNoteIssuedKey(noteId);
const reason = 'The replicas were stuck';
const send = (email: string) =>
  sendEmail({ ...mailing.connections, mail: mailing.mail }, { workspace: 'acme', email, round: 0 });
const authored = async () => ({ actor: 'test', nowMs: await mailing.connections.clock() });
const correct = (as: 'refund' | 'credits' = 'refund') => {
  const ranges = [{ model: 'm', from: '2025-01-10T00:00:00Z', to: '2025-01-10T00:30:00Z' }];
  const entry = { key: 'stuck', reason, as, ranges };
  return correctUsage(mailing.connections, { workspace: 'acme', entry, actor: 'test', isPreview: false });
};
const about = { workspace: 'acme', invoice: invoiceId, key: 'k', reason };
const credit = async () => {
  const crediting = { ...about, kind: 'goodwill', amountCents: cents(20n) } as const;
  const author = await authored();
  await mailing.db.transaction((trx) =>
    creditInvoice(trx, { crediting, author, settings: { isMailing: true, isCharging: false } }),
  );
};
const voidWhole = async (usage: 'owed' | 'voided') => {
  const voiding = { ...about, usage };
  const author = await authored();
  await mailing.db.transaction((trx) =>
    voidInvoice(trx, { voiding, author, settings: { isMailing: true, isCharging: false } }),
  );
};
const pdfOf = async (message: Message | undefined) => {
  const answer = await fetch(`${mailing.inbox.page}/messages/${message?.id}/attachments/0`);
  return Buffer.from(await answer.arrayBuffer());
};
const sentNote = async () => {
  expect(await send(noteKey)).toEqual({ sent: 1, failed: 0 });
  const [message] = await mailing.inbox.messages();
  const texts = textsOf((await readPdf(await pdfOf(message))).root);
  return { message, text: message?.text.replace(/\s+/g, ' '), pdf: texts.join(' ').replace(/\s+/g, ' ') };
};

test('a correction is told with its PDF, in the thread of its invoice', async () => {
  await send(emailKey);
  await correct();
  const { message, text, pdf } = await sentNote();
  expect(message).toMatchObject({
    subject: 'Credit note acme-CN-0001: $0.30 for invoice acme-0001',
    attachments: [{ filename: 'acme-CN-0001.pdf', contentType: 'application/pdf' }],
  });
  for (const said of [
    `Reason: ${reason}`,
    'This credit note lowers what is to be paid by $0.30.',
    'attached as a PDF',
    '$0.90',
  ]) {
    expect(text).toContain(said);
  }
  for (const said of [
    'For invoice acme-0001',
    `Reason: ${reason}`,
    'Usage of January 2025, credited',
    '0.30 USD credited',
  ]) {
    expect(pdf).toContain(said);
  }
  const [, ofInvoice] = await mailing.inbox.messages();
  expect(message?.headers['references']).toBe(ofInvoice?.headers['references']);
  expect(message?.headers['references']).toMatch(/^<.+>$/);
  expect(message?.messageId).not.toBe(ofInvoice?.messageId);
});

test('what was paid already comes back as credits where the correction says so', async () => {
  await allowPaying(mailing.db);
  await pay(mailing.db, { invoice: invoiceId, cents: 120 });
  await correct('credits');
  const { text, pdf } = await sentNote();
  expect(text).toContain('$0.30 are yours as credits for later usage.');
  expect(pdf).toContain('0.30 USD had been paid and is given as credits for later usage.');
});

test('goodwill has its reason and no lines', async () => {
  await credit();
  const { text, pdf } = await sentNote();
  expect(text).toContain('This credit note lowers what is to be paid by $0.20.');
  expect(pdf).toContain('This credit note lowers what is to be paid by 0.20 USD.');
  expect(pdf).not.toMatch(/Usage of|About the minutes/);
});

test.each([
  ['owed', 'The invoice is void, and its usage is billed by a later one.'],
  ['voided', 'The invoice is void, and its usage is not billed.'],
] as const)('a void says what becomes of the usage (%s)', async (usage, sentence) => {
  await voidWhole(usage);
  const { text, pdf } = await sentNote();
  expect(text).toContain(`${sentence} This credit note lowers what is to be paid by $1.20.`);
  expect(pdf).toContain(`${sentence} This credit note lowers what is to be paid by 1.20 USD.`);
});

test('one that is too large is linked by its own address', async () => {
  await credit();
  const mail = { ...mailing.mail, attachmentBytesMax: 1000, publicUrl: 'https://billing.example.com' };
  await sendEmail({ ...mailing.connections, mail }, { workspace: 'acme', email: noteKey, round: 0 });
  const [message] = await mailing.inbox.messages();
  expect(message?.attachments).toEqual([]);
  expect(message?.text).toContain(`https://billing.example.com/v1/credit-notes/${noteId}/pdf`);
});

test("the invoice's own e-mail goes on attaching it as it was issued", async () => {
  await send(emailKey);
  const [before] = await mailing.inbox.messages();
  const bytes = await pdfOf(before);
  await voidWhole('owed');
  await mailing.inbox.clear();
  await mailing.db('email_addresses').where({ email_key: emailKey }).update({ state: 'queued' });
  await send(emailKey);
  const [again] = await mailing.inbox.messages();
  expect((await pdfOf(again)).equals(bytes)).toBe(true);
});
