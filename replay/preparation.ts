// What has to be there before usage is sent: a Minutebook that answers, and the workspaces.

import path from 'node:path';
import { type Client, createClient } from '../client/http';
import { UnreachableError } from '../client/problem';
import { dlrmAccounts, dlrmStart } from './files/dlrm-trace';
import { readPriceFile } from './files/price-file';
import { ReplayError, type ReplayOptions } from './options';
import { inParallel } from './result/invoices';
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

/** The workspaces of the file that Minutebook does not know: their usage goes into quarantine. */
export async function findUnknown(client: Client, { workspaces }: Survey): Promise<ReadonlySet<string>> {
  const ids = [...workspaces.keys()];
  const found = await inParallel(ids, (id) => client.getWorkspace(id));
  return new Set(ids.filter((_, at) => found[at] === undefined));
}
