// The HTTP API as typed calls. Every call is idempotent, so whatever may help is tried again: the API away, too busy, a
// connection cut after the call but before its answer.

import type { AuditEntry } from '../contract/audit';
import type { BillingEntry } from '../contract/billing';
import type { BillingPageEntry } from '../contract/billing-page';
import type { Correction, CorrectionEntry } from '../contract/corrections';
import type { CreditNote, CreditNoteEntry, VoidInvoiceEntry } from '../contract/credit-notes';
import type { CreditMovement, GrantEnd, GrantEntry } from '../contract/credits';
import type { HourOfUsage, UsageHours } from '../contract/dashboard';
import type { Email, Resend } from '../contract/emails';
import type { Episode } from '../contract/episodes';
import type { ListedGate, RefusedDeployEntry } from '../contract/gate';
import type { PastDuePauseEntry, SuspensionEntry } from '../contract/guard';
import type { Invoice } from '../contract/invoices';
import type { Key, KeyEntry, KeyRotation } from '../contract/keys';
import type { SetAside } from '../contract/metering';
import type { Answer } from '../contract/operations';
import type { PayEntry, SetupEntry } from '../contract/payment-method';
import type { PaymentEntry, WriteOffEntry } from '../contract/payments';
import type { Period } from '../contract/periods';
import type { Price, PriceEntry } from '../contract/prices';
import type { Quarantined } from '../contract/quarantine';
import type { Refund, RefundEntry } from '../contract/refunds';
import type { Source } from '../contract/sources';
import type { Terms, TermsEntry } from '../contract/terms';
import type { UsageBatch } from '../contract/usage';
import type {
  WebhookDelivery,
  WebhookEndpoint,
  WebhookEndpointChange,
  WebhookEndpointEntry,
  WebhookEvent,
  WebhookReplay,
  WebhookSecretRotation,
} from '../contract/webhooks';
import type { Workspace, WorkspaceEntry } from '../contract/workspaces';
import { type Call, type ClientOptions, type Gives, persevere, type TaggedAnswer } from './persevering';
import { ProblemError } from './problem';

export type { ClientOptions } from './persevering';

export type Client = ReturnType<typeof createClient>;

/** An hour of UTC as RFC 3339, such as `2025-01-31T23:00:00Z`; half-open, at most 31 days apart. */
export type HourRange = { readonly from?: string; readonly to?: string };

/** One model, or what of it is said further. */
export type OfLine = { readonly model: string; readonly version?: string; readonly instanceType?: string };
/** What is to be deployed. */
export type Deploy = { readonly model?: string; readonly version?: string };

/** A list, and the tag by which the API tells whether it has changed since. */
export type Tagged<Item> = { readonly tag: string; readonly items: readonly Item[] };

/** A calendar month of UTC, as `2025-01`; left out: the running one. */
export type OfPeriod = { readonly period?: string };

/**
 * Calls of the API with one key, each under its operationId in the API's own description. Each rejects with a
 * ProblemError when it is refused, and with an UnreachableError when patience ends without an answer. Amounts are
 * decimal strings in US dollars, times RFC 3339 in UTC. Lists are read to their last page.
 */
