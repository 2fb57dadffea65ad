// What an error of nodemailer means for a mail. Pure, so that each case stands in a table of its test.
import type { MailOutcome, ServerReply } from './mailer';

/** What nodemailer puts on its errors, as far as it is judged by. */
export type SendFailure = {
  readonly message: string;
  /** nodemailer's own, such as EAUTH, EENVELOPE, ECONNECTION, ETIMEDOUT, ESOCKET, EMESSAGE. */
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
  /** The command that was in flight: CONN, EHLO, AUTH PLAIN, MAIL FROM, RCPT TO, DATA. */
  readonly command?: string;
};

export type Progress = {
  /** Whether the last byte of the message was handed to the connection, so that the server may have it whole. */
  readonly contentSent: boolean;
};

// Without a reply of the server, these are our own: credentials, certificate, settings, or a message that it announced to be
// too large.
const operatorFaults = new Set([
  'EAUTH',
  'ENOAUTH',
  'EOAUTH2',
  'ETLS',
  'EREQUIRETLS',
  'ECONFIG',
  'EENVELOPE',
  'EMESSAGE',
  'ESTREAM',
]);
const certificateFault = /certificate|self[- ]signed|altnames/i;

// Replies to RCPT TO that are about us and not about the address (RFC 4954, RFC 5321): not authenticated, out of sequence.
const aboutTheSender = new Set([503, 530, 535, 538]);

/** Sorts a failed send into its outcome. */
export function classify(failure: SendFailure, { contentSent }: Progress): Exclude<MailOutcome, { kind: 'accepted' }> {
  const reply = replyOf(failure);
  const { code, enhanced } = reply;
  if (code === undefined) {
    if (contentSent) return { kind: 'unknown', ...reply };
    return { kind: 'deferred', scope: isOperatorFault(failure) ? 'operator' : 'server', ...reply };
  }
  const isAboutAddress = failure.command === 'RCPT TO' || failure.command === 'DATA';
  if (code < 500) {
    const isOurs = failure.code === 'EAUTH';
    return { kind: 'deferred', scope: isOurs ? 'operator' : isAboutAddress ? 'recipient' : 'server', ...reply };
  }
  // 5.7.x: security or policy (RFC 3463), whichever command it answers: our reputation, signature or rights.
  if (!isAboutAddress || enhanced?.startsWith('5.7.') === true || aboutTheSender.has(code)) {
    return { kind: 'deferred', scope: 'operator', ...reply };
  }
  // After the message only what names the address (5.1.x) or its mailbox (5.2.x) is final; the rest is about the message
  // or the system, and somebody has to look.
  const isFinal = failure.command === 'RCPT TO' || /^5\.[12]\./.test(enhanced ?? '');
  if (isFinal) return { kind: 'refused', scope: 'recipient', ...reply, code };
  return { kind: 'deferred', scope: 'operator', ...reply };
}

function isOperatorFault({ code, message }: SendFailure): boolean {
  return operatorFaults.has(code ?? '') || (code === 'ESOCKET' && certificateFault.test(message));
}

const responseMax = 500;

function replyOf({ response, responseCode, message }: SendFailure): ServerReply {
  const words = shortened(response ?? message);
  const [, said, enhanced] = /^(\d{3})(?:[ -](\d\.\d{1,3}\.\d{1,3})(?![.\d]))?/.exec(response ?? '') ?? [];
  const code = responseCode ?? (said === undefined ? undefined : Number(said));
  if (code === undefined || code < 400 || code > 599) return { response: words };
  return { code, ...(enhanced === undefined ? {} : { enhanced }), response: words };
}

/** A server's words in one line of bounded length, as they are stored and shown to people. */
export function shortened(response: string): string {
  return response
    .slice(0, responseMax)
    .replace(/[\p{Cc}\p{Cs}\s]+/gu, ' ')
    .trim();
}
