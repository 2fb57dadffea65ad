// Mail over SMTP by nodemailer: pooled connections, TLS as the address says, a limit to every wait.
import { createTransport, type SendMailOptions, type SMTPPoolOptions } from 'nodemailer';
import { classify, type Progress, type SendFailure, shortened } from './classify';
import { displayName, fileName, isAddress, mediaType, ownAddress, ownMessageId, subjectLine } from './headers';
import type { Mailbox, Mailer, MailOutcome, OutgoingMail } from './mailer';

export type SmtpSettings = {
  /**
   * `smtp://user:pass@host:587` (STARTTLS where it is offered, and then with a certificate that holds; `?requireTLS=true`
   * insists on it) or `smtps://host:465` (TLS from the start). `?tls.rejectUnauthorized=false` trusts any certificate.
   */
  readonly url: string;
  readonly from: Mailbox;
  readonly replyTo?: Mailbox;
  readonly connectionsMax?: number;
  readonly timeouts?: Partial<SmtpTimeouts>;
};

export type SmtpTimeouts = {
  /** Finding the host and connecting. */
  readonly connectMs: number;
  /** The greeting, and TLS. */
  readonly greetingMs: number;
  /** Silence in the middle. RFC 5321 asks for minutes after the message; a shorter wait makes more unknown outcomes. */
  readonly silenceMs: number;
  /** All of a send, waiting for a free connection included: a server that trickles is never silent. */
  readonly wholeMs: number;
};

const defaultTimeouts: SmtpTimeouts = { connectMs: 15_000, greetingMs: 15_000, silenceMs: 120_000, wholeMs: 180_000 };

type Tracked = SendMailOptions & { readonly progress: { contentSent: boolean } };

/** A mailer over SMTP. Nothing is connected before the first mail. Throws RangeError on settings that cannot be used. */
export function createSmtpMailer(settings: SmtpSettings): Mailer {
  const senders = senderHeaders(settings);
  const timeouts = { ...defaultTimeouts, ...settings.timeouts };
  const transport = createTransport(poolOptions(settings, timeouts));
  // Runs once a mail, before it waits for a connection; `end` comes when its last byte was given to the
  // connection. Some of it may still wait in a buffer there, so that `unknown` is said rather too often than too seldom.
  transport.use('stream', (mail, done) => {
    const { progress } = mail.data as Tracked;
    mail.message.processFunc((content) => {
      progress.contentSent = false;
      content.once('end', () => {
        progress.contentSent = true;
      });
      return content;
    });
    done();
  });
  return {
    send: async (mail, { signal } = {}) => {
      if (!isAddress(mail.to.address)) return noAddress();
      const progress = { contentSent: false };
      const deadline = AbortSignal.timeout(timeouts.wholeMs);
      const limits = signal === undefined ? deadline : AbortSignal.any([deadline, signal]);
      const message: Tracked = { ...senders, ...messageOf(mail), signal: limits, progress };
      try {
        const { response } = await transport.sendMail(message);
        return { kind: 'accepted', messageId: mail.messageId, response: shortened(response) };
      } catch (error) {
        return outcomeOf(error, progress);
      }
    },
    close: () => transport.close(),
  };
}

function poolOptions(
  { url, connectionsMax = 5 }: SmtpSettings,
  timeouts: SmtpTimeouts,
): SMTPPoolOptions & { pool: true } {
  if (!URL.canParse(url) || !['smtp:', 'smtps:'].includes(new URL(url).protocol)) {
    // It may hold a password, so it is not repeated.
    throw new RangeError('expected an address such as smtp://user:password@host:587 or smtps://host, this one is not');
  }
  return {
    pool: true,
    url,
    maxConnections: connectionsMax,
    // Once: a pooled connection may have been closed by the server in between. What goes on failing is tried again by
    // who sends, who sees it.
    maxRequeues: 1,
    connectionTimeout: timeouts.connectMs,
    dnsTimeout: timeouts.connectMs,
    greetingTimeout: timeouts.greetingMs,
    socketTimeout: timeouts.silenceMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function senderHeaders({ from, replyTo }: SmtpSettings): SendMailOptions {
  return { from: mailbox(from), ...(replyTo === undefined ? {} : { replyTo: mailbox(replyTo) }) };
}

function mailbox({ name, address }: Mailbox): { name: string; address: string } {
  return { name: name === undefined ? '' : displayName(name), address: ownAddress(address) };
}

function messageOf(mail: OutgoingMail): SendMailOptions {
  const thread = mail.threadId === undefined ? undefined : ownMessageId(mail.threadId);
  return {
    to: mailbox(mail.to),
    envelope: { from: ownAddress(mail.returnPath), to: [mail.to.address] },
    messageId: ownMessageId(mail.messageId),
    ...(thread === undefined ? {} : { references: thread, inReplyTo: thread }),
    date: new Date(mail.dateMs),
    subject: subjectLine(mail.subject),
    text: mail.text,
    html: mail.html,
    // RFC 3834: nobody's absence note is to answer this.
    headers: { 'Auto-Submitted': 'auto-generated' },
    xMailer: false,
    attachments: (mail.attachments ?? []).map(({ filename, contentType, content }) => ({
      filename: fileName(filename),
      contentType: mediaType(contentType),
      content: Buffer.from(content.buffer, content.byteOffset, content.byteLength),
    })),
  };
}

// Said as a server would say it. Such an address never reaches one, where it might mean something.
function noAddress(): MailOutcome {
  const [code, enhanced] = [501, '5.1.3'];
  return {
    kind: 'refused',
    scope: 'recipient',
    code,
    enhanced,
    response: `${code} ${enhanced} not an e-mail address; not sent`,
  };
}

function outcomeOf(error: unknown, progress: Progress): MailOutcome {
  // A mail that nodemailer cannot even compose is a bug: no server is to be asked for it again.
  if (!isFailure(error) || error.name === 'TypeError' || error.name === 'RangeError') throw error;
  return classify(error, progress);
}

function isFailure(error: unknown): error is SendFailure & { readonly name: string } {
  return typeof error === 'object' && error !== null && 'message' in error && 'name' in error;
}
