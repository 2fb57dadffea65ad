// E-mails over HTTP: what is shown of them, sending again, what comes back, and health.
import { sendEmail } from '../../commands/send-email';
import type { Email, MailHealth } from '../../contract/emails';
import type { Workspace } from '../../contract/workspaces';
import { mailFigures } from '../../db/mail/gauges';
import { dayMs } from '../../domain/period';
import { returnPath } from '../../gateways/mail/return-path';
import { emailKey, type Mailing, returns, startMailing } from '../commands/mailing';
import { type MailingBook, startMailingBook } from './mailing-book';

let mailing: Mailing;
let book: MailingBook;
beforeEach(async () => {
  mailing = await startMailing();
  book = await startMailingBook(mailing);
  await mailing.issue();
});
afterEach(async () => {
  await book.close();
  await mailing.stop();
});

const send = (round = 0) =>
  sendEmail({ ...mailing.connections, mail: mailing.mail }, { workspace: 'acme', email: emailKey, round });
const emails = async (query = '') =>
  (await book.call<{ items: Email[]; next?: string }>('GET', `/v1/workspaces/acme/emails${query}`)).body;
const resend = (body?: object) => book.call<Email>('POST', `/v1/emails/${emailKey}/resend`, { body });
const starts = () =>
  mailing.db('outbox').where({ workflow_type: 'sendEmail' }).orderBy('outbox_id').pluck('workflow_id');

test('an e-mail is shown with what became of it by address', async () => {
  await mailing.inbox.fault({ answer: 451, at: 'rcpt' });
  expect((await emails()).items).toMatchObject([
    {
      key: emailKey,
      kind: 'invoice_issued',
      addresses: [{ address: 'acme@example.com', state: 'queued', attempts: 0 }],
    },
  ]);
  await expect(send()).rejects.toThrow();
  expect((await emails()).items[0]?.addresses).toMatchObject([
    { state: 'queued', waitsFor: 'recipient', attempts: 1, code: '451 4.3.0', error: expect.stringContaining('451') },
  ]);
  await send();
  expect((await emails()).items[0]?.addresses).toEqual([
    {
      address: 'acme@example.com',
      state: 'sent',
      attempts: 2,
      resends: 0,
      sentAt: '2025-02-01T00:10:00Z',
      changedAt: '2025-02-01T00:10:00Z',
    },
  ]);
});

test('those about one invoice are asked for by it', async () => {
  await mailing.db.raw(`
    insert into emails (key, workspace_id, kind, about, facts, dated_at)
    select 'k' || n, 'acme', 'payment_failed', 'inv:acme:2024-12:usage:1', '{}', now() from generate_series(1, 3) n`);
  const keysOf = async (query: string) => (await emails(query)).items.map(({ key }) => key);
  const [invoice] = await mailing.db('invoices').pluck('id');
  expect(await keysOf(`?invoice=${invoice}`)).toEqual([emailKey]);
  expect(await keysOf('?invoice=inv:acme:2024-12:usage:1&limit=2')).toEqual(['k3', 'k2']);
  expect(await keysOf('?invoice=inv:other:2024-12:usage:1')).toEqual([]);
});

test('they come a page at a time, the newest first', async () => {
  await mailing.db.raw(`
    insert into emails (key, workspace_id, kind, about, facts, dated_at)
    select 'k' || n, 'acme', 'invoice_issued', 'i', '{}', now() from generate_series(1, 4) n`);
  const first = await emails('?limit=2');
  expect(first.items.map(({ key }) => key)).toEqual(['k4', 'k3']);
  const second = await emails(`?limit=2&cursor=${first.next}`);
  expect(second.items.map(({ key }) => key)).toEqual(['k2', 'k1']);
  const last = await emails(`?limit=2&cursor=${second.next}`);
  expect(last).toEqual({ items: [expect.objectContaining({ key: emailKey })] });
});

