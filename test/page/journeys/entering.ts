// Coming in and leaving: who gets to see what.
import { type Journey, onPage, press, returnUrl, see } from './steps';

export const entering: readonly Journey[] = [
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
];
