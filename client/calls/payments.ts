// What invoices are paid with, and what came in, went back or will not come.

import type { Answer } from '../../contract/operations';
import type { PayEntry, SetupEntry } from '../../contract/payment-method';
import type { PaymentEntry, WriteOffEntry } from '../../contract/payments';
import type { Refund, RefundEntry } from '../../contract/refunds';
import { type Calling, inWorkspace, ofInvoice, queryOf, unlessMissing } from '../calling';

export function paymentCalls({ get, post, remove, list }: Calling) {
  return {
    /** A page of Stripe's on which the customer adds or replaces what the workspace pays with. */
    startPaymentMethodSetup: (workspace: string, setup: SetupEntry = {}) =>
      post<Answer<'startPaymentMethodSetup'>>(`${inWorkspace(workspace)}/payment-method/setup`, setup),
    /** Undefined where nothing is on file. */
    getPaymentMethod: (workspace: string) =>
      unlessMissing(get<Answer<'getPaymentMethod'>>(`${inWorkspace(workspace)}/payment-method`)),
    /** Takes effect for new attempts; one in flight stands. */
    removePaymentMethod: (workspace: string) =>
      remove<Answer<'removePaymentMethod'>>(`${inWorkspace(workspace)}/payment-method`),
    /** What came in, what was tried and what it waits for; `cursor` is the `next` of the page before. */
    getInvoicePayments: (invoice: string, { cursor }: { readonly cursor?: string } = {}) =>
      get<Answer<'getInvoicePayments'>>(`${ofInvoice(invoice)}/payments${queryOf({ cursor })}`),
    /** A page of Stripe's on which the customer pays what remains of an invoice. */
    payInvoice: (invoice: string, entry: PayEntry = {}) =>
      post<Answer<'payInvoice'>>(`${ofInvoice(invoice)}/pay`, entry),
    /** Money that was received elsewhere. */
    recordPayment: (invoice: string, payment: PaymentEntry) =>
      post<Answer<'recordPayment'>>(`${ofInvoice(invoice)}/payments`, payment),
    /** Begun by this call; how it goes on is listed. */
    refundInvoice: (invoice: string, refund: RefundEntry) =>
      post<Answer<'refundInvoice'>>(`${ofInvoice(invoice)}/refunds`, refund),
    listRefunds: (invoice: string) => list<Refund>(`${ofInvoice(invoice)}/refunds`),
    writeOffInvoice: (invoice: string, entry: WriteOffEntry) =>
      post<Answer<'writeOffInvoice'>>(`${ofInvoice(invoice)}/write-off`, entry),
  };
}
