import fc from 'fast-check';
import { type Bounce, meaningOf, readBounce } from '../../../gateways/mail/bounces';

const lines = (...all: readonly string[]) => Buffer.from(all.join('\r\n'));

// In the manner of Postfix: three parts, the address in both recipient fields, the remote server's words folded.
const postfix = lines(
  'Return-Path: <>',
  'Date: Sun,  1 Feb 2026 00:05:02 +0000 (UTC)',
  'From: MAILER-DAEMON@mx1.sender.example (Mail Delivery System)',
  'Subject: Undelivered Mail Returned to Sender',
  'To: b-abcdefghijklmnopqrstuvwxyz234567@bounces.example.com',
  'Auto-Submitted: auto-replied',
  'MIME-Version: 1.0',
  'Content-Type: multipart/report; report-type=delivery-status;',
  '\tboundary="4F2c1Xyz9.1769904302/mx1.sender.example"',
  '',
  'This is a MIME-encapsulated message.',
  '',
  '--4F2c1Xyz9.1769904302/mx1.sender.example',
  'Content-Description: Notification',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'Your message could not be delivered. Status: 2.0.0',
  'Final-Recipient: rfc822; not-this-one@acme.example',
  '',
  '--4F2c1Xyz9.1769904302/mx1.sender.example',
  'Content-Description: Delivery report',
  'Content-Type: message/delivery-status',
  '',
  'Reporting-MTA: dns; mx1.sender.example',
  'X-Postfix-Queue-ID: 4F2c1Xyz9',
  'X-Postfix-Sender: rfc822; b-abcdefghijklmnopqrstuvwxyz234567@bounces.example.com',
  'Arrival-Date: Sun,  1 Feb 2026 00:05:00 +0000 (UTC)',
  '',
  'Final-Recipient: rfc822; accounts@acme.example',
  'Original-Recipient: rfc822;accounts@acme.example',
  'Action: failed',
  'Status: 5.1.1',
  'Remote-MTA: dns; mx.acme.example',
  'Diagnostic-Code: smtp; 550 5.1.1 <accounts@acme.example>: Recipient address',
  '    rejected: User unknown',
  '',
  '--4F2c1Xyz9.1769904302/mx1.sender.example',
  'Content-Type: message/rfc822',
  '',
  'Subject: Invoice acme-0003',
  '',
  '--4F2c1Xyz9.1769904302/mx1.sender.example--',
);

// In the manner of Exchange Online: a multipart within, base64 in the text, a status with a long detail.
const exchange = lines(
  'From: <postmaster@acme.example>',
  'To: <b-abcdefghijklmnopqrstuvwxyz234567@bounces.example.com>',
  'Content-Type: multipart/report; report-type=delivery-status; boundary="a1; b2"',
  'Content-Language: en-US',
  'Subject: Undeliverable: Invoice acme-0003',
  '',
  '--a1; b2',
  'Content-Type: multipart/alternative; differences=Content-Type;',
  ' boundary="inner-77"',
  '',
  '--inner-77',
  'Content-Type: text/plain; charset="us-ascii"',
  'Content-Transfer-Encoding: base64',
  '',
  'WW91ciBtZXNzYWdlIHdhcyBub3QgZGVsaXZlcmVkLg==',
  '--inner-77--',
  '',
  '--a1; b2',
  'Content-Type: message/delivery-status',
  '',
  'Reporting-MTA: dns;AM0PR01MB0001.prod.example',
  'Received-From-MTA: dns;mail.sender.example',
  'Arrival-Date: Sun, 1 Feb 2026 00:05:03 +0000',
  '',
  'Original-Recipient: rfc822;accounts@acme.example',
  'Final-Recipient: rfc822;accounts@acme.example',
  'Action: failed',
  'Status: 5.1.10',
  'Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient accounts@acme.example not found',
  '',
  '--a1; b2--',
);

