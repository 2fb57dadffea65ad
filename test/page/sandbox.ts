// A whole Minutebook for the page: API, worker, database, Temporal, inbox and emulator, as the start command brings them up, on
// ports of its own so that it takes nobody's turn.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { type Client, createClient } from '../../client/http';
import { makePaymentLink, type WantedLink } from '../../commands/make-payment-link';
import { connect } from '../../db/connection/knex';
import type { LinkTask } from '../../domain/payment-link';
import type { SandboxFile } from '../../runtime/sandbox-file';
import { freePort, loopback } from '../../sandbox/ports';
import { writeSandboxFile } from '../../sandbox/sandbox-file';
import { endOf, makeHome, ready, startCommand } from '../sandbox/starting';

export type Sandbox = {
  readonly file: SandboxFile;
  readonly client: Client;
  /** A link into the billing page of a workspace. */
  linkInto(workspace: string, asked?: object): Promise<string>;
  /** A link as e-mails have it: to pay a workspace's newest invoice, or to add or replace what it pays with. */
  linkOfMail(workspace: string, task: LinkTask): Promise<string>;
  stop(): Promise<void>;
};

export async function startSandbox(): Promise<Sandbox> {
  const home = await makeHome();
  await writeDownPorts(home);
  const unset = { DATABASE_URL: '', TEMPORAL_ADDRESS: '', STRIPE_SECRET_KEY: '', PUBLIC_URL: '', API_PORT: '' };
  const settings = {
    METERING_EVERY_SECONDS: '1',
    CLOSE_SPREAD_MINUTES: '0',
    PLATFORM_NAME: 'Example Hosting',
    PLATFORM_HOME: 'https://app.hosting.example/settings',
    // Too pale for text as it is.
    PLATFORM_ACCENT: '#16a085',
    RETURN_ORIGINS: 'https://app.hosting.example',
    PAST_DUE_LADDER: 'deploys 0d, models 0d',
  };
  const env = { ...process.env, ...unset, ...settings, MINUTEBOOK_HOME: home };
  const child = spawn(process.execPath, [startCommand, '--empty'], { env });
  const output = outputOf(child);
  const stop = async () => {
    child.kill('SIGTERM');
    await endOf({ home, child, output });
    await rm(home, { recursive: true, force: true });
  };
  try {
    const file = await ready({ home, child, output });
    const client = createClient({ url: file.api, key: file.keys.admin });
    return {
      file,
      client,
      stop,
      linkInto: (workspace, asked = {}) => linkInto(file, workspace, asked),
      linkOfMail: async (workspace, task) =>
        linkOfMail(file, { workspace, task, ...(await newest(client, { workspace, task })) }),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function outputOf(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  }
  return () => text;
}

// A start takes the ports of the last one where they are free.
async function writeDownPorts(home: string): Promise<void> {
  const ports = await Promise.all(Array.from({ length: 6 }, () => freePort()));
  const at = (index: number) => `http://${loopback}:${ports[index]}`;
  writeSandboxFile(home, {
    api: at(0),
    temporalUi: at(1),
    temporalAddress: `${loopback}:${ports[2]}`,
    databaseUrl: `postgres://${loopback}:${ports[3]}/minutebook`,
    platform: null,
    stripe: { url: at(4), secretKey: '' },
    mail: at(5),
    page: '',
    pages: [],
    keys: { admin: '', platform: '' },
  });
}

async function newest(client: Client, of: { workspace: string; task: LinkTask }): Promise<{ invoice?: string }> {
  if (of.task === 'method') return {};
  const [invoice] = await client.listInvoices(of.workspace);
  if (invoice === undefined) throw new Error(`expected an invoice of ${of.workspace}, there is none`);
  return { invoice: invoice.id };
}

async function linkOfMail({ databaseUrl, api }: SandboxFile, of: Omit<WantedLink, 'nowMs'>): Promise<string> {
  const db = connect({ url: databaseUrl, name: 'page-tests' });
  try {
    return await db.transaction((trx) => makePaymentLink(trx, { ...of, nowMs: Date.now() }, { publicUrl: api }));
  } finally {
    await db.destroy();
  }
}

async function linkInto({ api, keys }: SandboxFile, workspace: string, asked: object): Promise<string> {
  const response = await fetch(`${api}/v1/workspaces/${workspace}/billing-page`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${keys.platform}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify(asked),
  });
  const body = (await response.json()) as { readonly url?: string };
  if (body.url === undefined) throw new Error(`expected a link, came ${response.status} ${JSON.stringify(body)}`);
  return body.url;
}