export function createClient(options: ClientOptions) {
  const call = <Given>(wanted: Call) => persevere<Given>(options, wanted);
  const get = <Given>(path: string) => call<Given>({ method: 'GET', path });
  const download = <Given>(path: string, gives: Gives) => call<Given>({ method: 'GET', path, gives });
  const put = <Given>(path: string, body: unknown) => call<Given>({ method: 'PUT', path, body });
  const patch = <Given>(path: string, body: unknown) => call<Given>({ method: 'PATCH', path, body });
  const post = <Given>(path: string, body?: unknown) => call<Given>({ method: 'POST', path, body });
  const remove = <Given>(path: string) => call<Given>({ method: 'DELETE', path });
  const list = <Item>(path: string, query: Query = {}) =>
    allPages<Item>((cursor) => get(`${path}${queryOf({ ...query, cursor })}`));
  return {
    live: () => get<Answer<'live'>>('/health/live'),
    ready: () => get<Answer<'ready'>>('/health/ready'),
    meteringHealth: () => get<Answer<'meteringHealth'>>('/health/metering'),
    paymentsHealth: () => get<Answer<'paymentsHealth'>>('/health/payments'),
    mailHealth: () => get<Answer<'mailHealth'>>('/health/mail'),
    guardHealth: () => get<Answer<'guardHealth'>>('/health/guard'),
    stripeEventsHealth: () => get<Answer<'stripeEventsHealth'>>('/health/stripe-events'),
    /** Workspaces that metering leaves out and tries by themselves. */
    listSetAside: () => list<SetAside>('/v1/set-aside'),

    /** Who changed what, the newest first: of one workspace, action or actor, within a time. */
    listAudit: (asked: AuditOf = {}) => list<AuditEntry>('/v1/audit', { ...asked }),
    /** The key itself is in this answer and nowhere else. */
    createKey: (entry: KeyEntry) => post<Answer<'createKey'>>('/v1/keys', entry),
    listKeys: () => list<Key>('/v1/keys'),
    /** The old key goes on for a day, or as the rotation says. */
    rotateKey: (id: string, rotation: KeyRotation = {}) =>
      post<Answer<'rotateKey'>>(`/v1/keys/${encodeURIComponent(id)}/rotate`, rotation),
    revokeKey: (id: string) => remove<Answer<'revokeKey'>>(`/v1/keys/${encodeURIComponent(id)}`),

    /** Committed when it answers. A batch made as text by the caller is sent as it is. */
    recordUsage: (batch: UsageBatch | string) => post<Answer<'recordUsage'>>('/v1/usage', batch),
    getUsage: (workspace: string, { period }: OfPeriod = {}) =>
      get<Answer<'getUsage'>>(`${inWorkspace(workspace)}/usage${queryOf({ period })}`),
    getUsageHours: (workspace: string, { from, to, ...line }: HourRange & Partial<OfLine> = {}) =>
      allHours((cursor) => get(`${inWorkspace(workspace)}/usage/hours${queryOf({ from, to, ...line, cursor })}`)),
    getUsageDays: (workspace: string, { period }: OfPeriod = {}) =>
      get<Answer<'getUsageDays'>>(`${inWorkspace(workspace)}/usage/days${queryOf({ period })}`),
    /** A day of UTC, `2025-01-31`. */
    getUsageDay: (workspace: string, day: string) =>
      get<Answer<'getUsageDay'>>(`${inWorkspace(workspace)}/usage/days/${encodeURIComponent(day)}`),
    /** A page of the replicas behind a line, and where it goes on. */
    getUsageReplicas: (workspace: string, asked: HourRange & OfLine & { readonly cursor?: string }) =>
      get<Answer<'getUsageReplicas'>>(`${inWorkspace(workspace)}/usage/replicas${queryOf({ ...asked })}`),
    listQuarantine: () => list<Quarantined>('/v1/quarantine'),
    listSources: () => list<Source>('/v1/sources'),

    putPrices: (prices: readonly PriceEntry[]) => put<Answer<'putPrices'>>('/v1/prices', prices),
    /** The whole price book, or only the contract prices of one workspace. */
    listPrices: ({ workspace }: { readonly workspace?: string } = {}) => list<Price>('/v1/prices', { workspace }),

    putWorkspace: (workspace: string, entry: WorkspaceEntry) =>
      put<Answer<'putWorkspace'>>(inWorkspace(workspace), entry),
    /** Undefined where there is no such workspace. */
    getWorkspace: (workspace: string) => unlessMissing(get<Answer<'getWorkspace'>>(inWorkspace(workspace))),
    /** What is left out is kept, null clears it. */
    changeBilling: (workspace: string, billing: BillingEntry) =>
      patch<Answer<'changeBilling'>>(`${inWorkspace(workspace)}/billing`, billing),
    listWorkspaces: () => list<Workspace>('/v1/workspaces'),
    /** A link that opens the billing page once, for the customer who asked for it. */
    makeBillingPage: (workspace: string, entry: BillingPageEntry = {}) =>
      post<Answer<'makeBillingPage'>>(`${inWorkspace(workspace)}/billing-page`, entry),
    /** What the billing page shows of itself. */
    getPageSession: (workspace: string) => get<Answer<'getPageSession'>>(`${inWorkspace(workspace)}/session`),
    putTerms: (workspace: string, terms: TermsEntry) =>
      put<Answer<'putTerms'>>(`${inWorkspace(workspace)}/terms`, terms),
    listTerms: (workspace: string) => list<Terms>(`${inWorkspace(workspace)}/terms`),

    addGrant: (workspace: string, grant: GrantEntry) =>
      post<Answer<'addGrant'>>(`${inWorkspace(workspace)}/grants`, grant),
    /** It pays no hour from `from` on; left out: from now. */
    endGrant: (workspace: string, key: string, end: GrantEnd = {}) =>
      post<Answer<'endGrant'>>(`${inWorkspace(workspace)}/grants/${encodeURIComponent(key)}/end`, end),
    getCredits: (workspace: string) => get<Answer<'getCredits'>>(`${inWorkspace(workspace)}/credits`),

    /** The statement of credits, the newest first. */
    listCreditMovements: (workspace: string) => list<CreditMovement>(`${inWorkspace(workspace)}/credits/statement`),
    /** What the running month will come to; refused (404) where that cannot be told yet. */
    getForecast: (workspace: string, { period }: OfPeriod = {}) =>
      get<Answer<'getForecast'>>(`${inWorkspace(workspace)}/forecast${queryOf({ period })}`),

    listPeriods: (workspace: string) => list<Period>(`${inWorkspace(workspace)}/periods`),
    /** Answers the period as it stands: its workflow closes it soon after. */
    closePeriod: (workspace: string, { period }: Required<OfPeriod>) =>
      post<Answer<'closePeriod'>>(`${inWorkspace(workspace)}/periods/${encodeURIComponent(period)}/close`),

    /** A page of Stripe's on which the customer adds or replaces what the workspace pays with. */
    startPaymentMethodSetup: (workspace: string, setup: SetupEntry = {}) =>
      post<Answer<'startPaymentMethodSetup'>>(`${inWorkspace(workspace)}/payment-method/setup`, setup),
    /** Undefined where nothing is on file. */
    getPaymentMethod: (workspace: string) =>
      unlessMissing(get<Answer<'getPaymentMethod'>>(`${inWorkspace(workspace)}/payment-method`)),
    /** Takes effect for new attempts; one in flight stands. */
    removePaymentMethod: (workspace: string) =>
      call<Answer<'removePaymentMethod'>>({ method: 'DELETE', path: `${inWorkspace(workspace)}/payment-method` }),

    /** All of them, or those about one invoice. */
    listEmails: (workspace: string, { invoice }: { readonly invoice?: string } = {}) =>
      list<Email>(`${inWorkspace(workspace)}/emails`, { invoice }),
    /** To be asked before each deployment. */
    getGate: (workspace: string, { model, version }: Deploy = {}) =>
      get<Answer<'getGate'>>(`${inWorkspace(workspace)}/gate${queryOf({ model, version })}`),
    /** All that are refused or soon out of credits; undefined where nothing has changed since the answer of this tag. */
    listGates: ({ tag }: { readonly tag?: string | undefined } = {}) =>
      taggedPages<ListedGate>(tag, (cursor, known) =>
        call({ method: 'GET', path: `/v1/gates${queryOf({ cursor })}`, gives: 'tagged', ...(known && { known }) }),
      ),
    reportRefusedDeploy: (workspace: string, deploy: RefusedDeployEntry) =>
      post<Answer<'reportRefusedDeploy'>>(`${inWorkspace(workspace)}/refused-deploys`, deploy),
    getGuard: (workspace: string) => get<Answer<'getGuard'>>(`${inWorkspace(workspace)}/guard`),
    suspendWorkspace: (workspace: string, suspension: SuspensionEntry) =>
      post<Answer<'suspendWorkspace'>>(`${inWorkspace(workspace)}/suspension`, suspension),
    liftSuspension: (workspace: string) => remove<Answer<'liftSuspension'>>(`${inWorkspace(workspace)}/suspension`),
    pausePastDue: (workspace: string, pause: PastDuePauseEntry) =>
      put<Answer<'pausePastDue'>>(`${inWorkspace(workspace)}/past-due-pause`, pause),
    endPastDuePause: (workspace: string) =>
      remove<Answer<'endPastDuePause'>>(`${inWorkspace(workspace)}/past-due-pause`),

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

    /** The secret is in this answer and nowhere else. */
    createWebhookEndpoint: (entry: WebhookEndpointEntry) =>
      post<Answer<'createWebhookEndpoint'>>('/v1/webhook-endpoints', entry),
    listWebhookEndpoints: () => list<WebhookEndpoint>('/v1/webhook-endpoints'),
    getWebhookEndpoint: (endpoint: string) => get<Answer<'getWebhookEndpoint'>>(ofEndpoint(endpoint)),
    /** What is left out is kept. */
    changeWebhookEndpoint: (endpoint: string, change: WebhookEndpointChange) =>
      patch<Answer<'changeWebhookEndpoint'>>(ofEndpoint(endpoint), change),
    removeWebhookEndpoint: (endpoint: string) => remove<Answer<'removeWebhookEndpoint'>>(ofEndpoint(endpoint)),
    /** The old secret signs beside the new one for a day, or as the rotation says. */
    rotateWebhookSecret: (endpoint: string, rotation: WebhookSecretRotation = {}) =>
      post<Answer<'rotateWebhookSecret'>>(`${ofEndpoint(endpoint)}/rotate-secret`, rotation),
    testWebhookEndpoint: (endpoint: string) => post<Answer<'testWebhookEndpoint'>>(`${ofEndpoint(endpoint)}/test`),
    /** One event, or all that failed or were missed since a time. */
    replayWebhooks: (endpoint: string, replay: WebhookReplay) =>
      post<Answer<'replayWebhooks'>>(`${ofEndpoint(endpoint)}/replay`, replay),
    /** What endpoints are told of, the newest first: of the last 30 days. */
    listWebhookEvents: (asked: WebhookEventsOf = {}) => list<WebhookEvent>('/v1/webhook-events', { ...asked }),
    listWebhookDeliveries: (asked: WebhookDeliveriesOf = {}) =>
      list<WebhookDelivery>('/v1/webhook-deliveries', { ...asked }),

    /** Usage without credits and without a method, the newest first. */
    listEpisodes: (of: EpisodesOf = {}) => list<Episode>('/v1/guard/episodes', of),
    summarizeEpisodes: ({ workspace, from, to }: EpisodesOf = {}) =>
      get<Answer<'summarizeEpisodes'>>(`/v1/guard/episodes/summary${queryOf({ workspace, from, to })}`),

    /** With `lines: 'none'` a history alone: a fleet's invoice has thousands of them. */
    listInvoices: (workspace: string, { lines }: { readonly lines?: 'all' | 'none' } = {}) =>
      list<Invoice>(`${inWorkspace(workspace)}/invoices`, { lines }),
    getInvoice: (invoice: string) => get<Answer<'getInvoice'>>(`/v1/invoices/${encodeURIComponent(invoice)}`),
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
    getInvoicePdf: (invoice: string) =>
      download<Answer<'getInvoicePdf'>>(`/v1/invoices/${encodeURIComponent(invoice)}/pdf`, 'bytes'),
    /** Its lines as CSV. */
    getInvoiceCsv: (invoice: string) =>
      download<Answer<'getInvoiceCsv'>>(`/v1/invoices/${encodeURIComponent(invoice)}/csv`, 'text'),
    /** Every hour that it billed as CSV: whole, or the call is tried again. */
    getInvoiceUsageCsv: (invoice: string) =>
      download<Answer<'getInvoiceUsageCsv'>>(`/v1/invoices/${encodeURIComponent(invoice)}/usage.csv`, 'text'),
    /** Goodwill on money; what was used stays as it is. */
    creditInvoice: (invoice: string, entry: CreditNoteEntry) =>
      post<Answer<'creditInvoice'>>(`/v1/invoices/${encodeURIComponent(invoice)}/credit-notes`, entry),
    voidInvoice: (invoice: string, entry: VoidInvoiceEntry) =>
      post<Answer<'voidInvoice'>>(`/v1/invoices/${encodeURIComponent(invoice)}/void`, entry),
    /** Voids minutes that were billed wrongly; a preview changes nothing. */
    correctUsage: (workspace: string, entry: CorrectionEntry, { preview }: { readonly preview?: boolean } = {}) =>
      post<Answer<'correctUsage'>>(
        `${inWorkspace(workspace)}/corrections${queryOf({ preview: preview ? 'true' : undefined })}`,
        entry,
      ),
    listCorrections: (workspace: string) => list<Correction>(`${inWorkspace(workspace)}/corrections`),
    getCorrection: (workspace: string, key: string) =>
      get<Answer<'getCorrection'>>(`${inWorkspace(workspace)}/corrections/${encodeURIComponent(key)}`),
    /** Its minutes count again; its credit notes stay. */
    takeCorrectionBack: (workspace: string, key: string) =>
      remove<Answer<'takeCorrectionBack'>>(`${inWorkspace(workspace)}/corrections/${encodeURIComponent(key)}`),
    listCreditNotes: (invoice: string) => list<CreditNote>(`/v1/invoices/${encodeURIComponent(invoice)}/credit-notes`),
    getCreditNote: (note: string) => get<Answer<'getCreditNote'>>(`/v1/credit-notes/${encodeURIComponent(note)}`),
    getCreditNotePdf: (note: string) =>
      download<Answer<'getCreditNotePdf'>>(`/v1/credit-notes/${encodeURIComponent(note)}/pdf`, 'bytes'),
    /** Its lines as CSV. */
    getCreditNoteCsv: (note: string) =>
      download<Answer<'getCreditNoteCsv'>>(`/v1/credit-notes/${encodeURIComponent(note)}/csv`, 'text'),
    getUpcomingInvoice: (workspace: string, { period }: OfPeriod = {}) =>
      get<Answer<'getUpcomingInvoice'>>(`${inWorkspace(workspace)}/invoices/upcoming${queryOf({ period })}`),
  };
}