// In the manner of Gmail: a related part around a picture, and a mailbox that is over its quota.
const gmail = lines(
  'From: Mail Delivery Subsystem <mailer-daemon@provider.example>',
  'Content-Type: multipart/report; boundary="000000000000abc"; report-type=delivery-status',
  '',
  '--000000000000abc',
  'Content-Type: multipart/related; boundary="000000000000def"',
  '',
  '--000000000000def',
  'Content-Type: text/html; charset="UTF-8"',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  '<p style=3D"color:red">Message blocked</p>',
  '--000000000000def',
  'Content-Type: image/png; name="icon.png"',
  '',
  'iVBORw0KGgo=',
  '--000000000000def--',
  '--000000000000abc',
  'Content-Type: message/delivery-status',
  '',
  'Reporting-MTA: dns; provider.example',
  'Arrival-Date: Sat, 31 Jan 2026 16:05:03 -0800 (PST)',
  '',
  'Final-Recipient: rfc822; accounts@acme.example',
  'Action: failed',
  'Status: 4.2.2',
  'Diagnostic-Code: smtp; The email account that you tried to reach is over quota.',
  'Last-Attempt-Date: Sun, 01 Feb 2026 16:05:03 -0800 (PST)',
  '--000000000000abc--',
);

const report = (...recipients: readonly (readonly string[])[]) =>
  lines(
    'Content-Type: multipart/report; report-type=delivery-status; boundary=x',
    '',
    '--x',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; a.example',
    ...recipients.flatMap((fields) => ['', ...fields]),
    '--x--',
  );

describe('a delivery report', () => {
  test.each<[string, Buffer, Partial<Bounce>, ReturnType<typeof meaningOf>]>([
    ['Postfix', postfix, { status: '5.1.1', action: 'failed' }, 'undeliverable'],
    ['Exchange', exchange, { status: '5.1.10', action: 'failed' }, 'undeliverable'],
    ['Gmail', gmail, { status: '4.2.2', action: 'failed' }, 'try_again'],
  ])('in the manner of %s is read', (_, raw, expected, meaning) => {
    const bounce = readBounce(raw);
    expect(bounce).toMatchObject({ recipient: 'accounts@acme.example', ...expected });
    expect(bounce && meaningOf(bounce)).toBe(meaning);
  });

  test('keeps the words of the server, unfolded', () => {
    expect(readBounce(postfix)?.diagnostic).toBe(
      'smtp; 550 5.1.1 <accounts@acme.example>: Recipient address rejected: User unknown',
    );
  });

  test('is read with bare line feeds, in base64, in quoted-printable, and of an internationalised address', () => {
    const fields =
      'Final-Recipient: utf-8; <jörg@müller.example> (forwarded)\nAction: Failed (said so)\nStatus: 5.2.1 (off)\n';
    const of = (encoding: string, body: string) =>
      Buffer.from(
        `Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: Message/Global-Delivery-Status\nContent-Transfer-Encoding: ${encoding}\n\n${body}\n--x--\n`,
      );
    const plain = 'Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.2.1\n';
    expect(readBounce(of('8bit', fields))).toMatchObject({ recipient: 'jörg@müller.example', status: '5.2.1' });
    expect(readBounce(of('base64', Buffer.from(fields).toString('base64')))).toMatchObject({ status: '5.2.1' });
    const soft = plain.replace('a@b.example', 'a=40b.ex=\nample');
    expect(readBounce(of('quoted-printable', soft))).toMatchObject({ recipient: 'a@b.example', status: '5.2.1' });
  });

  test('of several recipients tells of the one that failed', () => {
    const delivered = ['Final-Recipient: rfc822; one@acme.example', 'Action: delivered', 'Status: 2.1.5'];
    const failed = ['Final-Recipient: rfc822; two@acme.example', 'Action: failed', 'Status: 5.1.1'];
    expect(readBounce(report(delivered, failed))).toMatchObject({ recipient: 'two@acme.example' });
    expect(readBounce(report(delivered))).toMatchObject({ recipient: 'one@acme.example', action: 'delivered' });
  });

  test.each<[string, string, string, ReturnType<typeof meaningOf>]>([
    ['failed', '5.2.1', 'the mailbox is off', 'undeliverable'],
    ['failed', '5.4.4', 'the domain takes no mail', 'undeliverable'],
    ['failed', '5.7.1', 'our mail is not wanted', 'operator'],
    ['failed', '4.4.7', 'it took too long', 'try_again'],
    ['delayed', '4.4.1', 'it is still under way', 'nothing'],
    ['delivered', '2.1.5', 'it arrived', 'nothing'],
    ['relayed', '2.0.0', 'it went on', 'nothing'],
  ])('%s %s, %s: %s', (action, status, _, meaning) => {
    const bounce = readBounce(
      report(['Final-Recipient: rfc822; a@b.example', `Action: ${action}`, `Status: ${status}`]),
    );
    expect(bounce && meaningOf(bounce)).toBe(meaning);
  });
});

