import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { createSmtpMailer, type SmtpSettings, type SmtpTimeouts } from '../../../gateways/mail/smtp-mailer';
import { startInbox, type TestInbox } from '../../sandbox/mail/inbox';
import { from, mail } from './samples';

// Only what is to time out is waited for briefly; a busy machine must not make a mail of any other test late.
const quick: Partial<SmtpTimeouts> = { greetingMs: 1500, silenceMs: 1500 };

let inbox: TestInbox;
const stops: (() => void | Promise<void>)[] = [];

beforeAll(async () => {
  inbox = await startInbox();
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await inbox.clear();
});
afterAll(() => inbox.stop());

function mailer(changes: Partial<SmtpSettings> = {}) {
  const made = createSmtpMailer({ url: inbox.smtpUrl, from, ...changes });
  stops.push(() => made.close());
  return made;
}

describe('a mail that is accepted', () => {
  test('arrives with its headers, both bodies and its envelope', async () => {
    const replyTo = { name: 'Accounts', address: 'help@example.com' };
    const sent = mail();
    const outcome = await mailer({ replyTo }).send(sent);
    expect(outcome).toMatchObject({ kind: 'accepted', messageId: sent.messageId });
    const [message, ...others] = await inbox.messages();
    expect(others).toEqual([]);
    expect(message).toMatchObject({
      messageId: sent.messageId,
      from: from.address,
      to: [sent.to.address],
      subject: sent.subject,
      mailFrom: sent.returnPath,
      rcptTo: [sent.to.address],
      attachments: [],
    });
    expect(message?.text.trim()).toBe(sent.text.trim());
    expect(message?.html?.trim()).toBe(sent.html.trim());
    expect(message?.headers).toMatchObject({
      'auto-submitted': 'auto-generated',
      references: sent.threadId,
      'in-reply-to': sent.threadId,
      'reply-to': 'Accounts <help@example.com>',
      date: 'Sun, 01 Feb 2026 00:05:00 +0000',
    });
    expect(Object.keys(message?.headers ?? {})).not.toContain('x-mailer');
  });

  test('has its attachments byte by byte', async () => {
    const pdf = Buffer.from(Array.from({ length: 100_000 }, (_, at) => (at * 7919) % 256));
    const attachments = [
      { filename: 'Rechnung ä 1.pdf', contentType: 'application/pdf', content: new Uint8Array(pdf) },
    ];
    await mailer().send(mail({ attachments }));
    const [message] = await inbox.messages();
    const described = { filename: 'Rechnung ä 1.pdf', contentType: 'application/pdf', size: pdf.length };
    expect(message?.attachments).toEqual([described]);
    const response = await fetch(`${inbox.page}/messages/${message?.id}/attachments/0`);
    expect(Buffer.from(await response.arrayBuffer()).equals(pdf)).toBe(true);
  });

  test('goes to an address in any script', async () => {
    expect(await mailer().send(mail({ to: { address: 'jörg@müller.example' } }))).toMatchObject({ kind: 'accepted' });
    const [message] = await inbox.messages();
    expect(message?.rcptTo).toEqual(['jörg@müller.example']);
  });

  test('is the same message when it is sent again', async () => {
    const each = mailer();
    await each.send(mail());
    await each.send(mail());
    const sources = await Promise.all((await inbox.messages()).map(({ id }) => inbox.source(id)));
    const headersOf = (source = '') => source.split('\r\n\r\n')[0]?.replace(/boundary="[^"]*"/, '');
    expect(sources).toHaveLength(2);
    expect(headersOf(sources[0])).toBe(headersOf(sources[1]));
  });
});