/** Of one workspace or all, and when they begin: RFC 3339. */
type EpisodesOf = { readonly workspace?: string; readonly from?: string; readonly to?: string };

type WebhookEventsOf = { readonly type?: WebhookEvent['type']; readonly workspace?: string };
type WebhookDeliveriesOf = {
  readonly endpoint?: string;
  readonly event?: string;
  readonly state?: WebhookDelivery['state'];
};

type AuditOf = EpisodesOf & { readonly action?: string; readonly actor?: string };

function inWorkspace(workspace: string): string {
  return `/v1/workspaces/${encodeURIComponent(workspace)}`;
}

function ofEndpoint(endpoint: string): string {
  return `/v1/webhook-endpoints/${encodeURIComponent(endpoint)}`;
}

function ofInvoice(invoice: string): string {
  return `/v1/invoices/${encodeURIComponent(invoice)}`;
}

type Query = { readonly [name: string]: string | undefined };

function queryOf(query: Query): string {
  const said = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return said.length === 0 ? '' : `?${said.join('&')}`;
}

async function unlessMissing<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return undefined;
    throw error;
  }
}

type Page<Item> = { readonly items: readonly Item[]; readonly next?: string };

async function allPages<Item>(read: (cursor: string | undefined) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await read(cursor);
    items.push(...page.items);
    if (!page.next) return items;
    cursor = page.next;
  }
}

// The tag is that of the first page: where the list changes while it is read, the next call reads it again.
async function taggedPages<Item>(
  known: string | undefined,
  read: (cursor: string | undefined, known: string | undefined) => Promise<TaggedAnswer<Page<Item>> | undefined>,
): Promise<Tagged<Item> | undefined> {
  const first = await read(undefined, known);
  if (first === undefined) return undefined;
  const { next, items } = first.body;
  const later =
    next === undefined
      ? []
      : await allPages<Item>(async (cursor) => (await read(cursor ?? next, undefined))?.body ?? { items: [] });
  return { tag: first.tag, items: [...items, ...later] };
}

// The pages of one range are one answer: what stands beside the hours is that of the first page.
async function allHours(read: (cursor: string | undefined) => Promise<UsageHours>): Promise<Omit<UsageHours, 'next'>> {
  const { next, items, ...range } = await read(undefined);
  const later = next === undefined ? [] : await allPages<HourOfUsage>((cursor) => read(cursor ?? next));
  return { ...range, items: [...items, ...later] };
}
