// What the link of an e-mail lets whoever holds it see and do: one task, and nothing else of the workspace.
import { Type } from '@sinclair/typebox';
import { type NotPayable, notPayableWords } from '../domain/paying';
import { Platform } from './billing-page';
import { PaymentMethod } from './payment-method';
import { Cents, Instant, Month, words } from './scalars';
import { answer, optional, said, type Wire } from './shape';

const notPayable = Object.keys(notPayableWords) as NotPayable['kind'][];

export const LinkedInvoice = answer('LinkedInvoice', {
  number: Type.String({ examples: ['acme-0001'] }),
  period: Month,
  total: Cents,
  writtenOff: Cents,
  remaining: Cents,
  dueAt: Instant,
  state: words(['payable', ...notPayable]),
  payNow: optional(
    said('what the next payment is of: less than what remains where that is more than one can hold', Cents),
  ),
  says: optional(Type.String({ description: 'why nothing can be paid, for the customer to read' })),
  wantsConfirming: optional(said('whether the bank wants the customer to confirm the payment', Type.Boolean())),
});
export type LinkedInvoice = Wire<typeof LinkedInvoice>;

export const PaymentLink = answer('PaymentLink', {
  task: words(['pay', 'method']),
  expiresAt: said('until when the link is good, unless its task is done before', Instant),
  invoice: optional(LinkedInvoice),
  method: optional(PaymentMethod),
  platform: Platform,
});
export type PaymentLink = Wire<typeof PaymentLink>;
