// What the page can look like: each state once, with what has to be done to see it.
import type { Page } from 'playwright-core';
import { dayMs, formatInstant } from '../../domain/period';
import type { State } from './enter';
import { lastMonth } from './reports';
import type { Sandbox } from './sandbox';

const yesterday = formatInstant(Math.floor(Date.now() / dayMs) * dayMs - dayMs).slice(0, 10);
const month = yesterday.slice(0, 7);
const line = `line?model=support-chat&version=v7&instanceType=A10Gx4x16&period=${month}`;
const firstInvoiceOf = (workspace: string, prefix: string) => async (sandbox: Sandbox) => {
  const [invoice] = await sandbox.client.listInvoices(workspace);
  return `${prefix}/${encodeURIComponent(invoice?.id ?? '')}`;
};
/** What the API would answer in a state that takes days, or a fault. */
const answered = (what: string, response: object) => (page: Page) =>
  page.route(what, { source: `(route) => route.fulfill(${JSON.stringify(response)})` } as never);
/** Ends the visit and leaves the browser its cookie, as when it was signed out of from a copy. */
async function endVisit(page: Page, { file }: Sandbox): Promise<void> {
  const kept = await page.context().cookies();
  const cookie = kept.map(({ name, value }) => `${name}=${value}`).join('; ');
  const headers = { cookie, 'sec-fetch-site': 'same-origin' };
  const { status } = await fetch(`${file.api}/billing/acme/sign-out`, { method: 'POST', headers });
  expect(status).toBe(200);
}
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
  { name: 'usage-of-a-large-fleet', workspace: 'large', at: 'usage?open=model-000', shows: 'Show 100 more' },
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
  {
    name: 'task-confirm',
    workspace: 'overdue',
    at: firstInvoiceOf('overdue', 'task/pay'),
    shows: 'Confirm the payment of invoice',
  },
  { name: 'link-method', link: 'method', workspace: 'trial', shows: 'Add a payment method' },
  { name: 'link-pay', link: 'pay', workspace: 'declined', shows: 'Pay invoice' },
  { name: 'link-confirm', link: 'pay', workspace: 'overdue', shows: 'Your bank wants you to confirm' },
  { name: 'link-paid', link: 'pay', workspace: 'acme', shows: 'Nothing remains to be paid' },
  { name: 'read-only', workspace: 'acme', at: 'payment', asked: { readOnly: true }, shows: 'Read only' },
  { name: 'stopped-by-credits', workspace: 'spent', shows: 'your credits are used up' },
  { name: 'stopped-past-due', workspace: 'overdue', shows: 'Your models are stopped: an invoice is past due' },
  {
    name: 'deploys-refused-past-due',
    workspace: 'overdue',
    before: answered('**/guard', { json: { suspensions: [{ reason: 'past_due', scope: 'deploys' }] } }),
    shows: 'Nothing can be deployed: an invoice is past due',
  },
  { name: 'suspended', workspace: 'suspended', shows: 'Your account is suspended' },
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
    shows: 'Amount due so far',
    after: async (page, sandbox) => {
      await endVisit(page, sandbox);
      await page.getByRole('link', { name: 'Credits' }).click();
      await page.getByText('Your session is over').waitFor();
    },
    refused: /^401 /,
  },
  { name: 'nothing-here', workspace: 'acme', at: 'somewhere', shows: 'There is nothing here' },
];
