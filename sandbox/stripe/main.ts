// Stripe's stand-in as a process: what Minutebook would ask of Stripe in the sandbox ends here; no money moves.
//
// MINUTEBOOK_HOME (what it keeps between runs), STRIPE_EMULATOR_PORT, STRIPE_SECRET_KEY (what its callers show).

import path from 'node:path';
import { homeDirectory } from '../places';
import { startEmulator } from './emulator';

async function main(): Promise<void> {
  const { env } = process;
  const port = Number(env['STRIPE_EMULATOR_PORT']);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error('STRIPE_EMULATOR_PORT must be a port, from 1 to 65535');
  }
  const directory = path.join(homeDirectory(env), 'stripe');
  const emulator = await startEmulator({ port, directory, secretKey: env['STRIPE_SECRET_KEY'] ?? '' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void emulator.close());
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
