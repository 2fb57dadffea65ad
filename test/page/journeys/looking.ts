// Reading what has run and what it costs: by mouse, by keyboard, on a network that goes and comes.
import { lastMonth } from '../reports';
import { focused, follow, type Journey, onPage, press, see } from './steps';

export const looking: readonly Journey[] = [
  {
    name: 'somebody new sees what has run and goes on to what it comes to',
    go: async (around) => {
      const { page, close } = await onPage(around, 'acme');
      await see(page, 'Complete through');
      await follow(page, 'How it is made up');
      await see(page, 'What you will pay');
      expect(new URL(await page.url()).pathname).toBe('/billing/acme/bill');
      await see(page, 'Non-profit discount');
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
