// How e-mail goes out: the mailer, and what each message is given of our own.

import type { MailOut } from '../commands/send-email';
import { returnPath, returnToken } from '../gateways/mail/return-path';
import { createSmtpMailer } from '../gateways/mail/smtp-mailer';
import { inTurns, keeping } from '../gateways/pdf/in-turns';
import type { PdfRenderer } from '../gateways/pdf/render';
import type { Config } from './config';

// Some thousand ordinary invoices: while the server is away they are tried again and again, and drawn once.
const keptBytesMax = 32 * 1024 * 1024;

/**
 * Undefined where no mail server is configured. Nothing is connected before the first mail. Draws one document at a time,
 * as it does so beside billing.
 */
export function createMailOut(
  { mail, seller, publicUrl, webhooks }: Pick<Config, 'mail' | 'seller' | 'publicUrl' | 'webhooks'>,
  createRenderer: () => PdfRenderer,
): MailOut | undefined {
  if (mail === undefined) return undefined;
  const { smtpUrl, from, replyTo, returns, attachmentBytesMax } = mail;
  const alertsTo = webhooks.alertsTo ?? seller.email;
  return {
    renderer: inTurns(keeping(createRenderer(), keptBytesMax), 1),
    attachmentBytesMax,
    publicUrl: publicUrl ?? null,
    mailer: createSmtpMailer({ url: smtpUrl, from, ...(replyTo === undefined ? {} : { replyTo }) }),
    seller,
    ...(alertsTo === undefined ? {} : { webhookAlertsTo: alertsTo }),
    domain: from.address.slice(from.address.lastIndexOf('@') + 1),
    returnOf: (to) =>
      returns === undefined
        ? { path: from.address, token: null }
        : { path: returnPath({ ...to, ...returns }), token: returnToken({ ...to, ...returns }) },
  };
}
