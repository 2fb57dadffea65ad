// What endpoints are sent: one schema a type of event, `{type, timestamp, data}` as Standard Webhooks have it. The OpenAPI document
// has them as `webhooks`.
import { type TProperties, type TSchema, Type } from '@sinclair/typebox';
import { type WebhookEvent, webhookEventTypes } from '../domain/webhooks/event';
import { Amount, Cents, Id, Instant, Month, Name, words } from './scalars';
import { answer, optional, said } from './shape';

const Url = Type.String({
  description: 'where to read more: a path of this API',
  examples: ['/v1/invoices/inv:acme:2025-01:usage:1'],
});
const Text = Type.String();

function event<const Kind extends WebhookEvent['type'], Fields extends TProperties>(
  name: string,
  type: Kind,
  description: string,
  data: Fields,
) {
  const fields = {
    type: words([type]),
    timestamp: said('when it became true', Instant),
    data: Type.Object({ ...data, url: Url }),
  };
  return answer(name, fields, { description });
}

const ofInvoice = {
  workspace: Id,
  invoice: said('its id', Text),
  number: said('as the customer reads it', Text),
};
const invoiced = { ...ofInvoice, period: Month, total: Cents };

export const InvoiceIssuedEvent = event('InvoiceIssuedEvent', 'invoice.issued', 'An invoice was issued.', {
  ...invoiced,
  status: words(['issued', 'paid', 'past_due', 'uncollectible', 'void'], 'paid: nothing of it is to be paid'),
  remaining: said('what is to be paid', Cents),
  issuedAt: Instant,
  dueAt: Instant,
});

export const InvoicePaidEvent = event(
  'InvoicePaidEvent',
  'invoice.paid',
  'Nothing of an invoice is to be paid any more. Again where money was taken back and came once more.',
  { ...invoiced, paid: said('by payments that stand', Cents), credited: said('by credit notes', Cents) },
);

export const PaymentFailedEvent = event(
  'PaymentFailedEvent',
  'payment.failed',
  'An attempt to charge was declined or needs the customer, or a debit came back from the bank. It may be tried again by itself.',
  {
    ...ofInvoice,
    amount: Cents,
    reason: words(['declined', 'needs_customer', 'returned']),
    code: optional(said("the bank's or Stripe's word for it", Text)),
    attempt: optional(said('which attempt; left out of what came back', Type.Integer({ minimum: 1 }))),
  },
);

export const CreditNoteIssuedEvent = event('CreditNoteIssuedEvent', 'credit_note.issued', 'A credit note was issued.', {
  workspace: Id,
  creditNote: said('its id', Text),
  number: said('as the customer reads it', Text),
  invoice: said('which it is for', Text),
  kind: words(['correction', 'goodwill', 'void', 'refund']),
  reason: Text,
  amount: Cents,
  toRefund: said('what of it goes back', Cents),
  asCredits: said('what of it became credits', Cents),
});

export const CreditsLowEvent = event(
  'CreditsLowEvent',
  'credits.low',
  'Four fifths of the credits are used, or less than a day of them is left. Once, until there is another grant.',
  {
    workspace: Id,
    remaining: Amount,
    burnPerHour: Amount,
    zeroAt: optional(said('when they are gone at this burn', Instant)),
  },
);

export const CreditsGoneEvent = event(
  'CreditsGoneEvent',
  'credits.gone',
  'The credits are used up. Once, until there is another grant.',
  {
    workspace: Id,
    hasPaymentMethod: said('whether a payment method pays from now on; else the workspace is stopped', Type.Boolean()),
  },
);

export const WorkspaceSuspendedEvent = event(
  'WorkspaceSuspendedEvent',
  'workspace.suspended',
  'A workspace is stopped, for one more reason.',
  {
    workspace: Id,
    reason: words(['credits', 'past_due', 'operator']),
    scope: words(
      ['deploys', 'models'],
      'deploys: only new deployments are refused; models: its models are stopped, too',
    ),
    message: optional(said("an operator's words", Text)),
  },
);

export const WorkspaceRestoredEvent = event(
  'WorkspaceRestoredEvent',
  'workspace.restored',
  'Nothing stops a workspace any more.',
  {
    workspace: Id,
    reason: words(['credits', 'past_due', 'operator'], 'what stopped it last'),
    because: said('what ended that', Text),
  },
);

export const UsageQuarantinedEvent = event(
  'UsageQuarantinedEvent',
  'usage.quarantined',
  'Reports lie in quarantine and are not billed. At most one an hour and source, however many reports.',
  { source: Name, reasons: Type.Array(words(['unknown_workspace', 'before_start', 'no_price', 'too_old'])) },
);

export const PeriodClosedEvent = event('PeriodClosedEvent', 'period.closed', 'A billing period was closed.', {
  workspace: Id,
  period: Month,
  status: words(['invoiced', 'empty'], 'empty: nothing was used, and there is no invoice'),
  because: words(['complete', 'deadline', 'requested']),
  invoice: optional(said('its id', Text)),
});

export const WebhookTestEvent = event('WebhookTestEvent', 'webhook.test', 'A test that was asked for.', {
  endpoint: Text,
});

export const webhookSchemas = {
  'invoice.issued': InvoiceIssuedEvent,
  'invoice.paid': InvoicePaidEvent,
  'payment.failed': PaymentFailedEvent,
  'credit_note.issued': CreditNoteIssuedEvent,
  'credits.low': CreditsLowEvent,
  'credits.gone': CreditsGoneEvent,
  'workspace.suspended': WorkspaceSuspendedEvent,
  'workspace.restored': WorkspaceRestoredEvent,
  'usage.quarantined': UsageQuarantinedEvent,
  'period.closed': PeriodClosedEvent,
  'webhook.test': WebhookTestEvent,
} as const satisfies { readonly [type in WebhookEvent['type']]: TSchema };

export const webhookComponents: readonly TSchema[] = Object.values(webhookSchemas);

/** What an endpoint may ask for. */
export const EventType = words(webhookEventTypes);
/** What a list of events may be narrowed to. */
export const AnyEventType = words([...webhookEventTypes, 'webhook.test']);