describe('a fault of the server', () => {
  test.each([
    [{ answer: 451 }, { kind: 'deferred', scope: 'recipient', code: 451, enhanced: '4.3.0' }],
    [
      { answer: 451, at: 'rcpt' },
      { kind: 'deferred', scope: 'recipient', code: 451 },
    ],
    [
      { answer: 451, at: 'mail' },
      { kind: 'deferred', scope: 'server', code: 451 },
    ],
    [
      { answer: 421, at: 'connect' },
      { kind: 'deferred', scope: 'server', code: 421 },
    ],
    [{ answer: 550 }, { kind: 'refused', scope: 'recipient', code: 550, enhanced: '5.1.1' }],
    [
      { answer: 550, at: 'rcpt' },
      { kind: 'refused', scope: 'recipient', code: 550, enhanced: '5.1.1' },
    ],
    [
      { answer: 550, at: 'rcpt', enhanced: '5.7.1' },
      { kind: 'deferred', scope: 'operator', enhanced: '5.7.1' },
    ],
    [
      { answer: 550, enhanced: '5.7.1' },
      { kind: 'deferred', scope: 'operator', enhanced: '5.7.1' },
    ],
    [
      { answer: 550, at: 'mail' },
      { kind: 'deferred', scope: 'operator', code: 550 },
    ],
    [
      { answer: 554, at: 'connect' },
      { kind: 'deferred', scope: 'operator', code: 554 },
    ],
    [
      { answer: 'hang', at: 'connect' },
      { kind: 'deferred', scope: 'server' },
    ],
    [
      { answer: 'hang', at: 'mail' },
      { kind: 'deferred', scope: 'server' },
    ],
    [
      { answer: 'hang', at: 'rcpt' },
      { kind: 'deferred', scope: 'server' },
    ],
    [{ answer: 'hang' }, { kind: 'unknown' }],
    [{ answer: 'drop_after_data' }, { kind: 'unknown' }],
  ])('%j is %j, and the next mail goes through', async (fault, expected) => {
    expect((await inbox.fault(fault)).status).toBe(200);
    const each = fault.answer === 'hang' ? mailer({ timeouts: quick }) : mailer();
    expect(await each.send(mail())).toMatchObject(expected);
    expect(await inbox.messages()).toEqual([]);
    expect(await each.send(mail())).toMatchObject({ kind: 'accepted' });
  });

  test('for one recipient does not concern another', async () => {
    await inbox.fault({ answer: 550, at: 'rcpt', recipient: 'Gone@acme.example' });
    const each = mailer();
    expect(await each.send(mail())).toMatchObject({ kind: 'accepted' });
    expect(await each.send(mail({ to: { address: 'gone@acme.example' } }))).toMatchObject({ kind: 'refused' });
  });

  test('that cuts the connection over a mail it has kept is unknown, and the resend has the same Message-ID', async () => {
    await inbox.fault({ answer: 'drop_after_data', keep: true });
    const each = mailer();
    expect(await each.send(mail())).toMatchObject({ kind: 'unknown' });
    expect(await each.send(mail())).toMatchObject({ kind: 'accepted' });
    const ids = (await inbox.messages()).map(({ messageId }) => messageId);
    expect(ids).toEqual([mail().messageId, mail().messageId]);
  });

  test('of ten mails at once, each has the outcome of its own address', async () => {
    await inbox.fault({ answer: 550, at: 'rcpt', recipient: 'a3@acme.example' });
    await inbox.fault({ answer: 451, at: 'data', recipient: 'a7@acme.example' });
    const each = mailer();
    const addresses = Array.from({ length: 10 }, (_, at) => `a${at}@acme.example`);
    const outcomes = await Promise.all(addresses.map((address) => each.send(mail({ to: { address } }))));
    const kinds = outcomes.map(({ kind }) => kind);
    expect(kinds).toEqual(addresses.map((_, at) => (at === 3 ? 'refused' : at === 7 ? 'deferred' : 'accepted')));
  });
});

