// The order in which a Minutebook comes up on one machine: its servers, its schema, its programs, a platform to bill.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { createApiKey } from '../commands/create-key';
import { connect } from '../db/connection/knex';
import { migrate } from '../db/connection/migrate';
import { grantRights } from '../db/roles/grant';
import { readSandboxFile, type SandboxFile } from '../runtime/sandbox-file';
import { provideMail } from './mail/provide-mail';
import { customers } from './platform/fleet';
import { platformSecret } from './platform/secret';
import { freePort, loopback, onFreePort } from './ports';
import { providePostgres } from './postgres/provide-postgres';
import { startProgram, untilAnswering } from './programs';
import { writeSandboxFile } from './sandbox-file';
import { sandboxSeller } from './seller';
import { provideStripe } from './stripe/provide-stripe';
import type { Surroundings } from './surroundings';
import { provideTemporal, untilWorking } from './temporal/provide-temporal';

type Ports = {
  readonly [part in 'api' | 'temporal' | 'temporalUi' | 'postgres' | 'platform' | 'mail' | 'stripe']: number;
};

const defaultPorts: Ports = {
  ...{ api: 8080, temporal: 7233, temporalUi: 8233, postgres: 5433 },
  ...{ platform: 8090, mail: 8025, stripe: 8095 },
};

/** Answers when everything answers; what it answers is in sandbox.json by then. */
export async function startSandbox(around: Surroundings, options: { readonly empty: boolean }): Promise<SandboxFile> {
  const { env, say } = around;
  const last = readSandboxFile(around.home);
  const ports = wantedPorts(env, last);
  const [database, temporal, mail, payments] = await Promise.all([
    providePostgres(around, ports.postgres),
    provideTemporal(around, ports),
    provideMail(around, ports.mail),
    provideStripe(around, ports),
  ]);
  await migrateDatabase(database.owner, say);

  const simulated = options.empty || env['PLATFORM_URL'] ? undefined : await freePort(ports.platform);
  const platform = simulated === undefined ? env['PLATFORM_URL'] || null : `http://${loopback}:${simulated}`;
  const shared = {
    TEMPORAL_ADDRESS: temporal.address,
    ...(env['TEMPORAL_ADDRESS'] ? {} : withoutAccess(env)),
    ...(platform === null ? {} : { PLATFORM_URL: platform }),
    ...(simulated === undefined ? {} : { PLATFORM_HOME: env['PLATFORM_HOME'] || `http://${loopback}:${simulated}` }),
    ...(simulated === undefined ? {} : { PLATFORM_SECRET: platformSecret(around.home) }),
    ...sandboxSeller(env),
    // Whatever somebody builds beside it on this machine may be told of events.
    WEBHOOK_ALLOW_NETWORKS: env['WEBHOOK_ALLOW_NETWORKS'] || '127.0.0.0/8,::1/128',
    ...mail.settings,
    ...payments.settings,
  };
  const api = await onFreePort(ports.api, (port) => startApi(around, { ...shared, DATABASE_URL: database.api }, port));
  // It writes the e-mails whose links lead to the API: only now is it certain where that is.
  const worker = await startProgram(around, {
    name: 'worker',
    entry: 'workers/main.js',
    env: { ...shared, DATABASE_URL: database.worker, PUBLIC_URL: env['PUBLIC_URL'] || api },
  });
  say(`the API answers on ${api}`);
  await payments.sendWebhooksTo(api);
  await untilWorking(worker, around, temporal.address);
  say('the worker is working');

  const keys = await provideKeys(api, database.owner, last);
  if (simulated !== undefined) await startPlatform(around, { port: simulated, api, keys });
  const file = {
    api,
    temporalUi: temporal.ui,
    temporalAddress: temporal.address,
    databaseUrl: database.owner,
    platform,
    stripe: payments.stripe,
    mail: mail.page,
    page: `${env['PUBLIC_URL'] || api}/billing`,
    pages: simulated === undefined ? [] : customers.map(({ workspace }) => `${platform}/billing/${workspace}`),
    keys,
  };
  writeSandboxFile(around.home, file);
  return file;
}

// Keys and profiles in the environment are for the server that the `temporal` command talks to, not for the embedded one.
function withoutAccess(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = Object.keys(env).filter((name) => /^TEMPORAL_(API_KEY|TLS|PROFILE|CONFIG_FILE|GRPC_META)/.test(name));
  return Object.fromEntries(names.map((name) => [name, '']));
}

