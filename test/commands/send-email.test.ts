// An issued invoice's e-mail, from the transaction that issues it to the inbox, through each fault that the inbox can show.
import { resendEmail } from '../../commands/resend-email';
import { sendEmail } from '../../commands/send-email';
import { dayMs } from '../../domain/period';
import { addGrant } from '../db/fixtures';
import { readPdf, textsOf } from '../gateways/pdf/reading';
import { allowPaying, pay } from '../harness/paid';
import { emailKey, invoiceId, type Mailing, startMailing } from './mailing';

let mailing: Mailing;
beforeEach(async () => {
  mailing = await startMailing();
});
afterEach(() => mailing.stop());

const first = { workspace: 'acme', email: emailKey, round: 0 };
const send = (sending = first) => sendEmail({ ...mailing.connections, mail: mailing.mail }, sending);
const mails = () => mailing.db('emails').select('key', 'kind', 'about', 'workspace_id');
const starts = () => mailing.db('outbox').where({ workflow_type: 'sendEmail' }).pluck('workflow_id');

test('issuing an invoice writes one e-mail and the start of its workflow, however often it is asked', async () => {
  await mailing.issue();
  await mailing.issue();
  expect(await mails()).toEqual([{ key: emailKey, kind: 'invoice_issued', about: invoiceId, workspace_id: 'acme' }]);
  expect(await starts()).toEqual([`email:${emailKey}`]);
});

test('an invoice that is rolled back has written none', async () => {
  const { db } = mailing;
  await db.raw(`
    create function refuse_settling() returns trigger language plpgsql as $$ begin raise exception 'broken'; end $$;
    create trigger refuse_settling before insert on email_addresses for each row execute function refuse_settling()`);
  await expect(mailing.issue()).rejects.toThrow('broken');
  expect(await mails()).toEqual([]);
  expect(await starts()).toEqual([]);
  expect(await db('invoices').select('id')).toEqual([]);
});

test('where there is no mail server none is written, and the invoice is issued', async () => {
  mailing.connections.settings = { ...mailing.connections.settings, isMailing: false };
  expect(await mailing.issue()).toMatchObject({ kind: 'invoiced', invoiceId });
  expect(await mails()).toEqual([]);
  expect(await starts()).toEqual([]);
});

test('each address has a mail of its own, once whatever its capitals, and what cannot be stored is left out', async () => {
  await mailing.setEmails([
    'books@acme.example',
    'ACME@example.com',
    'Books@Acme.example',
    `${'x'.repeat(300)}@acme.example`,
  ]);
  await mailing.issue();
  expect(await send()).toEqual({ sent: 2, failed: 0 });
  const messages = await mailing.inbox.messages();
  expect(messages.map(({ rcptTo }) => rcptTo).sort()).toEqual([['acme@example.com'], ['books@acme.example']]);
  expect(new Set(messages.map(({ messageId }) => messageId)).size).toBe(1);
  expect(messages[0]).toMatchObject({ subject: 'Invoice acme-0001: $1.20 due now' });
  // Bounces tell them apart.
  expect(new Set(messages.map(({ mailFrom }) => mailFrom)).size).toBe(2);
  // Again it finds them delivered.
  expect(await send()).toEqual({ sent: 2, failed: 0 });
  expect(await mailing.inbox.messages()).toHaveLength(2);
});

/** The bytes of a message's one attachment. */
const attached = (id: string | undefined) =>
  fetch(`${mailing.inbox.page}/messages/${id}/attachments/0`).then(async (it) => Buffer.from(await it.arrayBuffer()));

test('the PDF is attached, drawn once for all addresses', async () => {
  await mailing.setEmails(['books@acme.example']);
  await mailing.issue();
  await send();
  const [one, other] = await mailing.inbox.messages();
  expect(mailing.drawn).toEqual(['acme-0001']);
  const pdf = await attached(one?.id);
  expect(one?.attachments).toEqual([{ filename: 'acme-0001.pdf', contentType: 'application/pdf', size: pdf.length }]);
  expect((await attached(other?.id)).equals(pdf)).toBe(true);
  expect(textsOf((await readPdf(pdf)).root)).toEqual(
    expect.arrayContaining(['Invoice number acme-0001', '1.20 USD to pay by 1 February 2025']),
  );
  for (const body of [one?.text, one?.html]) expect(body).toContain('The invoice is attached as a PDF.');
});

test('it is the invoice as it was issued: a resend after it was paid attaches the same bytes', async () => {
  await mailing.issue();
  await send();
  await allowPaying(mailing.db);
  await pay(mailing.db, { invoice: invoiceId, cents: 120 });
  const author = { actor: 'test', nowMs: await mailing.connections.clock() };
  await mailing.db.transaction((trx) => resendEmail(trx, { key: emailKey, to: 'all', author }));
  await send({ ...first, round: 1 });
  const [again, before] = await mailing.inbox.messages();
  expect((await attached(again?.id)).equals(await attached(before?.id))).toBe(true);
  expect([again?.text, again?.html]).toEqual([before?.text, before?.html]);
});

test.each([
  ['https://billing.example.com', `https://billing.example.com/v1/invoices/${invoiceId}/pdf`],
  [null, undefined],
])('one that is too large is not attached, and the e-mail says where it is (%s)', async (publicUrl, link) => {
  await mailing.issue();
  await sendEmail({ ...mailing.connections, mail: { ...mailing.mail, attachmentBytesMax: 1000, publicUrl } }, first);
  const [message] = await mailing.inbox.messages();
  expect(message?.attachments).toEqual([]);
  for (const body of [message?.text, message?.html]) {
    expect(body).toContain('PDF is too large to be attached.');
    expect(body).not.toContain('is attached as a PDF');
  }
  expect(/https:\S+/.exec(message?.text ?? '')?.[0]).toBe(link);
});