describe('a server that is not there, or not right', () => {
  async function listen(onConnection: Parameters<typeof createServer>[1]): Promise<string> {
    const server: Server = createServer(onConnection);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    stops.push(() => void server.close());
    return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test('is away: to be tried again', async () => {
    const url = await listen(() => undefined);
    await stops.pop()?.();
    const outcome = await mailer({ url }).send(mail());
    expect(outcome).toMatchObject({
      kind: 'deferred',
      scope: 'server',
      response: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('closes at once, each time: to be tried again, and not for ever', async () => {
    let connections = 0;
    const url = await listen((socket) => {
      connections++;
      socket.destroy();
    });
    expect(await mailer({ url }).send(mail())).toMatchObject({ kind: 'deferred', scope: 'server' });
    expect(connections).toBeLessThanOrEqual(2);
  });

  test('breaks off before it has asked for the message: to be tried again, as it cannot have it', async () => {
    const url = await listen((socket) => {
      socket.on('error', () => undefined);
      socket.write('220 hello\r\n');
      socket.on('data', (chunk: Buffer) => {
        if (chunk.toString().startsWith('DATA')) socket.destroy();
        else socket.write('250 ok\r\n');
      });
    });
    expect(await mailer({ url }).send(mail())).toMatchObject({ kind: 'deferred', scope: 'server' });
  });

  test('has closed an idle connection in the meantime: the next mail takes a new one', async () => {
    const each = mailer();
    expect(await each.send(mail())).toMatchObject({ kind: 'accepted' });
    expect(inbox.hangUp()).toBe(1);
    expect(await each.send(mail())).toMatchObject({ kind: 'accepted' });
  });

  test('trickles an endless answer: ended by the limit of the whole', async () => {
    const url = await listen((socket) => {
      socket.on('error', () => undefined);
      const timer = setInterval(() => socket.write('220-still here\r\n'), 100);
      socket.on('close', () => clearInterval(timer));
    });
    const began = Date.now();
    const timeouts = { greetingMs: 60_000, connectMs: 60_000, wholeMs: 1500 };
    expect(await mailer({ url, timeouts }).send(mail())).toMatchObject({ kind: 'deferred', scope: 'server' });
    expect(Date.now() - began).toBeLessThan(10_000);
  });

  test('is waited for no longer than whoever sends wants', async () => {
    await inbox.fault({ answer: 'hang', at: 'connect' });
    const each = mailer({ timeouts: { greetingMs: 60_000, connectMs: 60_000 } });
    const outcome = await each.send(mail(), { signal: AbortSignal.timeout(300) });
    expect(outcome).toMatchObject({ kind: 'deferred', scope: 'server' });
  });
});

describe('TLS, as the address says', () => {
  async function secureServer(options: { readonly secure: boolean }) {
    const sessions: SMTPServerSession[] = [];
    const server = new SMTPServer({
      ...options,
      authOptional: true,
      disableReverseLookup: true,
      closeTimeout: 100,
      logger: false,
      onAuth: ({ password }, _session, reply) =>
        password === 'right' ? reply(null, { user: 'us' }) : reply(null, { message: '5.7.8 no' }),
      onData: (stream, session, reply) => {
        sessions.push(session);
        stream.resume().on('end', () => reply());
      },
    });
    server.on('error', () => undefined);
    await new Promise<void>((done) => {
      server.listen(0, '127.0.0.1', done);
    });
    stops.push(() => new Promise<void>((done) => server.close(done)));
    return { port: (server.server.address() as AddressInfo).port, sessions };
  }

  test('STARTTLS is taken where it is offered', async () => {
    const { port, sessions } = await secureServer({ secure: false });
    const url = `smtp://127.0.0.1:${port}?tls.rejectUnauthorized=false`;
    expect(await mailer({ url }).send(mail())).toMatchObject({ kind: 'accepted' });
    expect(sessions.map(({ secure }) => secure)).toEqual([true]);
  });

  test.each([['smtp'], ['smtps']])('%s: with a certificate that does not hold nothing is sent', async (protocol) => {
    const { port, sessions } = await secureServer({ secure: protocol === 'smtps' });
    const outcome = await mailer({ url: `${protocol}://127.0.0.1:${port}` }).send(mail());
    expect(outcome).toMatchObject({ kind: 'deferred', scope: 'operator' });
    expect(sessions).toEqual([]);
  });

  test('smtps begins with it, and a wrong password is the operator’s to mend', async () => {
    const { port, sessions } = await secureServer({ secure: true });
    const url = (password: string) => `smtps://us:${password}@127.0.0.1:${port}?tls.rejectUnauthorized=false`;
    expect(await mailer({ url: url('right') }).send(mail())).toMatchObject({ kind: 'accepted' });
    expect(sessions.map(({ secure }) => secure)).toEqual([true]);
    const outcome = await mailer({ url: url('wrong') }).send(mail());
    expect(outcome).toMatchObject({ kind: 'deferred', scope: 'operator', code: 535 });
    expect(JSON.stringify(outcome)).not.toContain('wrong');
  });

  test('where it is wanted and not offered nothing is sent', async () => {
    const outcome = await mailer({ url: `${inbox.smtpUrl}?requireTLS=true` }).send(mail());
    expect(outcome).toMatchObject({ kind: 'deferred', scope: 'operator' });
    expect(await inbox.messages()).toEqual([]);
  });

  test.each([['http://127.0.0.1:25'], ['127.0.0.1:25'], ['smtp//x'], ['']])('%j is no address of a server', (url) => {
    expect(() => createSmtpMailer({ url, from })).toThrow(/expected an address such as smtp:/);
  });
});
