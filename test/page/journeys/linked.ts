// The button of an e-mail: one task, without a visit.
import { until } from '../../harness/until';
import { viewOf } from '../enter';
import { cards } from '../seeding';
import { type Around, follow, type Journey, payAtStripe, press, see } from './steps';

/** The link in an e-mail that has come, as its reader finds it. */
async function linkInMail({ sandbox: { file } }: Around, to: string, task: 'pay' | 'method'): Promise<string> {
  const find = async () => {
    const listed = await fetch(`${file.mail}/messages?to=${encodeURIComponent(to)}`);
    const { items } = (await listed.json()) as { readonly items: readonly { readonly id: string }[] };
    const texts = await Promise.all(
      items.map(async ({ id }) => (await fetch(`${file.mail}/messages/${id}/html`)).text()),
    );
    return texts.map((text) => new RegExp(`href="([^"]*/${task}/[\\w-]{43})"`).exec(text)?.[1]).find(Boolean);
  };
  await until(`an e-mail to ${to} has a link to ${task}`, async () => (await find()) !== undefined, 30_000);
  return (await find()) ?? '';
}

export const linked: readonly Journey[] = [
  {
    name: 'the button of an e-mail pays its invoice, and shows nothing else',
    go: async (around) => {
      const { page, close } = await around.browser.open(viewOf(1440, 'light'));
      await page.goto(await linkInMail(around, 'gone@mailed.example', 'pay'));
      await see(page, 'Pay invoice mailed-0001');
      expect(await page.getByRole('navigation').count()).toBe(0);
      await press(page, /^Pay \$/);
      // Until Stripe's page is there, ours has a way back of its own, which leads to the platform.
      await page.getByLabel('Card number').waitFor();
      await follow(page, /^Back/);
      // Whoever changes his mind is where he was.
      await press(page, /^Pay \$/);
      await payAtStripe(page, cards.good);
      await see(page, 'Thank you');
      const isPaid = async () => (await around.sandbox.client.listInvoices('mailed'))[0]?.status === 'paid';
      await until('the invoice is paid', isPaid);
      await page.goto(await around.sandbox.linkOfMail('mailed', 'pay'));
      await see(page, 'Nothing remains to be paid');
      // Its cookie, which it has none of, and its token open nothing else.
      await page.goto(`${around.sandbox.file.api}/billing/mailed`);
      await see(page, 'Your billing page is closed');
      await close();
    },
  },
  {
    name: 'the button of an e-mail adds a payment method, and is done with it',
    go: async (around) => {
      const { page, close } = await around.browser.open(viewOf(320, 'dark'));
      const link = await around.sandbox.linkOfMail('fresh', 'method');
      await page.goto(link);
      await press(page, 'Add a payment method');
      await payAtStripe(page, cards.good);
      await see(page, 'Your payment method is on file');
      await page.goto(link);
      await see(page, 'This has been done');
      await close();
    },
  },
];
