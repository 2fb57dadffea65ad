// How e-mail goes out: the mailer, and what each message is given of our own.

import type { MailOut } from '../commands/send-email';
import { returnPath, returnToken } from '../gateways/mail/return-path';
import { createSmtpMailer } from '../gateways/mail/smtp-mailer';
import type { Config } from './config';

/** Undefined where no mail server is configured. Nothing is connected before the first mail. */
export function createMailOut({ mail, seller }: Pick<Config, 'mail' | 'seller'>): MailOut | undefined {
  if (mail === undefined || seller === undefined) return undefined;
  const { smtpUrl, from, replyTo, returns } = mail;
  return {
    mailer: createSmtpMailer({ url: smtpUrl, from, ...(replyTo === undefined ? {} : { replyTo }) }),
    seller,
    domain: from.address.slice(from.address.lastIndexOf('@') + 1),
    returnOf: (to) =>
      returns === undefined
        ? { path: from.address, token: null }
        : { path: returnPath({ ...to, ...returns }), token: returnToken({ ...to, ...returns }) },
  };
}
