// Where payments go: to the Stripe that STRIPE_SECRET_KEY opens, or to an emulator of our own.

import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type Stripe from 'stripe';
import { subscribedEventTypes } from '../../gateways/payments/event-types';
import { loopback, onFreePort } from '../ports';
import { writePrivateFile } from '../private-file';
import { startProgram, untilAnswering } from '../programs';
import type { Surroundings } from '../surroundings';

export type ProvidedStripe = {
  /** Null where STRIPE_SECRET_KEY opens an account of somebody's. */
  readonly stripe: { readonly url: string; readonly secretKey: string } | null;
  /** What worker and API are told of it. */
  readonly settings: NodeJS.ProcessEnv;
  /** Sends webhooks there, once it is known where the API answers. */
  sendWebhooksTo(api: string): Promise<void>;
};

const wanted: Stripe.WebhookEndpointCreateParams.EnabledEvent[] = [...subscribedEventTypes];

const wantedFields = wanted.map((type) => ['enabled_events[]', type] as const);

// The package's: an upgrade of it does not compile until this was looked at.
const version: typeof Stripe.API_VERSION = '2026-10-28.endive';

export async function provideStripe(
  around: Surroundings,
  ports: { readonly stripe: number; readonly api: number },
): Promise<ProvidedStripe> {
  const { env, home } = around;
  if (env['STRIPE_SECRET_KEY']) return { stripe: null, settings: {}, sendWebhooksTo: async () => undefined };
  const kept = readKeys(home);
  const url = await onFreePort(ports.stripe, (port) => startOn(around, port, kept.secretKey));
  const door = { url, secretKey: kept.secretKey };
  const keys = await withEndpoint(door, kept, addressAt(`http://${loopback}:${ports.api}`));
  writeKeys(home, keys);
  const settings = {
    STRIPE_API_URL: url,
    STRIPE_SECRET_KEY: keys.secretKey,
    STRIPE_WEBHOOK_SECRET: keys.webhookSecret ?? '',
  };
  return {
    stripe: door,
    settings,
    sendWebhooksTo: async (api) => {
      await post(door, `webhook_endpoints/${keys.endpoint}`, [['url', addressAt(api)], ...wantedFields]);
    },
  };
}

function addressAt(api: string): string {
  return `${api}/v1/stripe/webhook`;
}

async function startOn(around: Surroundings, port: number, secretKey: string): Promise<string> {
  const url = `http://${loopback}:${port}`;
  await startProgram(around, {
    name: 'stripe',
    entry: 'sandbox/stripe/main.js',
    env: { MINUTEBOOK_HOME: around.home, STRIPE_EMULATOR_PORT: String(port), STRIPE_SECRET_KEY: secretKey },
    untilUp: (started) => untilAnswering(started, `${url}/health`, 'success'),
  });
  return url;
}

type Keys = { readonly secretKey: string; readonly endpoint?: string; readonly webhookSecret?: string };

// A secret is told once, when its endpoint is made: it is kept, or the endpoint is made anew.
async function withEndpoint(door: Door, keys: Keys, url: string): Promise<Keys> {
  if (keys.webhookSecret !== undefined && (await isThere(door, keys.endpoint ?? ''))) return keys;
  const fields = [['url', url], ['api_version', version], ...wantedFields] as const;
  const { id, secret } = await post(door, 'webhook_endpoints', fields);
  return { ...keys, endpoint: String(id), webhookSecret: String(secret) };
}

type Door = { readonly url: string; readonly secretKey: string };

// By hand: loading Stripe's package is a third of what the start command takes to complain about a setting.
async function post(
  { url, secretKey }: Door,
  address: string,
  fields: readonly (readonly [string, string])[],
): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${secretKey}` };
  const body = new URLSearchParams();
  for (const [name, value] of fields) body.append(name, value);
  const response = await fetch(`${url}/v1/${address}`, { method: 'POST', headers, body });
  if (!response.ok) throw new Error(`the emulator of Stripe refused ${address}: ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}

async function isThere({ url, secretKey }: Door, endpoint: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${secretKey}` };
  const response = await fetch(`${url}/v1/webhook_endpoints/${endpoint}`, { headers });
  await response.body?.cancel();
  return response.ok;
}

function keysFile(home: string): string {
  return path.join(home, 'stripe', 'keys.json');
}

function readKeys(home: string): Keys {
  try {
    return JSON.parse(readFileSync(keysFile(home), 'utf8')) as Keys;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { secretKey: `sk_test_${randomBytes(24).toString('hex')}` };
  }
}

function writeKeys(home: string, keys: Keys): void {
  mkdirSync(path.dirname(keysFile(home)), { recursive: true, mode: 0o700 });
  writePrivateFile(keysFile(home), `${JSON.stringify(keys, null, 2)}\n`);
}
