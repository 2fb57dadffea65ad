// What a newcomer is told of the workspace whose credits run out while he looks.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient } from '../client/http';
import type { SandboxFile } from '../runtime/sandbox-file';
import { setupPage } from './platform/checkout';
import { customers } from './platform/fleet';

const knownWithinMs = 60_000;

/** Undefined where there is no such workspace, or it pays already. */
export async function trialWords({ api, keys, platform }: SandboxFile): Promise<string | undefined> {
  const { workspace, trial } = customers.find((customer) => customer.trial !== undefined) ?? {};
  if (platform === null || workspace === undefined || trial === undefined) return undefined;
  const client = createClient({ url: api, key: keys.platform, patienceMs: 10_000 });
  try {
    if (!(await isKnown(client, workspace)) || (await client.getPaymentMethod(workspace)) !== undefined)
      return undefined;
    const page = await setupPage(client, workspace, `${platform}/`);
    const card = page === undefined ? '' : ` Add a card on ${page} and it comes back within seconds.`;
    return `watch ${workspace} on ${platform}: its $${trial.credits} of credits are gone within two minutes, and ${trial.model} stops.${card}`;
  } catch {
    // Said for a newcomer's sake alone.
    return undefined;
  }
}

// The platform introduces it a moment after it has come up.
async function isKnown(client: Client, workspace: string): Promise<boolean> {
  for (const untilMs = Date.now() + knownWithinMs; Date.now() < untilMs; await sleep(1000)) {
    const { grants } = (await client.getWorkspace(workspace)) ? await client.getCredits(workspace) : { grants: [] };
    if (grants.some(({ key }) => key === 'trial')) return true;
  }
  return false;
}