async function startApi(around: Surroundings, shared: NodeJS.ProcessEnv, port: number): Promise<string> {
  const address = `http://${loopback}:${port}`;
  // Whatever somebody builds beside it on this machine may be come back to.
  const returnOrigins = [
    new URL(around.env['PUBLIC_URL'] || address).origin,
    'http://127.0.0.1:*',
    'http://localhost:*',
  ];
  const program = await startProgram(around, {
    name: 'api',
    entry: 'api/main.js',
    env: {
      ...shared,
      API_PORT: String(port),
      PUBLIC_URL: around.env['PUBLIC_URL'] || address,
      RETURN_ORIGINS: around.env['RETURN_ORIGINS'] || returnOrigins.join(','),
      // Months are played in minutes here.
      RATE_LIMIT: around.env['RATE_LIMIT'] || '600000',
      RATE_LIMIT_INTAKE: around.env['RATE_LIMIT_INTAKE'] || '6000000',
      RATE_LIMIT_STRANGERS: around.env['RATE_LIMIT_STRANGERS'] || '600000',
    },
    untilUp: (started) => untilAnswering(started, `${address}/health/live`, 'success'),
  });
  await untilAnswering(program, `${address}/health/ready`, 'success');
  return address;
}

// A port set by hand, else the one of the last run, so that bookmarks and scripts stay right, else the default.
function wantedPorts(env: NodeJS.ProcessEnv, last: SandboxFile | undefined): Ports {
  const portOf = (address: string | null | undefined) => {
    const port = /:(\d+)(?:\/|$)/.exec(address?.replace(/^\w+:\/\//, '') ?? '')?.[1];
    return port === undefined ? undefined : Number(port);
  };
  return {
    api: Number(env['API_PORT'] || (portOf(last?.api) ?? defaultPorts.api)),
    temporal: portOf(last?.temporalAddress) ?? defaultPorts.temporal,
    temporalUi: portOf(last?.temporalUi) ?? defaultPorts.temporalUi,
    postgres: portOf(last?.databaseUrl) ?? defaultPorts.postgres,
    platform: portOf(last?.platform) ?? defaultPorts.platform,
    mail: portOf(last?.mail) ?? defaultPorts.mail,
    stripe: portOf(last?.stripe?.url) ?? defaultPorts.stripe,
  };
}

async function migrateDatabase(url: string, say: (line: string) => void): Promise<void> {
  const db = connect({ url, poolMax: 1 });
  try {
    const applied = await migrate(db);
    await grantRights(db);
    say(applied.length === 0 ? 'the schema is up to date' : `migrated: ${applied.join(', ')}`);
  } finally {
    await db.destroy();
  }
}

// The database knows keys only by their hashes, so the file keeps the plain ones. They are made anew when the database
// does not know them: after --fresh, or with another DATABASE_URL.
async function provideKeys(api: string, url: string, last: SandboxFile | undefined): Promise<SandboxFile['keys']> {
  const known = last?.keys;
  if (known !== undefined && (await accepts(api, known.admin)) && (await accepts(api, known.platform))) return known;
  const db = connect({ url, poolMax: 1 });
  try {
    return {
      admin: await createApiKey(db, { role: 'admin', name: 'sandbox admin' }),
      platform: await createApiKey(db, { role: 'platform', name: 'sandbox platform' }),
    };
  } finally {
    await db.destroy();
  }
}

async function accepts(api: string, key: string): Promise<boolean> {
  const response = await fetch(`${api}/v1/workspaces?limit=1`, { headers: { authorization: `Bearer ${key}` } });
  await response.body?.cancel();
  return response.status !== 401;
}

async function startPlatform(
  around: Surroundings,
  { port, api, keys }: { readonly port: number; readonly api: string; readonly keys: SandboxFile['keys'] },
): Promise<void> {
  const first = !existsSync(path.join(around.home, 'platform'));
  around.say(`the simulated platform starts${first ? ' and reports its two past months' : ''}`);
  await startProgram(around, {
    name: 'platform',
    entry: 'sandbox/platform/main.js',
    env: {
      MINUTEBOOK_HOME: around.home,
      MINUTEBOOK_URL: api,
      MINUTEBOOK_KEY: keys.platform,
      MINUTEBOOK_ADMIN_KEY: keys.admin,
      PLATFORM_PORT: String(port),
      PLATFORM_SECRET: platformSecret(around.home),
    },
    untilUp: (started) => untilAnswering(started, `http://${loopback}:${port}/`, 'anything'),
  });
}
