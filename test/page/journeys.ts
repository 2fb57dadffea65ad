// The ways that customers go on the page, step by step, as they would: by names of buttons and links, by keys, by what they read.
import type { Page } from 'playwright-core';
import { until } from '../harness/until';
import type { Browser, Tab } from './browser/browser';
import type { Sandbox } from './sandbox';
import { cards, lastMonth } from './seeding';
import { viewOf } from './states';

export type Around = { readonly browser: Browser; readonly sandbox: Sandbox };
export type Journey = { readonly name: string; readonly go: (around: Around) => Promise<void> };

const returnUrl = 'https://app.hosting.example/settings';

async function onPage({ browser, sandbox }: Around, workspace: string, asked: object = {}): Promise<Tab> {
  const tab = await browser.open(viewOf(1440, 'light'));
  await tab.page.goto(await sandbox.linkInto(workspace, { returnUrl, ...asked }));
  await tab.page.getByRole('heading', { level: 1 }).waitFor();
  return tab;
}

const see = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor();
const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).first().click();
const follow = (page: Page, name: string | RegExp) => page.getByRole('link', { name }).first().click();

async function payAtStripe(page: Page, card: Readonly<Record<string, string>>): Promise<void> {
  await page.getByLabel('Card number').fill(card['number'] ?? '');
  await page.getByLabel('Expires').fill(card['exp'] ?? '');
  await page.getByLabel('Security code').fill(card['cvc'] ?? '');
  await page.getByLabel('Name', { exact: true }).fill(card['name'] ?? '');
  await page.getByRole('button', { name: /^(Save|Pay)/ }).click();
}

