// The addresses of the servers that tests run against. `npm test` passes them on; for a plain `npx jest path`, a runner
// that was started once with `node dist/scripts/test.js --serve` has left them in a file.

import { readFileSync } from 'node:fs';
import path from 'node:path';

export type TestServers = {
  /** Superuser address of the database `postgres`. */
  readonly databaseUrl: string;
  /** A dev server shared by all test files: use workflow ids and task queues of your own. */
  readonly temporalAddress: string;
  readonly timeSkippingBinary: string;
};

export const testServersFile = path.resolve(__dirname, '..', '..', '.minutebook', 'test-servers.json');

export function testServers(): TestServers {
  const env = process.env['MINUTEBOOK_TEST_DATABASE_URL'] ? process.env : servedEnvironment();
  const read = (name: string): string => {
    const value = env[name];
    if (!value)
      throw new Error(`${name} is not set: run \`npm test\`, or \`node dist/scripts/test.js --serve &\` first`);
    return value;
  };
  return {
    databaseUrl: read('MINUTEBOOK_TEST_DATABASE_URL'),
    temporalAddress: read('MINUTEBOOK_TEST_TEMPORAL_ADDRESS'),
    timeSkippingBinary: read('MINUTEBOOK_TEST_TIME_SKIPPING_BINARY'),
  };
}

function servedEnvironment(): Readonly<Record<string, string | undefined>> {
  try {
    return JSON.parse(readFileSync(testServersFile, 'utf8')) as Record<string, string>;
  } catch {
    return {};
  }
}
