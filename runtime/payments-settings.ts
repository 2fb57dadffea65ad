// Payments in the environment: the account at Stripe, and when declined invoices are tried again.

import { defaultRetries, parseRetries } from '../domain/dunning/retries';

export type PaymentsSettings = {
  readonly secretKey: string;
  /** Where Stripe is, if not at its own address. */
  readonly apiUrl?: string;
  /** What webhooks are signed with: two while one is exchanged for the other. */
  readonly webhookSecrets: readonly string[];
  /** Of all processes together. */
  readonly callsPerSecond: number;
  /** When a declined invoice is tried again: milliseconds from the first decline on. */
  readonly retries: readonly number[];
};

type Env = Readonly<Record<string, string | undefined>>;
type Parsed<T> = { readonly value: T } | { readonly expected: string };

const defaultCallsPerSecond = 20;

/** Reads it; undefined without STRIPE_SECRET_KEY: nothing is charged then. Complains into `faults`. */
export function readPaymentsSettings(env: Env, faults: string[]): PaymentsSettings | undefined {
  const read = <T>(name: string, parse: (text: string) => Parsed<T>): T | undefined => {
    const text = env[name];
    if (!text) return undefined;
    const parsed = parse(text);
    if ('value' in parsed) return parsed.value;
    // Keys and secrets are not repeated, nor addresses, which may hold some.
    const shown = /_(KEY|SECRET|URL)$/.test(name) ? 'this one is not' : `got ${JSON.stringify(text)}`;
    faults.push(`${name} must be ${parsed.expected}; ${shown}`);
    return undefined;
  };
  const secretKey = read('STRIPE_SECRET_KEY', secretKeyOf);
  const apiUrl = read('STRIPE_API_URL', (text) => apiUrlOf(text, secretKey));
  const webhookSecrets = read('STRIPE_WEBHOOK_SECRET', webhookSecretsOf);
  const callsPerSecond = read('STRIPE_RATE', callsPerSecondOf) ?? defaultCallsPerSecond;
  const retries = read('DUNNING_RETRIES', parseRetries) ?? defaultRetries;
  if (!env['STRIPE_SECRET_KEY']) return undefined;
  if (!env['STRIPE_WEBHOOK_SECRET']) {
    faults.push(`STRIPE_WEBHOOK_SECRET is not set: with STRIPE_SECRET_KEY it must be ${webhookSecretsExpected}`);
  }
  return {
    secretKey: secretKey ?? '',
    ...(apiUrl === undefined ? {} : { apiUrl }),
    webhookSecrets: webhookSecrets ?? [],
    callsPerSecond,
    retries,
  };
}

function secretKeyOf(text: string): Parsed<string> {
  const expected = 'a secret or restricted key of Stripe: sk_live_…, sk_test_…, rk_live_… or rk_test_…';
  return /^[sr]k_(live|test)_\w{8,}$/.test(text) ? { value: text } : { expected };
}

function apiUrlOf(text: string, secretKey = ''): Parsed<string> {
  const expected = 'an address that begins with http:// or https:// and has no path, such as http://127.0.0.1:12111';
  if (!URL.canParse(text)) return { expected };
  const { protocol, pathname, search, username, hostname } = new URL(text);
  const isOrigin = pathname === '/' && search === '' && username === '' && hostname !== '';
  if (!isOrigin || !['http:', 'https:'].includes(protocol)) return { expected };
  const isExposed = protocol === 'http:' && secretKey.includes('_live_');
  return isExposed ? { expected: 'an address that begins with https://, as the key is a live one' } : { value: text };
}

const webhookSecretsExpected =
  'the signing secret of the webhook endpoint (whsec_…), or two with a comma between them while one is exchanged';

function webhookSecretsOf(text: string): Parsed<readonly string[]> {
  const secrets = text.split(',').map((secret) => secret.trim());
  const isUsable = secrets.length <= 2 && secrets.every((secret) => /^whsec_[\w+/=-]{8,}$/.test(secret));
  return isUsable ? { value: secrets } : { expected: webhookSecretsExpected };
}

function callsPerSecondOf(text: string): Parsed<number> {
  const value = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  return value >= 1 && value <= 100 ? { value } : { expected: 'a whole number from 1 to 100' };
}
