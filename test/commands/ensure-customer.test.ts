// Who a workspace is at Stripe, over the emulator of it.
import { ensureCustomer } from '../../commands/ensure-customer';
import { startSetup } from '../../commands/start-setup';
import { type Collecting, startCollecting } from './collecting';

let c: Collecting;
beforeAll(async () => {
  c = await startCollecting();
});
afterAll(() => c?.stop());

test('asked for by several at once, a workspace is one customer', async () => {
  await c.addWorkspace('one');
  const customers = await Promise.all([1, 2, 3].map(() => ensureCustomer(c.connections, 'one')));
  expect(new Set(customers).size).toBe(1);
});

test('one that somebody has deleted at Stripe on its first day is made anew, with a page of its own', async () => {
  await c.addWorkspace('deleted');
  const { url } = await startSetup(c.connections, { workspace: 'deleted', returnUrl: null });
  const gone = await ensureCustomer(c.connections, 'deleted');
  await c.emulator.stripe.customers.del(gone);
  const customer = await ensureCustomer(c.connections, 'deleted');
  expect(customer).not.toBe(gone);
  expect(await ensureCustomer(c.connections, 'deleted')).toBe(customer);
  const again = await startSetup(c.connections, { workspace: 'deleted', returnUrl: null });
  expect(again.url).not.toBe(url);
  expect((await c.payments.readSession(again.session))?.customer).toBe(customer);
});
