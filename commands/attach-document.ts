// The document that goes with an e-mail: attached up to a size, otherwise named by its address.

import { readCreditNote } from '../db/billing/credit-notes-read';
import { readInvoice, type StoredInvoice } from '../db/billing/invoices-read';
import type { Db } from '../db/connection/knex';
import type { EmailToSend } from '../db/mail/emails';
import { MinutebookError } from '../domain/errors';
import { asIssued, asPaid } from '../domain/invoice-document';
import type { CreditNoteIssuedFacts } from '../domain/mail/email';
import type { PdfSent } from '../domain/mail/pdf-sent';
import { type Receipt, receiptOf } from '../domain/mail/receipt';
import type { RefundFacts } from '../domain/mail/refund';
import type { MailAttachment } from '../gateways/mail/mailer';
import type { BillingDocument } from '../gateways/pdf/document';
import type { PdfRenderer } from '../gateways/pdf/render';
import { readCreditNoteDocument } from './read-credit-note-document';
import { readInvoiceDocument } from './read-invoice-document';

export type AttachSettings = {
  readonly renderer: PdfRenderer;
  /** What a PDF may have to be attached; in the e-mail it is a third larger. */
  readonly attachmentBytesMax: number;
  /** Where the API is reached from outside, without a slash at the end; null where nobody has said. */
  readonly publicUrl: string | null;
};

type AboutDocument = Pick<EmailToSend, 'key' | 'kind' | 'about' | 'facts'>;

/**
 * Draws the document that the e-mail is about. It is the one that was issued, whatever was credited since, and paid where the
 * e-mail says that it is: a resend is the same message, and later documents have e-mails of their own.
 */
export async function attachDocument(
  db: Db,
  email: AboutDocument,
  { renderer, attachmentBytesMax, publicUrl }: AttachSettings,
): Promise<{ readonly pdf: PdfSent; readonly attachments: readonly MailAttachment[] }> {
  const found = await readDocument(db, email);
  // What it says of a PDF then nobody reads.
  if (found === undefined) return { pdf: 'attached', attachments: [] };
  const { document, path } = found;
  const content = await renderer.render(document);
  if (content.length > attachmentBytesMax) {
    return { pdf: publicUrl === null ? 'too_large' : { url: `${publicUrl}${path}` }, attachments: [] };
  }
  const filename = `${document.number}.pdf`;
  return { pdf: 'attached', attachments: [{ filename, contentType: 'application/pdf', content }] };
}

type Found = { readonly document: BillingDocument; readonly path: string };

async function readDocument(db: Db, email: AboutDocument): Promise<Found | undefined> {
  switch (email.kind) {
    case 'invoice_issued':
    case 'payment_failed':
    case 'action_needed':
    case 'past_due':
    case 'payment_received':
    case 'reminder':
      return readIssued(db, email);
    case 'credit_note_issued':
      return readNote(db, email.key, (email.facts as CreditNoteIssuedFacts).note);
    case 'refund': {
      const { note } = email.facts as RefundFacts;
      // What earlier notes have credited has no note of this refund's: theirs went with their own e-mails.
      return note === undefined ? readIssued(db, email) : readNote(db, email.key, note);
    }
    // About a payment method, the credits, or what did not happen, of which there is none.
    case 'refund_failed':
    case 'card_expires':
    case 'credits_used':
    case 'credits_short':
    case 'suspended':
    case 'restored':
    case 'deploy_refused':
      return undefined;
    default:
      return email.kind satisfies never;
  }
}

async function readIssued(db: Db, email: AboutDocument): Promise<Found> {
  const { key, about } = email;
  const invoice = await readInvoice(db, about);
  if (invoice === undefined) throw missing(key, `invoice ${about}`);
  return { document: await drawn(db, invoice, receiptOf(email)), path: `/v1/invoices/${about}/pdf` };
}

// A receipt says by what it was paid, as its e-mail does. Where that was not all of it, by something else as well; or it was
// credited in part, which has a note of its own.
async function drawn(db: Db, invoice: StoredInvoice, receipt: Receipt | undefined): Promise<BillingDocument> {
  const isWhole = receipt !== undefined && receipt.paidCents === receipt.totalCents;
  if (isWhole) return readInvoiceDocument(db, asPaid(invoice), { paidBy: [receipt.method] });
  const isPaid = receipt !== undefined && invoice.creditedCents === 0n;
  return isPaid ? readInvoiceDocument(db, asPaid(invoice), { paidBy: [] }) : readInvoiceDocument(db, asIssued(invoice));
}

async function readNote(db: Db, key: string, id: string): Promise<Found> {
  const note = await readCreditNote(db, id);
  if (note === undefined) throw missing(key, `credit note ${id}`);
  return { document: await readCreditNoteDocument(db, note), path: `/v1/credit-notes/${id}/pdf` };
}

function missing(key: string, what: string): MinutebookError {
  return new MinutebookError({ code: 'internal', detail: `e-mail ${key} is about ${what}, which is not there` });
}
