// The simulated platform as a process: it bills its customers through Minutebook as any platform would, over HTTP alone.
//
// MINUTEBOOK_URL, MINUTEBOOK_KEY (a platform key), MINUTEBOOK_ADMIN_KEY (for prices and terms), MINUTEBOOK_HOME (what it
// remembers between runs), PLATFORM_PORT, PLATFORM_SECRET (that billing signs its commands with).

import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient } from '../../client/http';
import { keyOf } from '../../gateways/models/signature';
import { homeDirectory } from '../places';
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
  const server = await serve(platform, { port: Number(setting('PLATFORM_PORT')), key, openPage });
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stopping.abort();
      server.close();
      server.closeAllConnections();
    });
  }
  const clients = { platform: clientOf('MINUTEBOOK_KEY', stopping), admin: clientOf('MINUTEBOOK_ADMIN_KEY', stopping) };
  await untilItWorks(stopping.signal, async () => {
    platform.remember(await recall(clients.platform, remembered && platform.memory(), Date.now()));
  });
  while (!stopping.signal.aborted) {
    await untilItWorks(stopping.signal, () => beat(clients, platform));
    const waitMs = beatBefore(Date.now()) + beatMs - Date.now();
    await sleep(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
  }
}

// Somebody waits for it, who can click again.
async function openPage(workspace: string, returnUrl: string): Promise<string> {
  const client = createClient({ url: setting('MINUTEBOOK_URL'), key: setting('MINUTEBOOK_KEY'), patienceMs: 5_000 });
  return (await client.makeBillingPage(workspace, { returnUrl })).url;
}

async function beat(clients: Clients, platform: Platform): Promise<void> {
  if (!platform.memory().isSetUp) {
    await introduce(clients, platform.memory().startMs);
    platform.remember({ isSetUp: true });
    say('customers, prices and terms are made');
  }
  await reportUntil(clients.platform, platform, beatBefore(Date.now()));
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

function clientOf(key: string, stopping: AbortController): Client {
  return createClient({
    url: setting('MINUTEBOOK_URL'),
    key: setting(key),
    patienceMs: Number.POSITIVE_INFINITY,
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
