// What the page can look like: each state once, with what has to be done to see it.
import type { Page } from 'playwright-core';
import { dayMs, formatInstant } from '../../domain/period';
import type { Tab } from './browser/browser';
import { lastMonth } from './reports';
import type { Sandbox } from './sandbox';

export type State = {
  readonly name: string;
  readonly workspace: string;
  /** The view, as the link in names it. */
  readonly at?: string | ((sandbox: Sandbox) => Promise<string>);
  /** Of the link in. */
  readonly asked?: object;
  /** Before the link is opened. */
  readonly before?: (page: Page) => Promise<unknown>;
  /** What one sees when it is there. */
  readonly shows: string;
  /** Once the view is there. */
  readonly after?: (page: Page) => Promise<unknown>;
  /** Refusals that belong to it. */
  readonly refused?: RegExp;
};

const yesterday = formatInstant(Math.floor(Date.now() / dayMs) * dayMs - dayMs).slice(0, 10);
const month = yesterday.slice(0, 7);
const line = `line?model=support-chat&version=v7&instanceType=A10Gx4x16&period=${month}`;
const firstInvoiceOf = (workspace: string, prefix: string) => async (sandbox: Sandbox) => {
  const [invoice] = await sandbox.client.listInvoices(workspace);
  return `${prefix}/${encodeURIComponent(invoice?.id ?? '')}`;
};
/** What the API would answer in a state that the sandbox cannot be brought into by itself. */
const answered = (what: string, response: object) => (page: Page) =>
  page.route(what, { source: `(route) => route.fulfill(${JSON.stringify(response)})` } as never);
const cutOff = (page: Page) =>
  page.route('**/v1/**', { source: `(route) => route.abort('connectionrefused')` } as never);

