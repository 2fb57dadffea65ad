import { composeInvoiceIssued } from '../../../domain/mail/invoice-issued';
import { messageIdOf, threadIdOf } from '../../../domain/mail/message-ids';
import type { OutgoingMail } from '../../../gateways/mail/mailer';
import { invoice } from '../../domain/mail/samples';

export const from = { name: 'Example Cloud, Inc.', address: 'billing@example.com' };

const domain = 'example.com';

export function mail(changes: Partial<OutgoingMail> = {}): OutgoingMail {
  const { subject, text, html } = composeInvoiceIssued(invoice);
  return {
    to: { name: 'Acme GmbH', address: 'accounts@acme.example' },
    returnPath: 'b-abcdefghijklmnopqrstuvwxyz234567@bounces.example.com',
    messageId: messageIdOf({ key: 'invoice:acme-0003', domain }),
    threadId: threadIdOf({ invoice: 'acme-0003', domain }),
    dateMs: Date.UTC(2026, 1, 1, 0, 5),
    subject,
    text,
    html,
    ...changes,
  };
}