describe('a resend', () => {
  test('goes to the new address after the old one was refused, as the same message', async () => {
    await mailing.inbox.fault({ answer: 550, at: 'rcpt' });
    await send();
    expect((await book.call<Workspace>('GET', '/v1/workspaces/acme')).body.emailProblems).toMatchObject([
      { address: 'acme@example.com', state: 'refused', code: '550 5.1.1' },
    ]);
    await mailing.db('workspaces').update({ billing_email: 'new@acme.example' });
    expect((await book.call<Workspace>('GET', '/v1/workspaces/acme')).body).not.toHaveProperty('emailProblems');

    const { status, body } = await resend();
    expect(status).toBe(202);
    expect(body.addresses).toMatchObject([
      { address: 'acme@example.com', state: 'refused' },
      { address: 'new@acme.example', state: 'queued', resends: 1 },
    ]);
    expect(await starts()).toEqual([`email:${emailKey}`, `email:${emailKey}:1`]);
    expect(await send(1)).toEqual({ sent: 1, failed: 0 });
    const [message] = await mailing.inbox.messages();
    expect(message).toMatchObject({ rcptTo: ['new@acme.example'] });

    expect((await resend({ to: 'all' })).status).toBe(202);
    await send(2);
    const messages = await mailing.inbox.messages();
    expect(messages).toHaveLength(2);
    expect(new Set(messages.map(({ messageId }) => messageId)).size).toBe(1);
  });

  test('of what everybody has changes nothing, nor does one that is repeated', async () => {
    await send();
    expect(await resend({ to: 'undelivered' })).toMatchObject({
      status: 200,
      body: { addresses: [{ state: 'sent' }] },
    });
    expect((await resend({ to: 'all' })).status).toBe(202);
    expect((await resend({ to: 'all' })).status).toBe(200);
    expect(await starts()).toHaveLength(2);
    expect(await mailing.db('audit_log').where({ action: 'email.resent' })).toHaveLength(1);
  });

  test('takes over from a sending that still tries, which then ends', async () => {
    await mailing.inbox.fault({ answer: 451 });
    await expect(send()).rejects.toThrow();
    expect((await resend()).status).toBe(202);
    expect(await send(0)).toEqual({ sent: 0, failed: 0 });
    expect(await send(1)).toEqual({ sent: 1, failed: 0 });
    expect(await mailing.inbox.messages()).toHaveLength(1);
  });

  test('helps what was never tried, as its workflow is lost', async () => {
    mailing.advance(2 * 60_000);
    expect((await resend()).status).toBe(202);
  });

  test('is refused for what is not there, with another body, and after a hundred', async () => {
    const call = (path: string, body: unknown) => book.call('POST', path, { body });
    expect((await call('/v1/emails/invoice-issued:none/resend', {})).status).toBe(404);
    expect((await call('/v1/emails/a%2Fb/resend', {})).status).toBe(400);
    expect((await call(`/v1/emails/${emailKey}/resend`, { to: 'mars' })).status).toBe(400);
    await mailing.db('email_addresses').update({ round: 100 });
    expect((await call(`/v1/emails/${emailKey}/resend`, { to: 'all' })).status).toBe(409);
  });
});

