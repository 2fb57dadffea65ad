// What others wrote must not become a header, a recipient or a command. Looked at in the source, as it came over a socket.
import { createSmtpMailer } from '../../../gateways/mail/smtp-mailer';
import { startInbox, type TestInbox } from '../../sandbox/mail/inbox';
import { from, mail } from './samples';

let inbox: TestInbox;
beforeAll(async () => {
  inbox = await startInbox();
});
afterEach(() => inbox.clear());
afterAll(() => inbox.stop());

async function sourceOf(changes: Parameters<typeof mail>[0]): Promise<string> {
  const mailer = createSmtpMailer({ url: inbox.smtpUrl, from });
  try {
    expect(await mailer.send(mail(changes))).toMatchObject({ kind: 'accepted' });
  } finally {
    mailer.close();
  }
  const [message] = await inbox.messages();
  expect(message?.rcptTo).toEqual([changes?.to?.address ?? mail().to.address]);
  expect(await inbox.messages()).toHaveLength(1);
  return inbox.source(message?.id ?? '');
}

const headersOf = (source: string) => {
  const [head = ''] = source.split('\r\n\r\n');
  return head
    .replace(/\r\n[ \t]/g, ' ')
    .split('\r\n')
    .map((line) => line.slice(0, line.indexOf(':')).toLowerCase())
    .sort();
};

const attacks: readonly string[] = [
  'Acme\r\nBcc: victim@evil.example',
  'Acme\nBcc: victim@evil.example',
  'Acme\rBcc: victim@evil.example',
  'Acme\r\n\r\n<h1>another body</h1>',
  'Acme\0\r\n.\r\nMAIL FROM:<x@evil.example>',
  'Acme\u2028Bcc: victim@evil.example\u0085X: y',
  'Acme" <victim@evil.example>, "',
  '<victim@evil.example>',
  'a@evil.example, b@evil.example',
  'undisclosed: victim@evil.example;',
  '=?utf-8?Q?Acme=0D=0ABcc:_victim@evil.example?=',
  '=?utf-8?B?DQpCY2M6IHZpY3RpbUBldmlsLmV4YW1wbGU=?=',
  `${'x'.repeat(990)}\r\nBcc: victim@evil.example`,
  '\u202eexample.evil@mitciv\u202c',
];

describe('nothing that others wrote reaches a header as one', () => {
  const plain = [
    'auto-submitted',
    'content-type',
    'date',
    'from',
    'in-reply-to',
    'message-id',
    'mime-version',
    'references',
    'subject',
    'to',
  ];

  test.each(attacks.map((attack) => [attack.slice(0, 60), attack] as const))('a subject: %j', async (_, subject) => {
    const source = await sourceOf({ subject });
    expect(headersOf(source)).toEqual(plain);
    expect(source).not.toMatch(/^bcc:/im);
    const [message] = await inbox.messages();
    expect(message?.subject).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e]/u);
  });

  test.each(attacks.map((attack) => [attack.slice(0, 60), attack] as const))('a name: %j', async (_, name) => {
    const to = { name, address: 'accounts@acme.example' };
    const source = await sourceOf({ to });
    expect(headersOf(source)).toEqual(plain);
    expect(source).not.toMatch(/^bcc:/im);
    const [message] = await inbox.messages();
    expect(message?.to).toEqual([to.address]);
  });

  test('what is written as an encoded word is not decoded, but text with a space in it', async () => {
    const word = '=?utf-8?Q?Acme=0D=0ABcc:_x?=';
    const source = await sourceOf({ subject: word, to: { name: word, address: 'accounts@acme.example' } });
    const [message] = await inbox.messages();
    expect(message?.subject).toBe('= ?utf-8?Q?Acme=0D=0ABcc:_x?=');
    expect(source).toContain('To: "= ?utf-8?Q?Acme=0D=0ABcc:_x?=" <accounts@acme.example>');
  });

  test.each(attacks.map((attack) => [attack.slice(0, 60), attack] as const))('a file name: %j', async (_, filename) => {
    const attachments = [{ filename, contentType: 'application/pdf', content: new Uint8Array([1]) }];
    const source = await sourceOf({ attachments });
    expect(headersOf(source)).toEqual(plain);
    expect(source).not.toMatch(/^bcc:/im);
    const [message] = await inbox.messages();
    expect(message?.attachments).toHaveLength(1);
    expect(message?.attachments[0]?.filename).not.toMatch(/[\p{Cc}/\\"<>\u202e]/u);
  });

  test.each([
    ['a line end', 'a@acme.example\r\nRCPT TO:<victim@evil.example>'],
    ['a bare line end', 'a@acme.example\nx'],
    ['a null byte', 'a\0@acme.example'],
    ['two addresses', 'a@acme.example, victim@evil.example'],
    ['angle brackets', 'x> <victim@evil.example'],
    ['a name', 'Acme <a@acme.example>'],
    ['a group', 'g:a@acme.example;'],
    ['a quoted part', '"a b"@acme.example'],
    ['parameters', 'a@acme.example ORCPT=rfc822;x'],
    ['a right-to-left override', 'a\u202e@acme.example'],
    ['no @', 'acme.example'],
    ['nothing', ''],
    ['more than fits', `${'a'.repeat(65)}@acme.example`],
  ])('an address with %s is refused and never sent', async (_, address) => {
    const mailer = createSmtpMailer({ url: inbox.smtpUrl, from });
    const outcome = await mailer.send(mail({ to: { address } }));
    mailer.close();
    expect(outcome).toMatchObject({ kind: 'refused', scope: 'recipient', code: 501, enhanced: '5.1.3' });
    expect(await inbox.messages()).toEqual([]);
  });

  test.each([
    ['Message-ID', { messageId: '<a@b.example>\r\nBcc: x@y.example' }],
    ['thread', { threadId: 'no brackets' }],
    ['return path', { returnPath: 'a@b.example\r\nDATA' }],
    ['media type', { attachments: [{ filename: 'a', contentType: 'a/b\r\nX: y', content: new Uint8Array() }] }],
  ])('a %s of our own making that is none is a bug, and thrown', async (_, changes) => {
    const mailer = createSmtpMailer({ url: inbox.smtpUrl, from });
    await expect(mailer.send(mail(changes))).rejects.toThrow(RangeError);
    mailer.close();
    expect(await inbox.messages()).toEqual([]);
  });

  test('lines of dots and long lines in the bodies arrive as they were', async () => {
    const text = `.\r\n..\r\n.\r\nQUIT\r\n${'long '.repeat(5000)}\r\nend\r\n`;
    await sourceOf({ text });
    const [message] = await inbox.messages();
    expect(message?.text.replace(/\r?\n/g, '\n').trim()).toBe(text.replace(/\r\n/g, '\n').trim());
  });
});
