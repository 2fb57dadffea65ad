// Introduces the platform's customers to Minutebook: prices, workspaces and terms, as any platform would, over HTTP.

import path from 'node:path';
import type { Client } from '../../client/http';
import { formatInstant, parseInstant } from '../../domain/period';
import { readPriceFile } from '../../replay/files/price-file';
import { projectDirectory } from '../places';
import { giveMethod } from './checkout';
import { type Customer, customers } from './fleet';
import { firstMemory, type Memory, startBefore } from './memory';

/**
 * What to go on from: what is remembered, if Minutebook still knows the workspaces; from the beginning, if its database
 * is a new one; and from the workspaces' own start, if only the memory was lost.
 */
export async function recall(client: Client, remembered: Memory | undefined, nowMs: number): Promise<Memory> {
  const known = await client.getWorkspace(customers[0]?.workspace ?? '');
  if (known === undefined) return firstMemory(remembered?.startMs ?? startBefore(nowMs));
  return remembered ?? firstMemory(parseInstant(known.startsAt) ?? startBefore(nowMs));
}

/** Makes what is not there yet; an interrupted introduction is begun again. `admin` sets prices and terms. */
export async function introduce(
  clients: { readonly platform: Client; readonly admin: Client },
  startMs: number,
): Promise<void> {
  const effectiveFrom = formatInstant(startMs);
  const prices = await readPriceFile(path.join(projectDirectory, 'sandbox', 'prices.csv'), effectiveFrom);
  await clients.admin.putPrices(prices);
  await Promise.all(customers.map((customer) => introduceCustomer(clients, customer, effectiveFrom)));
}

async function introduceCustomer(
  { platform, admin }: { readonly platform: Client; readonly admin: Client },
  { workspace, entry, terms, paysWith, trial }: Customer,
  startsAt: string,
): Promise<void> {
  await platform.putWorkspace(workspace, { ...entry, startsAt });
  await admin.putTerms(workspace, { ...terms, effectiveFrom: startsAt });
  if (trial !== undefined) await giveTrial(admin, workspace, { amount: trial.credits, startsAt });
  if (paysWith !== undefined) await giveMethod(platform, workspace, paysWith);
}

// The free credits end before they begin, where there are any.
async function giveTrial(
  admin: Client,
  workspace: string,
  { amount, startsAt }: { readonly amount: string; readonly startsAt: string },
): Promise<void> {
  await admin.addGrant(workspace, { key: 'trial', kind: 'promotional', amount, validFrom: startsAt });
  const { grants } = await admin.getCredits(workspace);
  for (const { key, kind, validFrom, endedAt } of grants) {
    if (kind === 'free' && endedAt === undefined) await admin.endGrant(workspace, key, { from: validFrom });
  }
}
