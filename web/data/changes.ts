// The few changes that a customer may make.
import type { BillingEntry } from '../../contract/billing';
import type { Answer, OperationId } from '../../contract/operations';
import type { Failure } from './answered';
import { send } from './request';

type Changed<Id extends OperationId> = { readonly kind: 'answer'; readonly value: Answer<Id> } | Failure;

const inWorkspace = (workspace: string) => `/v1/workspaces/${encodeURIComponent(workspace)}`;

/** The address of a page of Stripe's, to add or replace a method on. */
export function startSetup(workspace: string, returnUrl: string): Promise<Changed<'startPaymentMethodSetup'>> {
  return send('POST', `${inWorkspace(workspace)}/payment-method/setup`, { returnUrl });
}

export function removeMethod(workspace: string): Promise<Changed<'removePaymentMethod'>> {
  return send('DELETE', `${inWorkspace(workspace)}/payment-method`);
}

export function changeBilling(workspace: string, billing: BillingEntry): Promise<Changed<'changeBilling'>> {
  return send('PATCH', `${inWorkspace(workspace)}/billing`, billing);
}

/** The address of a page of Stripe's, for what the link of an e-mail is about. */
export function startLinkedTask(token: string): Promise<Changed<'startLinkedTask'>> {
  return send('POST', `/v1/links/${token}`);
}

/** The address of a page of Stripe's, to pay an invoice on. */
export function startPayment(invoice: string, returnUrl: string): Promise<Changed<'payInvoice'>> {
  return send('POST', `/v1/invoices/${encodeURIComponent(invoice)}/pay`, { returnUrl });
}
