// Sending an e-mail: read, hand over address by address, note each before the next. No transaction is open meanwhile.

import { type AddressToSend, type Attempt, type EmailToSend, noteAttempt, readEmailToSend } from '../db/mail/emails';
import type { SendEmailArguments } from '../domain/delivery';
import { MinutebookError } from '../domain/errors';
import { composeEmail } from '../domain/mail/email';
import { messageIdOf, threadIdOf } from '../domain/mail/message-ids';
import type { EmailOutcome } from '../domain/outcomes';
import type { Seller } from '../domain/parties';
import { dayMs } from '../domain/period';
import type { Mailer, MailOutcome, OutgoingMail } from '../gateways/mail/mailer';
import { type AttachSettings, attachDocument } from './attach-document';
import type { Connections } from './connections';

/** How e-mail goes out, built by runtime/mail.ts. */
export type MailOut = AttachSettings & {
  readonly mailer: Mailer;
  readonly seller: Seller;
  /** Who is told that a webhook endpoint was disabled; nobody where left out. */
  readonly webhookAlertsTo?: string;
  /** What Message-IDs end with. */
  readonly domain: string;
  /** Where bounces of this mail to this address come back to, and the token in it where it has one. */
  readonly returnOf: (to: { readonly emailKey: string; readonly address: string }) => ReturnAddress;
};

export type ReturnAddress = { readonly path: string; readonly token: string | null };

/** How many addresses a sending has reached, and how many it is known not to reach. */
const giveUpAfterMs = 5 * dayMs;

/**
 * Sends to each address that does not have the mail yet. At least once: whoever dies between the server's answer and the
 * note of it sends again, under the same Message-ID. Throws `unavailable` while an address is to be waited for.
 */
export async function sendEmail(
  { db, clock, mail }: Pick<Connections, 'db' | 'clock'> & { readonly mail?: MailOut },
  { email: key, round, workspace }: SendEmailArguments,
): Promise<EmailOutcome> {
  const email = await readEmailToSend(db, { workspace, key, round });
  if (email === undefined) return { sent: 0, failed: 0 };
  const attempts: Attempt[] = email.addresses.filter(({ state }) => state !== 'queued').map(noted);
  const queued = email.addresses.filter(({ state }) => state === 'queued');
  const letter = mail && queued.length > 0 ? await writtenOut(db, email, mail) : undefined;
  for (const to of queued) {
    const { attempt, token, isServerAway } = await tryOne({ mail, letter }, { email, to, nowMs: await clock() });
    await noteAttempt(db, { workspace, key, position: to.position, round, token }, { attempt, nowMs: await clock() });
    attempts.push(attempt);
    // Each further one would only wait as long, and hold the place of other mails.
    if (isServerAway) break;
  }
  const waiting = attempts.find(({ state }) => state === 'queued');
  if (waiting !== undefined) throw stillWaiting(waiting, { of: email, workspace });
  const sent = attempts.filter(({ state }) => state === 'sent').length;
  return { sent, failed: attempts.length - sent };
}

type Tried = { readonly attempt: Attempt; readonly token: string | null; readonly isServerAway: boolean };

async function tryOne(
  { mail, letter }: { readonly mail: MailOut | undefined; readonly letter: Letter | undefined },
  { email, to, nowMs }: { readonly email: EmailToSend; readonly to: AddressToSend; readonly nowMs: number },
): Promise<Tried> {
  if (mail === undefined || letter === undefined) {
    const error = 'this worker has no SMTP_URL';
    return {
      attempt: waitingUnlessLate({ waitsFor: 'operator', code: null, error }, to, nowMs),
      token: null,
      isServerAway: false,
    };
  }
  const { path: returnPath, token } = mail.returnOf({ emailKey: email.key, address: to.address });
  const outcome = await mail.mailer.send({
    to: { address: to.address },
    returnPath,
    messageId: messageIdOf({ key: email.key, domain: mail.domain }),
    threadId: threadIdOf({ invoice: email.about, domain: mail.domain }),
    dateMs: email.datedAtMs,
    ...letter,
  });
  return { attempt: attemptOf(outcome, to, nowMs), token, isServerAway: isAway(outcome) };
}

type Letter = Pick<OutgoingMail, 'subject' | 'text' | 'html' | 'attachments'>;

/** What every address is sent: composed and drawn once a sending. */
async function writtenOut(db: Connections['db'], email: EmailToSend, mail: MailOut): Promise<Letter> {
  const { pdf, attachments } = await attachDocument(db, email, mail);
  const { subject, text, html } = composeEmail(email, { seller: mail.seller, pdf });
  return { subject, text, html, attachments };
}

function attemptOf(outcome: MailOutcome, to: AddressToSend, nowMs: number): Attempt {
  switch (outcome.kind) {
    case 'accepted':
      return { state: 'sent', waitsFor: null, code: null, error: null };
    case 'refused':
      return { state: 'refused', waitsFor: null, code: codeOf(outcome), error: outcome.response };
    case 'deferred':
      return waitingUnlessLate({ waitsFor: outcome.scope, code: codeOf(outcome), error: outcome.response }, to, nowMs);
    case 'unknown':
      return waitingUnlessLate({ waitsFor: 'server', code: codeOf(outcome), error: outcome.response }, to, nowMs);
    default:
      return outcome satisfies never;
  }
}

function isAway(outcome: MailOutcome): boolean {
  return outcome.kind === 'unknown' || (outcome.kind === 'deferred' && outcome.scope === 'server');
}

function waitingUnlessLate(why: Omit<Attempt, 'state'>, { queuedAtMs }: AddressToSend, nowMs: number): Attempt {
  if (nowMs - queuedAtMs < giveUpAfterMs) return { ...why, state: 'queued' };
  return { ...why, state: 'gave_up', waitsFor: null };
}

/** `550 5.1.1`, as far as the server said so. */
function codeOf({ code, enhanced }: { readonly code?: number; readonly enhanced?: string }): string | null {
  const said = [code, enhanced].filter((each) => each !== undefined);
  return said.length === 0 ? null : said.join(' ');
}

function noted({ state }: AddressToSend): Attempt {
  return { state: state === 'sent' ? 'sent' : 'refused', waitsFor: null, code: null, error: null };
}

const whom = {
  recipient: "the recipient's mailbox",
  server: 'the mail server',
  operator: 'whoever runs this Minutebook, whose mail the server does not take',
} as const;

// Addresses and servers' words stay out of Temporal's histories.
function stillWaiting({ waitsFor, code }: Attempt, { of, workspace }: { of: EmailToSend; workspace: string }): Error {
  const said = code === null ? '' : ` (${code})`;
  return new MinutebookError({
    code: 'unavailable',
    detail: `e-mail ${of.key} waits for ${whom[waitsFor ?? 'server']}${said}; GET /v1/workspaces/${workspace}/emails has what was said, and it is tried again for five days`,
  });
}
