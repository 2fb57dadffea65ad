// What a platform is told of, and what each event says: out of the facts that Postgres noted as it became true (012-webhooks), so
// that it says the same whenever it is told.
import { creditNoteNumber, invoiceId, invoiceNumber } from '../ids';
import { cents, formatCents, formatUsd } from '../money';
import { formatInstant, type Month } from '../period';

/** What endpoints may ask for. A test is sent to whoever is tested, and asked for by nobody. */
export const webhookEventTypes = [
  'invoice.issued',
  'invoice.paid',
  'payment.failed',
  'credit_note.issued',
  'credits.low',
  'credits.gone',
  'workspace.suspended',
  'workspace.restored',
  'usage.quarantined',
  'period.closed',
] as const;
export type WebhookEventType = (typeof webhookEventTypes)[number];

export const testEventType = 'webhook.test';

export type WebhookEvent = {
  readonly id: string;
  readonly type: WebhookEventType | typeof testEventType;
  /** Whom it is about; null where that is no one workspace. */
  readonly workspace: string | null;
  readonly atMs: number;
  /** As noted, by its type. */
  readonly facts: unknown;
};

/** As Standard Webhooks have it. `data` names what changed, and where the rest can be read. */
export type WebhookPayload = {
  readonly type: WebhookEvent['type'];
  readonly timestamp: string;
  readonly data: { readonly [field: string]: unknown };
};

type Noted = { readonly invoice: string; readonly number: number };
type NotedInvoice = Noted & {
  readonly month: Month;
  readonly status: string;
  readonly totalCents: string;
  readonly paidCents: string;
  readonly creditedCents: string;
  readonly remainingCents: string;
  readonly issuedAt: string;
  readonly dueAt: string;
};

/** What is noted of each type. */
type Facts = {
  readonly 'invoice.issued': NotedInvoice;
  readonly 'invoice.paid': NotedInvoice;
  readonly 'payment.failed': Noted & {
    readonly attempt?: number;
    readonly amountCents: string;
    readonly reason: 'declined' | 'needs_customer' | 'returned';
    readonly code: string | null;
  };
  readonly 'credit_note.issued': Noted & {
    readonly note: string;
    readonly kind: string;
    readonly reason: string;
    readonly amountCents: string;
    readonly toRefundCents: string;
    readonly asCreditsCents: string;
  };
  readonly 'credits.low': {
    readonly remainingNanos: string;
    readonly burnNanosPerHour: string;
    readonly zeroAt: string | null;
  };
  readonly 'credits.gone': { readonly hasMethod: boolean };
  readonly 'workspace.suspended': { readonly reason: string; readonly scope: string; readonly message: string | null };
  readonly 'workspace.restored': { readonly reason: string; readonly because: string };
  readonly 'usage.quarantined': { readonly source: string; readonly reasons: readonly string[] };
  readonly 'period.closed': { readonly month: Month; readonly status: string; readonly because: string };
  readonly 'webhook.test': { readonly endpoint: string };
};

type Data = WebhookPayload['data'];

const data: { readonly [type in keyof Facts]: (facts: Facts[type], workspace: string) => Data } = {
  'invoice.issued': (facts, workspace) => ({
    ...invoiceData(facts, workspace),
    status: facts.status,
    remaining: usd(facts.remainingCents),
    issuedAt: instant(facts.issuedAt),
    dueAt: instant(facts.dueAt),
    url: `/v1/invoices/${facts.invoice}`,
  }),
  'invoice.paid': (facts, workspace) => ({
    ...invoiceData(facts, workspace),
    paid: usd(facts.paidCents),
    credited: usd(facts.creditedCents),
    url: `/v1/invoices/${facts.invoice}`,
  }),
  'payment.failed': ({ invoice, number, attempt, amountCents, reason, code }, workspace) => ({
    workspace,
    invoice,
    number: invoiceNumber({ workspace, number }),
    amount: usd(amountCents),
    reason,
    ...(code === null ? {} : { code }),
    ...(attempt === undefined ? {} : { attempt }),
    url: `/v1/invoices/${invoice}/payments`,
  }),
  'credit_note.issued': ({ note, number, invoice, kind, reason, ...amounts }, workspace) => ({
    workspace,
    creditNote: note,
    number: creditNoteNumber({ workspace, number }),
    invoice,
    kind,
    reason,
    amount: usd(amounts.amountCents),
    toRefund: usd(amounts.toRefundCents),
    asCredits: usd(amounts.asCreditsCents),
    url: `/v1/credit-notes/${note}`,
  }),
  'credits.low': ({ remainingNanos, burnNanosPerHour, zeroAt }, workspace) => ({
    workspace,
    remaining: formatUsd(BigInt(remainingNanos)),
    burnPerHour: formatUsd(BigInt(burnNanosPerHour)),
    ...(zeroAt === null ? {} : { zeroAt: instant(zeroAt) }),
    url: `/v1/workspaces/${workspace}/credits`,
  }),
  'credits.gone': ({ hasMethod }, workspace) => ({
    workspace,
    hasPaymentMethod: hasMethod,
    url: `/v1/workspaces/${workspace}/credits`,
  }),
  'workspace.suspended': ({ reason, scope, message }, workspace) => ({
    workspace,
    reason,
    scope,
    ...(message === null ? {} : { message }),
    url: `/v1/workspaces/${workspace}/guard`,
  }),
  'workspace.restored': ({ reason, because }, workspace) => ({
    workspace,
    reason,
    because,
    url: `/v1/workspaces/${workspace}/guard`,
  }),
  'usage.quarantined': ({ source, reasons }) => ({ source, reasons, url: '/v1/quarantine' }),
  'period.closed': ({ month, status, because }, workspace) => ({
    workspace,
    period: month,
    status,
    because,
    ...(status === 'invoiced' ? { invoice: invoiceId({ workspace, month, kind: 'usage', sequence: 1 }) } : {}),
    url: `/v1/workspaces/${workspace}/periods`,
  }),
  'webhook.test': ({ endpoint }) => ({ endpoint, url: `/v1/webhook-endpoints/${endpoint}` }),
};

/** Whether this version knows what to say of an event. */
export function hasWords({ type }: Pick<WebhookEvent, 'type'>): boolean {
  return Object.hasOwn(data, type);
}

/** What an endpoint is sent. Amounts are decimal strings of US dollars, `url` the path in this API at which to read more. */
export function payloadOf({ type, workspace, atMs, facts }: WebhookEvent): WebhookPayload {
  const dataOf = data[type] as (facts: unknown, workspace: string) => Data;
  return { type, timestamp: formatInstant(atMs), data: dataOf(facts, workspace ?? '') };
}

/** The key of a test: the endpoint's first, second and so on. */
export function testEventKey({ endpoint, nth }: { readonly endpoint: string; readonly nth: number }): string {
  return `${testEventType}:${endpoint}:${nth}`;
}

function invoiceData({ invoice, number, month, totalCents }: NotedInvoice, workspace: string): Data {
  return {
    workspace,
    invoice,
    number: invoiceNumber({ workspace, number }),
    period: month,
    total: usd(totalCents),
  };
}

function usd(text: string): string {
  return formatCents(cents(BigInt(text)));
}

// As Postgres writes it into JSON.
function instant(text: string): string {
  return formatInstant(Date.parse(text));
}