describe('what comes back', () => {
  const address = 'acme@example.com';
  const path = () => returnPath({ ...returns, emailKey, address });
  const report = (status: string, action = 'failed') =>
    [
      'From: mailer-daemon@relay.example',
      'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
      ...['', '--b', 'Content-Type: message/delivery-status', ''],
      ...['Reporting-MTA: dns; relay.example', '', `Final-Recipient: rfc822; ${address}`],
      ...[
        `Action: ${action}`,
        `Status: ${status}`,
        `Diagnostic-Code: smtp; 550 ${status} no such user`,
        '',
        '--b--',
        '',
      ],
    ].join('\r\n');
  const handIn = (message: string, recipient = path()) =>
    book.call<{ matched: boolean; state?: string }>('POST', `/v1/mail/bounces?recipient=${recipient}`, {
      body: message,
      headers: { 'content-type': 'message/rfc822' },
    });

  test('marks the address that it is about, again and again', async () => {
    await send();
    const [message] = await mailing.inbox.messages();
    expect(message?.mailFrom).toBe(path());
    for (const _time of [1, 2]) {
      expect(await handIn(report('5.1.1'))).toMatchObject({ status: 200, body: { matched: true, state: 'bounced' } });
    }
    expect(await mailing.addresses()).toMatchObject([{ state: 'bounced', code: '5.1.1' }]);
    const { body } = await book.call<Workspace>('GET', '/v1/workspaces/acme');
    expect(body.emailProblems).toMatchObject([{ address, state: 'bounced', error: 'smtp; 550 5.1.1 no such user' }]);
  });

  test('of the moment has it sent again, within five days', async () => {
    await send();
    expect((await handIn(report('4.2.2'))).body).toEqual({ matched: true, state: 'queued' });
    expect((await handIn(report('4.2.2'))).body).toEqual({ matched: true, state: 'queued' });
    expect(await starts()).toEqual([`email:${emailKey}`, `email:${emailKey}:1`]);
    await send(1);
    mailing.advance(6 * dayMs);
    expect((await handIn(report('4.2.2'))).body).toEqual({ matched: true, state: 'bounced' });
  });

  test('that is about us does not call the address dead', async () => {
    await send();
    expect((await handIn(report('5.7.1'))).body).toEqual({ matched: true, state: 'bounced' });
    expect((await book.call<Workspace>('GET', '/v1/workspaces/acme')).body).not.toHaveProperty('emailProblems');
  });

  test.each([
    [
      'to a token of nobody',
      () => handIn(report('5.1.1'), `b-${'a'.repeat(32)}@${returns.domain}`),
      { matched: false },
    ],
    ['to another domain', () => handIn(report('5.1.1'), path().replace(/@.*/, '@evil.example')), { matched: false }],
    ['to no address', () => handIn(report('5.1.1'), 'postmaster'), { matched: false }],
    ['that is no report', () => handIn('Subject: I am away\r\n\r\nback on Monday'), { matched: true, state: 'sent' }],
    ['that says it is delayed', () => handIn(report('4.4.1', 'delayed')), { matched: true, state: 'sent' }],
  ])('%s changes nothing', async (_name, call, answer) => {
    await send();
    const before = await mailing.db('email_addresses');
    expect(await call()).toMatchObject({ status: 200, body: answer });
    expect(await mailing.db('email_addresses')).toEqual(before);
  });

  test('is refused without a message, without a recipient, as JSON, and beyond 1 MiB', async () => {
    expect((await handIn('')).status).toBe(400);
    expect((await handIn(report('5.1.1'), '')).status).toBe(400);
    const url = `/v1/mail/bounces?recipient=${path()}`;
    expect((await book.call('POST', url, { body: {} })).status).toBe(415);
    expect((await handIn('x'.repeat(1024 ** 2 + 1))).status).toBe(413);
  });
});

describe('health', () => {
  const health = async () => (await book.call<MailHealth>('GET', '/health/mail')).body;

  test('shows what has waited for an hour, and that it is our own fault', async () => {
    expect(await health()).toEqual({ status: 'ok', waiting: [] });
    await mailing.inbox.fault({ answer: 554, at: 'mail' });
    await expect(send()).rejects.toThrow('whoever runs this Minutebook');
    mailing.advance(3_600_000);
    const since = '2025-02-01T00:10:00Z';
    const waiting = [{ for: 'operator', addresses: 1, since, code: '554 5.7.1' }];
    expect(await health()).toEqual({ status: 'failing', waiting });
    await mailing.inbox.fault({ answer: 451 });
    await expect(send()).rejects.toThrow();
    expect(await health()).toMatchObject({ status: 'waiting', waiting: [{ for: 'recipient' }] });
    await send();
    expect(await health()).toEqual({ status: 'ok', waiting: [] });
  });

  test('and what no worker has come to', async () => {
    mailing.advance(2 * 3_600_000);
    expect(await mailFigures(mailing.db, { nowMs: mailing.connections.clock() })).toEqual({ waiting: 1, age: 7200 });
    expect(await health()).toMatchObject({ status: 'failing', waiting: [{ for: 'worker', addresses: 1 }] });
  });
});