describe('what is no delivery report changes nothing', () => {
  const [who, what, code] = ['Final-Recipient: rfc822; a@b.example', 'Action: failed', 'Status: 5.1.1'];

  test.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['bytes', Buffer.from([0, 255, 254, 13, 10, 13, 10, 0])],
    ['an absence note', lines('Auto-Submitted: auto-replied', 'Content-Type: text/plain', '', who, what, code)],
    [
      'a complaint',
      lines(
        'Content-Type: multipart/report; report-type=feedback-report; boundary=x',
        '',
        '--x',
        'Content-Type: message/feedback-report',
        '',
        'Feedback-Type: abuse',
        who,
        what,
        code,
        '--x--',
      ),
    ],
    [
      'a read receipt',
      lines(
        'Content-Type: multipart/report; boundary=x',
        '',
        '--x',
        'Content-Type: message/disposition-notification',
        '',
        who,
        'Disposition: manual-action; displayed',
        '--x--',
      ),
    ],
    [
      'a report within a message that is sent back',
      lines(
        'Content-Type: multipart/mixed; boundary=y',
        '',
        '--y',
        'Content-Type: message/rfc822',
        '',
        String(report([who, what, code])),
        '--y--',
      ),
    ],
    ['a report without a recipient', report([what, code])],
    ['a report whose recipient is none', report(['Final-Recipient: rfc822; nobody', what, code])],
    ['a report without a status', report([who, what])],
    ['a report with a reply code as status', report([who, what, 'Status: 550'])],
    ['a report with a status of no class', report([who, what, 'Status: 9.1.1'])],
    ['a report without an action', report([who, code])],
    ['a report with an action that is none', report([who, 'Action: exploded', code])],
    ['a failure with success', report([who, what, 'Status: 2.0.0'])],
    ['a delivery with failure', report([who, 'Action: delivered', code])],
    ['a boundary that never comes', lines('Content-Type: multipart/report; boundary=z', '', who, what, code)],
    ['no boundary', lines('Content-Type: multipart/report', '', '--', who, what, code)],
  ])('%s', (_, raw) => {
    expect(readBounce(raw)).toBeUndefined();
  });

  test('nor does chance, and nothing throws', () => {
    const pieces = fc.constantFrom(
      '--x',
      '--x--',
      '',
      who,
      what,
      'Content-Type: multipart/mixed; boundary=x',
      '\0',
      ';"',
      ':',
      ' folded',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (all) => readBounce(Buffer.from(all.join('\n'))) === undefined),
    );
  });

  test.each([
    ['deep', 'Content-Type: multipart/mixed; boundary=x\n\n--x\n'.repeat(50_000)],
    ['of many parts', `Content-Type: multipart/mixed; boundary=x\n\n${'--x\n\na\n'.repeat(200_000)}`],
    ['folded', `Content-Type: multipart/mixed;${'\n a'.repeat(400_000)}`],
    ['one line', 'x'.repeat(3_000_000)],
    ['quoted', `Content-Type: ${'";'.repeat(500_000)}\n\n`],
  ])('a message that is %s is through within a second', (_, text) => {
    const began = process.cpuUsage();
    expect(readBounce(Buffer.from(text))).toBeUndefined();
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1e6).toBeLessThan(1);
  });
});