test('one that cannot be drawn is tried again, and no address is said to have it', async () => {
  await mailing.issue();
  const renderer = { render: () => Promise.reject(new Error('no font')) };
  await expect(sendEmail({ ...mailing.connections, mail: { ...mailing.mail, renderer } }, first)).rejects.toThrow(
    'no font',
  );
  expect(await mailing.addresses()).toMatchObject([{ state: 'queued', attempts: 0 }]);
  expect(await send()).toEqual({ sent: 1, failed: 0 });
});

test('an invoice that credits pay says that there is nothing to pay', async () => {
  await addGrant(mailing.db, { workspace: 'acme', key: 'free', nanos: 30_000_000_000n, from: '2025-01-01T00:00:00Z' });
  await mailing.issue();
  await send();
  const [message] = await mailing.inbox.messages();
  expect(message?.subject).toBe('Invoice acme-0001: nothing to pay');
  expect(message?.text).toContain('Credits of $1.20 cover it');
});

test.each([
  ['451 after the mail', { answer: 451 }, 'recipient', '451 4.3.0'],
  ['a server that hangs', { answer: 'hang' }, 'server', null],
  ['a connection that is cut after the mail', { answer: 'drop_after_data' }, 'server', null],
  ['a server that does not want us', { answer: 554, at: 'mail' }, 'operator', '554 5.7.1'],
])('%s is waited for and tried again', async (_name, fault, waitsFor, code) => {
  await mailing.issue();
  await mailing.inbox.fault(fault);
  await expect(send()).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining(emailKey) });
  expect(await mailing.addresses()).toMatchObject([{ state: 'queued', waits_for: waitsFor, code, attempts: 1 }]);
  expect(await send()).toEqual({ sent: 1, failed: 0 });
  expect(await mailing.addresses()).toMatchObject([{ state: 'sent', waits_for: null, code: null, attempts: 2 }]);
});

test('an address that is refused is done with, and the others have their mail', async () => {
  await mailing.setEmails(['books@acme.example']);
  await mailing.issue();
  await mailing.inbox.fault({ answer: 550, at: 'rcpt', recipient: 'acme@example.com' });
  expect(await send()).toEqual({ sent: 1, failed: 1 });
  expect(await mailing.addresses()).toMatchObject([
    { address: 'acme@example.com', state: 'refused', code: '550 5.1.1' },
    { address: 'books@acme.example', state: 'sent' },
  ]);
  expect(await send()).toEqual({ sent: 1, failed: 1 });
  expect(await mailing.inbox.messages()).toHaveLength(1);
});

test('one that is waited for does not keep the mail from the others, nor is it sent to them again', async () => {
  await mailing.setEmails(['books@acme.example']);
  await mailing.issue();
  await mailing.inbox.fault({ answer: 451, at: 'rcpt', recipient: 'acme@example.com' });
  await expect(send()).rejects.toThrow("waits for the recipient's mailbox (451");
  expect(await mailing.addresses()).toMatchObject([{ state: 'queued' }, { state: 'sent' }]);
  await send();
  expect((await mailing.inbox.messages()).map(({ to }) => to[0]).sort()).toEqual([
    'acme@example.com',
    'books@acme.example',
  ]);
});

test('a worker that dies between the answer and its note sends again, under the same Message-ID', async () => {
  await mailing.issue();
  const { db } = mailing;
  await db.raw(`
    create function lose_note() returns trigger language plpgsql as $$ begin raise exception 'the worker is gone'; end $$;
    create trigger lose_note before update on email_addresses for each row execute function lose_note()`);
  await expect(send()).rejects.toThrow('the worker is gone');
  expect(await mailing.addresses()).toMatchObject([{ state: 'queued', attempts: 0 }]);
  await db.raw('drop trigger lose_note on email_addresses');
  await send();
  const messages = await mailing.inbox.messages();
  expect(messages).toHaveLength(2);
  expect(new Set(messages.map(({ messageId }) => messageId)).size).toBe(1);
  expect(new Set(messages.map(({ headers }) => headers['date'])).size).toBe(1);
});

test('after five days it is given up, and that ends the sending', async () => {
  await mailing.issue();
  await mailing.inbox.fault({ answer: 451, times: 10 });
  await expect(send()).rejects.toThrow('five days');
  mailing.advance(5 * dayMs);
  expect(await send()).toEqual({ sent: 0, failed: 1 });
  expect(await mailing.addresses()).toMatchObject([{ state: 'gave_up', waits_for: null, code: '451 4.3.0' }]);
});

test('a worker without a mail server keeps what waits, and says whose fault it is', async () => {
  await mailing.issue();
  await expect(sendEmail(mailing.connections, first)).rejects.toThrow('whoever runs this Minutebook');
  expect(await mailing.addresses()).toMatchObject([{ state: 'queued', waits_for: 'operator' }]);
});

test.each([
  ['an e-mail is changed', `update emails set facts = '{}'`, /append only/],
  ['an e-mail is deleted', `delete from emails`, /append only/],
  ['an address is changed', `update email_addresses set address = 'x@y.example'`, /stays what it is/],
  ['an address is deleted', `delete from email_addresses`, /stays what it is/],
  ['an address is sent without a time', `update email_addresses set state = 'sent'`, /email_addresses_check/],
])('the database refuses that %s', async (_name, sql, refusal) => {
  await mailing.issue();
  await expect(mailing.db.raw(sql)).rejects.toThrow(refusal);
});
