// Every address that the page reads, once. Each is the JSON twin of what a view shows, and is linked there.
import type { Answer, OperationId } from '../../contract/operations';

/** What to ask for, and how often while somebody looks at the answer. `answers` is there for the types alone. */
export type Question<Value> = { readonly path: string; readonly everyMs: number; readonly answers?: Value };

/** Metering runs every 20 seconds: asking more often shows nothing new. */
const meteredMs = 20_000;
const slowMs = 60_000;
const once = Number.POSITIVE_INFINITY;

export type Line = { readonly model: string; readonly version: string; readonly instanceType: string };
type Range = { readonly from: string; readonly to: string };

/** The questions about one workspace. */
export function questionsOf(workspace: string) {
  const at = `/v1/workspaces/${encodeURIComponent(workspace)}`;
  return {
    session: () => ask<'getPageSession'>(`${at}/session`, slowMs),
    gate: () => ask<'getGate'>(`${at}/gate`, meteredMs),
    guard: () => ask<'getGuard'>(`${at}/guard`, meteredMs),
    workspace: () => ask<'getWorkspace'>(at, slowMs),
    periods: () => ask<'listPeriods'>(`${at}/periods`, slowMs),
    terms: () => ask<'listTerms'>(`${at}/terms`, once),
    usage: (period: string) => ask<'getUsage'>(withQuery(`${at}/usage`, { period }), meteredMs),
    days: (period: string) => ask<'getUsageDays'>(withQuery(`${at}/usage/days`, { period }), meteredMs),
    day: (day: string) => ask<'getUsageDay'>(`${at}/usage/days/${day}`, slowMs),
    hours: (range: Range, line: Line) =>
      ask<'getUsageHours'>(withQuery(`${at}/usage/hours`, { ...range, ...line }), meteredMs),
    replicas: (range: Range, line: Line, cursor?: string) =>
      ask<'getUsageReplicas'>(withQuery(`${at}/usage/replicas`, { ...range, ...line, cursor }), slowMs),
    forecast: (period: string) => ask<'getForecast'>(withQuery(`${at}/forecast`, { period }), slowMs),
    upcoming: (period: string) =>
      ask<'getUpcomingInvoice'>(withQuery(`${at}/invoices/upcoming`, { period }), meteredMs),
    credits: () => ask<'getCredits'>(`${at}/credits`, meteredMs),
    statement: (cursor?: string) =>
      ask<'listCreditMovements'>(withQuery(`${at}/credits/statement`, { cursor }), slowMs),
    method: () => ask<'getPaymentMethod'>(`${at}/payment-method`, slowMs),
    invoices: (cursor?: string) => ask<'listInvoices'>(withQuery(`${at}/invoices`, { lines: 'none', cursor }), slowMs),
    emails: (invoice: string, cursor?: string) =>
      ask<'listEmails'>(withQuery(`${at}/emails`, { invoice, cursor }), slowMs),
  };
}

/** The questions about one invoice, which its session's workspace has to have. */
export function questionsOfInvoice(invoice: string) {
  const at = `/v1/invoices/${encodeURIComponent(invoice)}`;
  return {
    invoice: () => ask<'getInvoice'>(at, meteredMs),
    payments: (cursor?: string) => ask<'getInvoicePayments'>(withQuery(`${at}/payments`, { cursor }), meteredMs),
    notes: (cursor?: string) => ask<'listCreditNotes'>(withQuery(`${at}/credit-notes`, { cursor }), slowMs),
    refunds: (cursor?: string) => ask<'listRefunds'>(withQuery(`${at}/refunds`, { cursor }), slowMs),
    pdf: `${at}/pdf`,
    csv: `${at}/csv`,
  };
}

/** What the link of an e-mail is about. */
export function questionOfLink(token: string) {
  return ask<'getPaymentLink'>(`/v1/links/${token}`, meteredMs);
}

/** A credit note as a document. */
export const notePdf = (note: string): string => `/v1/credit-notes/${encodeURIComponent(note)}/pdf`;

function ask<Id extends OperationId>(path: string, everyMs: number): Question<Answer<Id>> {
  return { path, everyMs };
}

function withQuery(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}
