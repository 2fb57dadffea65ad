// Invoices, read and downloaded, and the e-mails that tell of them.

import type { Email, Resend } from '../../contract/emails';
import type { Invoice } from '../../contract/invoices';
import type { Answer } from '../../contract/operations';
import { type Calling, inWorkspace, type OfPeriod, ofInvoice, queryOf } from '../calling';

export function invoiceCalls({ call, get, download, post, list }: Calling) {
  return {
    /** With `lines: 'none'` a history alone: a fleet's invoice has thousands of them. */
    listInvoices: (workspace: string, { lines }: { readonly lines?: 'all' | 'none' } = {}) =>
      list<Invoice>(`${inWorkspace(workspace)}/invoices`, { lines }),
    getInvoice: (invoice: string) => get<Answer<'getInvoice'>>(ofInvoice(invoice)),
    getUpcomingInvoice: (workspace: string, { period }: OfPeriod = {}) =>
      get<Answer<'getUpcomingInvoice'>>(`${inWorkspace(workspace)}/invoices/upcoming${queryOf({ period })}`),
    getInvoicePdf: (invoice: string) => download<Answer<'getInvoicePdf'>>(`${ofInvoice(invoice)}/pdf`, 'bytes'),
    /** Its lines as CSV. */
    getInvoiceCsv: (invoice: string) => download<Answer<'getInvoiceCsv'>>(`${ofInvoice(invoice)}/csv`, 'text'),
    /** Every hour that it billed as CSV: whole, or the call is tried again. */
    getInvoiceUsageCsv: (invoice: string) =>
      download<Answer<'getInvoiceUsageCsv'>>(`${ofInvoice(invoice)}/usage.csv`, 'text'),
    /** All of them, or those about one invoice. */
    listEmails: (workspace: string, { invoice }: { readonly invoice?: string } = {}) =>
      list<Email>(`${inWorkspace(workspace)}/emails`, { invoice }),
    /** To those addresses that do not have it; a new sending each time that somebody lacks it. */
    resendEmail: (key: string, resend: Resend = {}) =>
      post<Answer<'resendEmail'>>(`/v1/emails/${encodeURIComponent(key)}/resend`, resend),
    /** A mail that came back, as it came, and the address that it came to. */
    recordBounce: (message: string | Uint8Array, { recipient }: { readonly recipient: string }) =>
      call<Answer<'recordBounce'>>({
        method: 'POST',
        path: `/v1/mail/bounces${queryOf({ recipient })}`,
        body: message,
        contentType: 'message/rfc822',
      }),
  };
}
