// Stripe on this machine: the API, the hosted pages, webhooks and switches behind one address.

import path from 'node:path';
import { loopback } from '../ports';
import { createCalls } from './calls';
import { createClock } from './clock';
import { createFaults } from './faults';
import { openSecretKey } from './secret-key';
import { listen, type Served } from './server';
import { openStore } from './store';
import { tick } from './ticking';
import { createSender } from './webhooks/sending';
import type { World } from './world';

export type EmulatorOptions = {
  /** Any free one without it. */
  readonly port?: number;
  /** Where it keeps what it knows between runs; without it, in memory only. */
  readonly directory?: string | undefined;
  /** `sk_test_…`; without it the one of the last run, or a new one. */
  readonly secretKey?: string;
  /** Milliseconds since 1970; the machine's clock without it. */
  readonly clock?: () => number;
};

export type Emulator = { readonly url: string; readonly secretKey: string; close(): Promise<void> };

const tickMs = 100;

export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const store = openStore(options.directory === undefined ? undefined : path.resolve(options.directory));
  const ahead = Number(store.get('settings', 'aheadMs')?.value ?? 0);
  let url = '';
  const world: World = {
    store,
    clock: createClock(options.clock ?? Date.now, ahead),
    secretKey: openSecretKey(store, options.secretKey),
    url: () => url,
    cause: null,
  };
  store.commit();
  const api = { world, calls: createCalls(), faults: createFaults(), inFlight: new Set<string>() };
  const served: Served = { api, sender: createSender(world) };
  const server = await listen(served, options.port ?? 0);
  url = `http://${loopback}:${server.port}`;
  const ticking = setInterval(() => {
    tick(world);
    served.sender.send();
  }, tickMs);
  ticking.unref();
  return {
    url,
    secretKey: world.secretKey,
    close: async () => {
      clearInterval(ticking);
      served.sender.close();
      await server.close();
      store.close();
    },
  };
}
