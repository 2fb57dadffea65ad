// The simulated platform as a process: it bills its customers through Minutebook as any platform would, over HTTP alone.
//
// MINUTEBOOK_URL, MINUTEBOOK_KEY (a platform key), MINUTEBOOK_ADMIN_KEY (for prices and terms), MINUTEBOOK_HOME (what it
// remembers between runs), PLATFORM_PORT, PLATFORM_SECRET (that billing signs its commands with).

import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, type ClientOptions, createClient } from '../../client/http';
import { keyOf } from '../../gateways/models/signature';
import { homeDirectory } from '../places';
import { setupPage } from './checkout';
import { beginTrials } from './deploying';
import { createGatekeeper, type Gatekeeper } from './gatekeeper';
import { introduce, recall } from './introduction';
import { firstMemory, openNotebook, startBefore } from './memory';
import { createPlatform, type Platform } from './platform';
import { beatBefore, beatMs, reportUntil } from './reporting';
import { serve } from './server';

type Clients = { readonly platform: Client; readonly admin: Client };

async function main(): Promise<void> {
  const notebook = openNotebook(homeDirectory(process.env));
  const remembered = notebook.read();
  const platform = createPlatform(remembered ?? firstMemory(startBefore(Date.now())), notebook);
  const key = keyOf(setting('PLATFORM_SECRET'));
  if (key === undefined) throw new Error('PLATFORM_SECRET must be whsec_ and 24 to 64 bytes in base64');
  const stopping = new AbortController();
  const clients = { platform: clientOf('MINUTEBOOK_KEY', stopping), admin: clientOf('MINUTEBOOK_ADMIN_KEY', stopping) };
  const hasty = clientOf('MINUTEBOOK_KEY', stopping, { patienceMs: 0, timeoutMs: 2000 });
  const gatekeeper = createGatekeeper({ client: hasty, platform, say });
  const port = Number(setting('PLATFORM_PORT'));
  const cardPage = (workspace: string) => setupPage(hasty, workspace, `http://127.0.0.1:${port}/`);
  const openPage = async (workspace: string, returnUrl: string) =>
    (await hasty.makeBillingPage(workspace, { returnUrl })).url;
  const server = await serve({ platform, gatekeeper, key, cardPage, openPage, port });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stopping.abort();
      server.close();
      server.closeAllConnections();
    });
  }
  const heeding = heed(gatekeeper, stopping.signal);
  await untilItWorks(stopping.signal, async () => {
    platform.remember(await recall(clients.platform, remembered && platform.memory(), Date.now()));
  });
  while (!stopping.signal.aborted) {
    await untilItWorks(stopping.signal, () => beat(clients, { platform, gatekeeper }));
    const waitMs = beatBefore(Date.now()) + beatMs - Date.now();
    await sleep(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
  }
  await heeding;
}

// While Minutebook is away beats wait for it; this does not.
async function heed(gatekeeper: Gatekeeper, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await gatekeeper.tick(Date.now()).catch((error: unknown) => {
      if (!signal.aborted) say(error instanceof Error ? error.message : String(error));
    });
    await sleep(1000, undefined, { signal }).catch(() => undefined);
  }
}

async function beat(
  clients: Clients,
  { platform, gatekeeper }: { readonly platform: Platform; readonly gatekeeper: Gatekeeper },
): Promise<void> {
  if (!platform.memory().isSetUp) {
    await introduce(clients, platform.memory().startMs);
    platform.remember({ isSetUp: true });
    say('customers, prices and terms are made');
  }
  await reportUntil(clients.platform, platform, beatBefore(Date.now()));
  await beginTrials({ platform, gatekeeper }, Date.now());
}

// A platform cannot give up on billing: whatever is refused is said in the log, and tried again.
async function untilItWorks(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) return;
      say(error instanceof Error ? error.message : String(error));
      await sleep(beatMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
    }
  }
}

function clientOf(
  key: string,
  stopping: AbortController,
  limits: Pick<ClientOptions, 'patienceMs' | 'timeoutMs'> = { patienceMs: Number.POSITIVE_INFINITY },
): Client {
  return createClient({
    url: setting('MINUTEBOOK_URL'),
    key: setting(key),
    ...limits,
    signal: stopping.signal,
    onRetry: (failure) => say(failure.message),
  });
}

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

function say(line: string): void {
  console.log(`${new Date().toISOString()} ${line}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
