// E-mails: what was sent to whom, sending again, and what came back.
import { Type } from '@sinclair/typebox';
import { emailKinds } from '../domain/mail/email';
import { cursor, limit } from './pages';
import { readAs, scalar, Unreadable } from './reading';
import { Count, Id, Instant, words } from './scalars';
import { answer, entry, leavable, optional, parameters, said, type Wire } from './shape';

const keyPattern = '^[A-Za-z0-9_.:~-]{1,250}$';
const isKey = new RegExp(keyPattern);

export const EmailKey = scalar<string, string>(
  { type: 'string', pattern: keyPattern, examples: ['invoice-issued:inv:acme:2025-01:usage:1'] },
  (value) => (typeof value === 'string' && isKey.test(value) ? value : new Unreadable('the key of an e-mail')),
);

export const AddressState = words(
  ['queued', 'sent', 'refused', 'bounced', 'gave_up'],
  'sent: a mail server took it; refused: there is no such mailbox; bounced: it came back; gave_up: after five days',
);
const whom = ['recipient', 'server', 'operator'] as const;
const whomSaid = "operator: the mail server does not take this Minutebook's mail";

export const EmailAddress = answer('EmailAddress', {
  address: Type.String(),
  state: AddressState,
  waitsFor: optional(words(whom, whomSaid)),
  attempts: said('of its last sending', Count),
  resends: said('how often it was put up to be sent again', Count),
  code: optional(Type.String({ description: 'of the last failure', examples: ['550 5.1.1'] })),
  error: optional(Type.String({ description: 'in the words of the mail server' })),
  sentAt: optional(Instant),
  changedAt: Instant,
});

export const Email = answer('Email', {
  key: EmailKey,
  workspace: Id,
  kind: words(emailKinds),
  invoice: optional(said('which it is about, if it is about one', Type.String())),
  writtenAt: Instant,
  addresses: Type.Array(EmailAddress),
});
export type Email = Wire<typeof Email>;

const positionPart = (text: string) => /^\d{1,18}$/.test(text);
export const emailsAPage = 50;
export const EmailsQuery = parameters({
  invoice: optional(said('those about this invoice alone, its credit notes included', EmailKey)),
  cursor: optional(cursor(positionPart)),
  limit: optional(limit({ usual: emailsAPage, max: 200 })),
});

export const Resend = entry('Resend', {
  to: leavable(words(['undelivered', 'all'], 'left out: undelivered. Of those that the workspace names now')),
});
export type Resend = Wire<typeof Resend>;

/** Reads the body of POST /v1/emails/{key}/resend, which may be missing. Throws `invalid_request` with every fault. */
export function readResend(body: unknown): 'undelivered' | 'all' {
  return readAs(Resend, body ?? {}, { what: 'the resend is' }).to ?? 'undelivered';
}

const recipientMax = 320;
export const BounceQuery = parameters({
  recipient: scalar<string, string>(
    { type: 'string', maxLength: recipientMax, description: "the envelope's recipient: the address that it came to" },
    (value) =>
      typeof value === 'string' && value !== '' && value.length <= recipientMax
        ? value
        : new Unreadable('the address that the message came to'),
  ),
});

export const rawMessageType = 'message/rfc822';
export const RawMessage = Type.String({ description: 'the message as it came, up to 1 MiB' });

export const BounceReceipt = answer('BounceReceipt', {
  matched: said('whether it came to an address that a mail of ours was sent from', Type.Boolean()),
  state: optional(AddressState),
});

export const MailHealth = answer('MailHealth', {
  status: words(
    ['off', 'ok', 'waiting', 'failing'],
    'waiting: for recipients alone; off: no mail server is configured',
  ),
  waiting: Type.Array(
    Type.Object({
      for: words([...whom, 'worker'], `${whomSaid}; worker: not tried yet`),
      addresses: Count,
      since: Instant,
      code: optional(Type.String({ description: 'what a mail server answered last' })),
    }),
    { description: 'what has been waiting for longer than an hour, counted up to 10001' },
  ),
});
export type MailHealth = Wire<typeof MailHealth>;

export const EmailProblem = answer(
  'EmailProblem',
  {
    address: Type.String(),
    state: AddressState,
    code: optional(Type.String()),
    error: optional(Type.String()),
    since: Instant,
  },
  { description: 'An address that takes no mail, and is to be replaced.' },
);
