// The connections of a process that charges, as runtime/ builds them, against an emulator of Stripe.

import type { Charging as Connected } from '../../commands/connections';
import { defaultRetries } from '../../domain/dunning/retries';
import { createConnections, type Process } from '../../runtime/connections';
import type { StripeInTest } from '../stripe/emulator';
import { testConfig } from './config';

export type Charging = Connected & { close(): Promise<void> };

/** Call `close()` of what it returns in afterAll. */
export function chargingConnections(of: {
  readonly process: Process;
  readonly databaseUrl: string;
  readonly emulator: Pick<StripeInTest, 'url' | 'secretKey'>;
  readonly callsPerSecond: number;
}): Charging {
  const { process, databaseUrl, emulator, callsPerSecond } = of;
  const { url: apiUrl, secretKey } = emulator;
  const payments = { apiUrl, secretKey, webhookSecrets: [], callsPerSecond, retries: defaultRetries };
  const config = testConfig({
    databaseUrl,
    temporalAddress: 'unused:1',
    publicUrl: 'https://billing.example.com',
    payments,
  });
  const connections = createConnections(config, { process });
  if (connections.payments === undefined) throw new Error('expected connections that charge');
  return { ...connections, payments: connections.payments };
}
