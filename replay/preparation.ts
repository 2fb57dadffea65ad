// What has to be there before usage is sent: a Minutebook that answers, and the workspaces.

import path from 'node:path';
import { type Client, createClient } from '../client/http';
import { UnreachableError } from '../client/problem';
import type { Workspace } from '../contract/workspaces';
import { parseInstant } from '../domain/period';
import type { Starts } from './accounts';
import { ReplayError } from './errors';
import { dlrmAccounts, dlrmStart } from './files/dlrm-trace';
import { readPriceFile } from './files/price-file';
import { inParallel } from './in-parallel';
import type { ReplayOptions } from './options';
import type { RunningMinutebook } from './running-minutebook';
import type { Survey } from './survey';

/** Asks once: whoever forgot to start it should not wait for minutes to be told. */
export async function assertAnswering(minutebook: RunningMinutebook): Promise<void> {
  try {
    await createClient({ ...minutebook, patienceMs: 0, timeoutMs: 10_000 }).getWorkspace('replay');
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    throw new ReplayError(`no Minutebook answers at ${minutebook.url} (${error.message}).
Run \`npm start\` in another terminal, or set MINUTEBOOK_URL and MINUTEBOOK_KEY.`);
  }
}

/** Makes the prices, workspaces and terms of the trace. Once more, it finds them made. */
export async function prepareTrace(
  client: Client,
  projectDirectory: string,
  { prices }: Pick<ReplayOptions, 'prices'>,
): Promise<void> {
  const file = prices ?? path.join(projectDirectory, 'sandbox', 'prices.csv');
  await client.putPrices(await readPriceFile(file, dlrmStart));
  await inParallel(dlrmAccounts(), async ({ id, entry, terms }) => {
    await client.putWorkspace(id, entry);
    if (terms !== undefined) await client.putTerms(id, terms);
  });
}

/** When the workspaces of the file begin, those that Minutebook knows: usage of others goes into quarantine. */
export async function findStarts(client: Client, { workspaces }: Survey): Promise<Starts> {
  const found = await inParallel([...workspaces.keys()], (id) => client.getWorkspace(id));
  return new Map(found.flatMap((workspace) => (workspace === undefined ? [] : [[workspace.id, startOf(workspace)]])));
}

function startOf({ id, startsAt }: Workspace): number {
  const ms = parseInstant(startsAt);
  if (ms === undefined) throw new Error(`expected from the API when ${id} begins, came ${startsAt}`);
  return ms;
}