export const journeys: readonly Journey[] = [
  {
    name: 'somebody new sees what has run and goes on to what it comes to',
    go: async (around) => {
      const { page, close } = await onPage(around, 'acme');
      await see(page, 'Complete through');
      await follow(page, 'How it is made up');
      await see(page, 'What you will pay');
      expect(new URL(await page.url()).pathname).toBe('/billing/acme/bill');
      await see(page, 'Volume discount');
      await close();
    },
  },
  {
    name: 'another month is chosen, and its address shows it again',
    go: async (around) => {
      const { page, close } = await onPage(around, 'acme');
      await page.getByLabel('Month', { exact: true }).selectOption(lastMonth);
      await see(page, 'Invoice total');
      const shared = await page.url();
      expect(shared).toContain(`period=${lastMonth}`);
      await page.goto(shared);
      await see(page, 'Invoice total');
      await follow(page, 'The month after');
      await see(page, 'Amount due so far');
      await close();
    },
  },
  {
    name: 'a line is followed from dollars to the minutes of a replica',
    go: async (around) => {
      const { page, close } = await onPage(around, 'acme', { view: `usage?period=${lastMonth}` });
      await press(page, 'support-chat');
      await follow(page, 'v7');
      await see(page, 'Days, hours and replicas');
      await page.locator('tbody.model button').first().click();
      await page.locator('tr.line button').first().click();
      await see(page, 'support-chat-v7-0');
      await see(page, 'Serving');
      expect(await page.locator('.replicas tbody tr').count()).toBeGreaterThan(0);
      await page.goBack();
      await see(page, 'Models');
      await close();
    },
  },
  {
    name: 'a declined invoice is paid with another card',
    go: async (around) => {
      const { page, close } = await onPage(around, 'declined', { view: 'payment' });
      await see(page, /A payment with Visa ending 0341 failed/);
      await press(page, /^Pay \$.* now$/);
      await payAtStripe(page, cards.good);
      await page.waitForURL('**/billing/declined/**');
      const isPaid = async () => (await around.sandbox.client.listInvoices('declined'))[0]?.status === 'paid';
      await until('the invoice is paid', isPaid);
      await page.getByText('To be paid').waitFor({ state: 'detached', timeout: 20_000 });
      await close();
    },
  },
  {
    name: 'a card is added, and taken off again only when that is said twice',
    go: async (around) => {
      const { page, close } = await onPage(around, 'trial', { view: 'payment' });
      await press(page, 'Add a payment method');
      await payAtStripe(page, cards.good);
      await see(page, 'Visa ending 4242');
      await press(page, 'Remove it');
      await page.getByRole('dialog').getByRole('button', { name: 'Keep it' }).click();
      await see(page, 'Visa ending 4242');
      await press(page, 'Remove it');
      await page.getByRole('dialog').getByRole('button', { name: 'Remove it' }).click();
      await see(page, 'None is on file');
      await close();
    },
  },
  {
    name: 'a card that is declined on the page of Stripe can be tried again there',
    go: async (around) => {
      const { page, close } = await onPage(around, 'fresh', { view: 'task/method' });
      await press(page, 'Add a payment method');
      await payAtStripe(page, { ...cards.good, number: '4000000000000002' });
      await page.getByRole('alert').waitFor();
      await follow(page, 'Back without saving');
      await see(page, 'Add a payment method');
      await close();
    },
  },
  {
    name: 'somebody who has run out comes back with a card',
    go: async (around) => {
      const { page, close } = await onPage(around, 'spent');
      await see(page, 'your credits are used up');
      await press(page, 'Add a payment method');
      await payAtStripe(page, cards.good);
      await see(page, 'Visa ending 4242');
      await page.getByText('your credits are used up').first().waitFor({ state: 'detached', timeout: 30_000 });
      await close();
    },
  },
  {
    name: 'an address is corrected, and stays corrected',
    go: async (around) => {
      const { page, close } = await onPage(around, 'fresh', { view: 'payment' });
      await page.getByLabel('Street').fill('1 Long Road');
      await press(page, 'Save');
      await see(page, 'Please correct what is marked');
      await page.getByLabel('Postal code').fill('10115');
      await page.getByLabel('City').fill('Berlin');
      await page.getByLabel('Country').selectOption('DE');
      await press(page, 'Save');
      await see(page, 'Saved.');
      await page.reload();
      expect(await page.getByLabel('City').inputValue()).toBe('Berlin');
      await close();
    },
  },
  {
    name: 'an invoice is downloaded as a PDF that is one',
    go: async (around) => {
      const { page, close } = await onPage(around, 'acme', { view: 'invoices' });
      const href = await page
        .getByRole('link', { name: /as PDF$/ })
        .first()
        .getAttribute('href');
      const begins = await page.evaluate(
        `fetch(${JSON.stringify(href)}).then((r) => r.text()).then((t) => t.slice(0, 5))`,
      );
      expect(begins).toBe('%PDF-');
      await close();
    },
  },
  {
    name: 'a link that was opened before leads nowhere, and says where to go',
    go: async ({ browser, sandbox }) => {
      const link = await sandbox.linkInto('acme', { returnUrl });
      const first = await browser.open();
      await first.page.goto(link);
      await see(first.page, 'Usage');
      const other = await browser.open();
      await other.page.goto(link);
      await other.page.getByRole('link', { name: 'Back to Example Hosting' }).waitFor();
      await Promise.all([first.close(), other.close()]);
    },
  },
  {
    name: "another workspace's address shows nothing of it",
    go: async (around) => {
      const { page, close } = await onPage(around, 'fresh');
      await page.goto(`${around.sandbox.file.api}/billing/acme/invoices`);
      expect(await page.content()).not.toContain('Acme');
      const [invoice] = await around.sandbox.client.listInvoices('acme');
      await page.goto(`${around.sandbox.file.api}/billing/fresh/invoices/${invoice?.id}`);
      await see(page, 'There is nothing here');
      await close();
    },
  },
  {
    name: 'two tabs of two workspaces do not disturb each other, and signing out ends one',
    go: async (around) => {
      const one = await onPage(around, 'acme');
      const other = await one.beside();
      await other.page.goto(await around.sandbox.linkInto('fresh', { returnUrl }));
      await see(other.page, 'Fresh start');
      await one.page.reload();
      await see(one.page, 'Acme Research');
      await press(one.page, 'Sign out');
      await one.page.getByRole('link', { name: 'Back to Example Hosting' }).waitFor();
      await other.page.reload();
      await see(other.page, 'Fresh start');
      await one.close();
    },
  },
  {
    name: 'the keyboard alone goes to a view, folds a model out and reads the chart',
    go: async (around) => {
      const { page, close } = await onPage(around, 'acme', { view: `usage?period=${lastMonth}` });
      await page.keyboard.press('Tab');
      expect(await focused(page)).toBe('Skip to content');
      const chart = page.getByRole('slider', { name: /^Cost by day/ });
      await chart.focus();
      await page.keyboard.press('Home');
      const first = await chart.getAttribute('aria-valuetext');
      await page.keyboard.press('ArrowRight');
      expect(await chart.getAttribute('aria-valuetext')).not.toBe(first);
      await page.keyboard.press('Enter');
      await see(page, 'Cost by hour');
      await page.getByRole('button', { name: 'support-chat' }).focus();
      await page.keyboard.press('Enter');
      await see(page, 'a minute');
      expect(await focused(page)).toBe('support-chat');
      await page.getByRole('link', { name: 'Invoices' }).focus();
      await page.keyboard.press('Enter');
      await see(page, 'Totals are net');
      // Whoever listens is told where he is.
      expect(await focused(page)).toBe('Invoices');
      await close();
    },
  },
  {
    name: 'what comes in shows by itself, and the field that one is in keeps its focus and its text',
    go: async (around) => {
      const { page, close } = await onPage(around, 'behind');
      await page.getByRole('searchbox').fill('class');
      const due = page.locator('.figures .value').first();
      const before = await due.textContent();
      await around.sandbox.client.addGrant('behind', {
        key: 'welcome',
        kind: 'promotional',
        amount: '100',
        validFrom: '2020-01-01T00:00:00Z',
      });
      await page.getByText('Credits left').first().waitFor({ timeout: 40_000 });
      expect(await page.getByRole('searchbox').inputValue()).toBe('class');
      expect(await focused(page)).toBe('searchbox');
      expect(before).toBeDefined();
      await close();
    },
  },
  {
    name: 'a network that comes back is noticed',
    go: async (around) => {
      const { page, close } = await onPage(around, 'acme');
      await page.context().setOffline(true);
      await page.getByRole('link', { name: 'Invoices' }).click();
      await see(page, 'No connection');
      await page.context().setOffline(false);
      await see(page, 'Totals are net');
      await page.getByText('No connection').waitFor({ state: 'detached' });
      await close();
    },
  },
];

/** What has the focus: its text, or its role where it has none. */
function focused(page: Page): Promise<string> {
  return page.evaluate(
    'document.activeElement.textContent.trim() || (document.activeElement.type === "search" ? "searchbox" : document.activeElement.tagName)',
  );
}
