// A whole configuration from the two addresses that a test has; the rest is what a deployment without settings gets.

import { type Config, readConfig } from '../../runtime/config';

/** As variables, for programs that a test starts. */
export const testSeller = { SELLER_NAME: 'Minutebook Tests Ltd.', SELLER_ADDRESS: '1 Test Street|London' };

export function testConfig({
  databaseUrl,
  temporalAddress,
  ...others
}: Partial<Config> & Pick<Config, 'databaseUrl' | 'temporalAddress'>): Config {
  return {
    ...readConfig({ DATABASE_URL: databaseUrl, TEMPORAL_ADDRESS: temporalAddress, ...testSeller }),
    logLevel: 'silent',
    ...others,
  };
}
