// Paying: with a card that is added, declined, replaced or taken off, and under the right address.
import { until } from '../../harness/until';
import { cards } from '../seeding';
import { follow, headersOfPressing, type Journey, onPage, payAtStripe, press, see } from './steps';

export const paying: readonly Journey[] = [
  {
    name: 'a declined invoice is paid with another card',
    go: async (around) => {
      const { page, close } = await onPage(around, 'declined', { view: 'payment' });
      await see(page, /A payment with Visa ending 0341 failed/);
      const headers = await headersOfPressing(page, /^Pay \$.* now$/, '**/v1/invoices/*/pay');
      expect(headers['idempotency-key']).toMatch(/^[0-9a-f]{32}$/);
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
];
