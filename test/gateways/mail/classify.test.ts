import { classify, type SendFailure, shortened } from '../../../gateways/mail/classify';

type Case = readonly [what: string, failure: Omit<SendFailure, 'message'> & { message?: string }, outcome: string];

const reply = (code: string, command: string, response: string): Omit<SendFailure, 'message'> => ({
  code,
  command,
  response,
  responseCode: Number(response.slice(0, 3)),
});

const refused = 'refused recipient';
const [recipient, server, operator] = ['deferred recipient', 'deferred server', 'deferred operator'];

// What was not yet handed over whole.
const before: readonly Case[] = [
  ['nobody listens', { code: 'ESOCKET', command: 'CONN', message: 'connect ECONNREFUSED' }, server],
  ['the host is not found', { code: 'EDNS', command: 'CONN' }, server],
  ['connecting takes too long', { code: 'ETIMEDOUT', command: 'CONN' }, server],
  ['the connection closes', { code: 'ECONNECTION', command: 'CONN' }, server],
  ['the whole takes too long', { code: 'EABORT' }, server],
  ['the server speaks nonsense', { code: 'EPROTOCOL', command: 'CONN' }, server],
  ['an error of no kind we know', {}, server],
  ['the certificate does not hold', { code: 'ESOCKET', message: 'self-signed certificate' }, operator],
  ['the certificate is of another', { code: 'ESOCKET', message: "does not match certificate's altnames" }, operator],
  ['TLS fails', { code: 'ETLS', command: 'STARTTLS' }, operator],
  ['no credentials are given', { code: 'EAUTH', command: 'API' }, operator],
  ['the message is larger than announced as allowed', { code: 'EMESSAGE', command: 'MAIL FROM' }, operator],
  ['busy at connection', reply('EPROTOCOL', 'CONN', '421 4.7.0 try again later'), server],
  ['not wanted at connection', reply('EPROTOCOL', 'CONN', '554 5.7.1 blocked'), operator],
  ['not wanted at EHLO', reply('EPROTOCOL', 'EHLO', '550 5.7.1 who are you'), operator],
  ['wrong password', reply('EAUTH', 'AUTH PLAIN', '535 5.7.8 bad credentials'), operator],
  ['authentication down', reply('EAUTH', 'AUTH PLAIN', '454 4.7.0 temporary'), operator],
  ['sender not allowed', reply('EENVELOPE', 'MAIL FROM', '550 5.1.8 bad sender'), operator],
  ['sender not allowed, without a status', reply('EENVELOPE', 'MAIL FROM', '553 not owned'), operator],
  ['sender for now not', reply('EENVELOPE', 'MAIL FROM', '451 4.3.0 later'), server],
  ['nobody there', reply('EENVELOPE', 'RCPT TO', '550 5.1.1 no such user'), refused],
  ['nobody there, without a status', reply('EENVELOPE', 'RCPT TO', '550 no such user'), refused],
  ['nobody there, over two lines', reply('EENVELOPE', 'RCPT TO', '550-5.1.1 no such\n550 5.1.1 user'), refused],
  ['mailbox full for good', reply('EENVELOPE', 'RCPT TO', '552 5.2.2 full'), refused],
  ['relaying denied', reply('EENVELOPE', 'RCPT TO', '554 5.7.1 relay access denied'), operator],
  ['authentication wanted at RCPT', reply('EENVELOPE', 'RCPT TO', '530 authentication required'), operator],
  ['out of sequence', reply('EENVELOPE', 'RCPT TO', '503 MAIL first'), operator],
  ['greylisted', reply('EENVELOPE', 'RCPT TO', '450 4.2.0 greylisted'), recipient],
  ['no room for now', reply('EENVELOPE', 'RCPT TO', '452 4.2.2 full'), recipient],
  ['DATA refused', reply('EENVELOPE', 'DATA', '554 5.5.1 no valid recipients'), operator],
];

// An answer to the message is an answer, although the server had it whole.
const after: readonly Case[] = [
  ['for now not', reply('EMESSAGE', 'DATA', '451 4.3.0 later'), recipient],
  ['nobody there', reply('EMESSAGE', 'DATA', '550 5.1.1 no such user'), refused],
  ['mailbox disabled', reply('EMESSAGE', 'DATA', '550 5.2.1 disabled'), refused],
  ['policy', reply('EMESSAGE', 'DATA', '550 5.7.1 looks like spam'), operator],
  ['policy, hyphenated', reply('EMESSAGE', 'DATA', '550-5.7.26 not authenticated\n550 5.7.26 see'), operator],
  ['too large', reply('EMESSAGE', 'DATA', '552 5.3.4 too big'), operator],
  ['no status', reply('EMESSAGE', 'DATA', '554 transaction failed'), operator],
  ['not a status but an address', reply('EMESSAGE', 'DATA', '550 5.1.1.9 is listed'), operator],
  ['closing', reply('ECONNECTION', 'CONN', '421 4.3.2 shutting down'), server],
  ['connection closed', { code: 'ECONNECTION', command: 'CONN' }, 'unknown'],
  ['connection reset', { code: 'ESOCKET', command: 'CONN', message: 'read ECONNRESET' }, 'unknown'],
  ['silence', { code: 'ETIMEDOUT', command: 'CONN' }, 'unknown'],
  ['given up', { code: 'EABORT' }, 'unknown'],
  ['an error of no kind we know', {}, 'unknown'],
];

const judged = ([, failure]: Case, contentSent: boolean) => {
  const outcome = classify({ message: 'it failed', ...failure }, { contentSent });
  return 'scope' in outcome ? `${outcome.kind} ${outcome.scope}` : outcome.kind;
};

describe('a failed send', () => {
  test.each(before.map((each) => [each[0], each] as const))('before the message was handed over: %s', (_, each) => {
    expect(judged(each, false)).toBe(each[2]);
  });

  test.each(after.map((each) => [each[0], each] as const))('after the message was handed over: %s', (_, each) => {
    expect(judged(each, true)).toBe(each[2]);
  });

  test('gives the reply code, the status and the words of the server', () => {
    const failure = { message: 'x', ...reply('EENVELOPE', 'RCPT TO', '550-5.1.1 no such\r\n550 5.1.1 user') };
    expect(classify(failure, { contentSent: false })).toEqual({
      kind: 'refused',
      scope: 'recipient',
      code: 550,
      enhanced: '5.1.1',
      response: '550-5.1.1 no such 550 5.1.1 user',
    });
  });

  test('gives the words of the error where the server said nothing', () => {
    expect(classify({ message: 'connect ECONNREFUSED', code: 'ESOCKET' }, { contentSent: false })).toEqual({
      kind: 'deferred',
      scope: 'server',
      response: 'connect ECONNREFUSED',
    });
  });

  test('keeps of a server that talks without end one line that can be shown', () => {
    expect(shortened(`550 \u001b[31m${'talk\r\n'.repeat(10_000)}`).length).toBeLessThanOrEqual(500);
    expect(shortened('550 \u001b[31m\r\n a')).toBe('550 [31m a');
  });
});