export const states: readonly State[] = [
  { name: 'usage', workspace: 'acme', shows: 'Amount due so far' },
  {
    name: 'usage-folded-out',
    workspace: 'acme',
    at: `usage?period=${month}&open=support-chat&sort=name`,
    shows: 'a minute',
  },
  { name: 'usage-by-hour', workspace: 'acme', at: `usage?period=${month}&day=${yesterday}`, shows: 'Cost by hour' },
  {
    name: 'usage-as-table',
    workspace: 'acme',
    at: `usage?period=${lastMonth}`,
    shows: 'Invoice total',
    after: (page) => page.getByText('As a table').click(),
  },
  { name: 'usage-running-total', workspace: 'acme', at: 'usage?by=total', shows: 'So far' },
  { name: 'usage-nothing-yet', workspace: 'fresh', shows: 'Nothing has run' },
  { name: 'usage-behind', workspace: 'behind', shows: 'behind' },
  { name: 'usage-nothing-found', workspace: 'acme', at: 'usage?q=unheard-of', shows: 'has “unheard-of” in its name' },
  { name: 'usage-of-a-large-fleet', workspace: 'large', at: 'usage?open=model-000', shows: 'Show 200 more' },
  { name: 'line', workspace: 'acme', at: line, shows: 'Days, hours and replicas' },
  {
    name: 'line-to-the-minute',
    workspace: 'acme',
    at: `${line}&day=${yesterday}&hour=${yesterday}T08:00:00Z`,
    shows: 'support-chat-v7-0',
  },
  { name: 'bill', workspace: 'acme', at: 'bill', shows: 'Non-profit discount' },
  { name: 'bill-invoiced', workspace: 'acme', at: `bill?period=${lastMonth}`, shows: 'is on invoice' },
  { name: 'bill-nothing-yet', workspace: 'fresh', at: 'bill', shows: 'nothing to pay' },
  { name: 'credits-running-out', workspace: 'trial', at: 'credits', shows: 'No payment method is on file' },
  { name: 'credits-used-up', workspace: 'acme', at: 'credits', shows: 'Used up' },
  { name: 'invoices', workspace: 'acme', at: 'invoices', shows: 'Totals are net' },
  { name: 'invoices-none-yet', workspace: 'fresh', at: 'invoices', shows: 'There is no invoice yet' },
  {
    name: 'invoice-paid',
    workspace: 'acme',
    at: firstInvoiceOf('acme', 'invoices'),
    shows: 'Slow replies on the 3rd',
  },
  {
    name: 'invoice-declined',
    workspace: 'declined',
    at: firstInvoiceOf('declined', 'invoices'),
    shows: 'Failed with Visa',
  },
  {
    name: 'invoice-past-due',
    workspace: 'overdue',
    at: firstInvoiceOf('overdue', 'invoices'),
    shows: 'there is no such mailbox',
  },
  { name: 'payment-none', workspace: 'trial', at: 'payment', shows: 'None is on file' },
  { name: 'payment-card', workspace: 'acme', at: 'payment', shows: 'Visa ending 4242' },
  { name: 'payment-failed', workspace: 'declined', at: 'payment', shows: 'To be paid' },
  {
    name: 'payment-removing',
    workspace: 'acme',
    at: 'payment',
    shows: 'Visa ending 4242',
    after: (page) => page.getByRole('button', { name: 'Remove it' }).click(),
  },
  {
    name: 'payment-refused-details',
    workspace: 'fresh',
    at: 'payment',
    shows: 'Billing details',
    after: async (page) => {
      await page.getByLabel('Street').fill('1 Long Road');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Please correct what is marked').waitFor();
    },
    refused: /^400 .*\/billing$/,
  },
  { name: 'task-method', workspace: 'trial', at: 'task/method', shows: 'Add a payment method' },
  { name: 'task-pay', workspace: 'declined', at: firstInvoiceOf('declined', 'task/pay'), shows: 'Pay invoice' },
  { name: 'read-only', workspace: 'acme', at: 'payment', asked: { readOnly: true }, shows: 'Read only' },
  { name: 'stopped-by-credits', workspace: 'spent', shows: 'your credits are used up' },
  {
    name: 'stopped-past-due',
    workspace: 'overdue',
    before: answered('**/gate', { json: { allowed: false, reason: 'past_due', message: 'An invoice is past due.' } }),
    shows: 'Your models are stopped',
  },
  {
    name: 'suspended',
    workspace: 'acme',
    before: answered('**/gate', { json: { allowed: false, reason: 'suspended', message: 'Please ask support.' } }),
    shows: 'Your account is suspended',
  },
  { name: 'running-out', workspace: 'trial', shows: 'Your models run until' },
  { name: 'offline', workspace: 'acme', before: cutOff, shows: 'There is no connection' },
  {
    name: 'broken',
    workspace: 'acme',
    before: answered('**/v1/workspaces/acme/usage?*', {
      status: 500,
      json: { type: 'about:blank', title: 'Broken', status: 500, detail: 'Broken', code: 'internal', id: 'abc123' },
    }),
    shows: 'something is broken on our side',
    refused: /^500 /,
  },
  {
    name: 'session-over',
    workspace: 'acme',
    before: answered('**/v1/**', {
      status: 401,
      json: { code: 'session_over', returnUrl: 'https://app.hosting.example/' },
    }),
    shows: 'Your session is over',
    refused: /^401 /,
  },
  { name: 'nothing-here', workspace: 'acme', at: 'somewhere', shows: 'There is nothing here' },
];

// That nothing is on file, or nothing can be foreseen yet, is an answer, too.
const isAnswer = (fault: string) => /^404 .*\/(payment-method|forecast)$/.test(fault);

/**
 * Brings a tab into a state. Answers what went wrong on the way. `settled`: everything has come that comes; else what the
 * state is about has.
 */
export async function enter(
  tab: Tab,
  state: State,
  { sandbox, settled = false }: { readonly sandbox: Sandbox; readonly settled?: boolean },
): Promise<readonly string[]> {
  const { page } = tab;
  const { workspace, at, asked = {}, before, shows, after, refused } = state;
  await before?.(page);
  const view = typeof at === 'function' ? await at(sandbox) : at;
  const returnUrl = 'https://app.hosting.example/settings';
  await page.goto(await sandbox.linkInto(workspace, { returnUrl, ...(view === undefined ? {} : { view }), ...asked }));
  await page.getByText(shows).first().waitFor();
  await after?.(page);
  if (settled) await page.waitForLoadState('networkidle');
  else await page.locator('.loading').first().waitFor({ state: 'detached' });
  const faults = await tab.faults();
  return faults.filter((fault) => !isAnswer(fault) && refused?.test(fault) !== true);
}

export const widths = [320, 1440] as const;
export const themes = ['light', 'dark'] as const;

export const viewOf = (width: number, theme: 'light' | 'dark') => ({
  viewport: { width, height: 900 },
  colorScheme: theme,
  reducedMotion: 'reduce' as const,
});
