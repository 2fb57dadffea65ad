import { readConfig } from '../../runtime/config';
import { sandboxSeller } from '../../sandbox/seller';

const addresses = { DATABASE_URL: 'postgres://u@db/billing', TEMPORAL_ADDRESS: 'temporal:7233' };

test('a sandbox without a seller gets a whole one that says it is made up', () => {
  const { seller } = readConfig({ ...addresses, ...sandboxSeller({ SELLER_NAME: '' }) });
  expect(seller.addressLines).toHaveLength(3);
  expect(seller.footer).toContain('Made-up');
});

test.each(['SELLER_NAME', 'SELLER_ADDRESS', 'SELLER_TAX_IDS'])('with %s set nothing is made up beside it', (name) => {
  expect(sandboxSeller({ [name]: 'x' })).toEqual({});
});
