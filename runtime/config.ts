// The configuration: read from the environment once, whole. One error lists every fault, so that a deployment is mended
// in one go and not a variable at a time.

import { isIP } from 'node:net';
import { grantNanosMax } from '../domain/credits';
import { defaultLadder, type PastDueLadder, parseLadder } from '../domain/guard/ladder';
import { type Nanos, nanos, nanosPerUsd, parseUsd } from '../domain/money';
import type { Seller } from '../domain/parties';
import { parseReturnOrigin } from '../domain/return-origins';
import { type MailSettings, readMailSettings } from './mail-settings';
import { type PageSettings, readPageSettings } from './page-settings';
import { type PaymentsSettings, readPaymentsSettings } from './payments-settings';
import { type PlatformSettings, readPlatformSettings } from './platform-settings';
import { readSeller } from './seller';
import { readTemporal, type TemporalAccess } from './temporal-access';
import { networks, readWebhookSettings, type WebhookSettings } from './webhook-settings';

export type LogLevel = (typeof logLevels)[number];

export type Config = {
  readonly databaseUrl: string;
  /** Connections each process holds at most; as many as it needs where that is left to it. */
  readonly poolMax: number | undefined;
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  /** TLS and keys of the connection to Temporal. */
  readonly temporalAccess: TemporalAccess;
  readonly apiHost: string;
  readonly apiPort: number;
  /** Where customers reach the API's pages, such as those that links in e-mails lead to. */
  readonly publicUrl: string | undefined;
  /** Where customers may be sent back to: our own pages, and what is named. */
  readonly returnOrigins: readonly string[];
  /** The billing page: how long it is open, and whose it looks like. */
  readonly page: PageSettings;
  readonly bodyLimitBytes: number;
  /** What a compressed body of usage may unfold to. */
  readonly unfoldedLimitBytes: number;
  /** How long a request may take to arrive. */
  readonly requestTimeoutMs: number;
  /** Usage is refused while what came is not metered for longer; undefined: never. */
  readonly usageLagLimitMs: number | undefined;
  /** Networks whose word is taken for whom a call comes from. */
  readonly trustedProxies: readonly string[];
  /** Calls a minute: of a key, of a key's usage, and of an address without a key. 0: as many as come. */
  readonly rateLimits: { readonly calls: number; readonly intake: number; readonly strangers: number };
  /** What a new workspace is given. */
  readonly freeCreditsNanos: Nanos;
  readonly meteringEveryMs: number;
  /** Shards metered at the same time. */
  readonly meteringParallel: number;
  /** Month ends are spread over so many minutes. */
  readonly closeSpreadMinutes: number;
  /** How long a period waits for sources that stay behind. */
  readonly usageDeadlineHours: number;
  readonly usageReportsKeepDays: number;
  /** Months of usage before the running one that are kept; null: all that there are. */
  readonly usageKeepMonths: number | null;
  /** Who sells, as invoices name it. */
  readonly seller: Seller;
  /** Fonts for names in scripts that the bundled ones do not have. */
  readonly fontFiles: readonly string[];
  readonly logLevel: LogLevel;
  /** Where a worker serves its metrics; nowhere without a port. The API serves its own beside everything else. */
  readonly metricsHost: string;
  readonly metricsPort: number | undefined;
  /** Where a worker serves those of the Temporal SDK, IP:PORT; nowhere when left out. */
  readonly temporalMetricsAddress: string | undefined;
  /** Where models are stopped; a Minutebook without it only says that they should be. */
  readonly platform: PlatformSettings | undefined;
  /** How long before the end of the last minute that credits cover the models are stopped. */
  readonly guardStopSecondsBefore: number;
  /** When what is past due stops a workspace: its new deployments, and its models. */
  readonly pastDueLadder: PastDueLadder;
  /** How e-mail goes out; none is written where it is left out. */
  readonly mail: MailSettings | undefined;
  /** E-mails a second over all workers. */
  readonly mailPerSecond: number;
  /** The account at Stripe; nothing is charged where it is left out. */
  readonly payments: PaymentsSettings | undefined;
  /** Where events may be sent. */
  readonly webhooks: WebhookSettings;
};

/** Every fault of the environment at once. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(['The configuration in the environment is not usable:', ...faults].join('\n  - '));
    this.name = 'ConfigError';
  }
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const postgres = ['postgres:', 'postgresql:'];

/** Reads the configuration from environment variables; throws ConfigError. An empty variable counts as absent. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = [];
  const read = readers(env, faults);
  const temporalFaults: string[] = [];
  const temporal = readTemporal(env, temporalFaults);
  const publicUrl = read.optional('PUBLIC_URL', undefined, publicAddress);
  const own = publicUrl === undefined ? [] : [new URL(publicUrl).origin];
  const config: Config = {
    databaseUrl: read.required('DATABASE_URL', (text) => url(text, postgres)) ?? '',
    poolMax: read.optional('DATABASE_POOL_MAX', undefined, whole(1, 1000)),
    temporalAddress: read.required('TEMPORAL_ADDRESS', hostAndPort, temporal.address) ?? '',
    temporalNamespace: temporal.namespace ?? 'default',
    temporalAccess: temporal.access,
    apiHost: read.optional('API_HOST', '127.0.0.1', (text) => ({ value: text })),
    apiPort: read.optional('API_PORT', 8080, whole(0, 65_535)),
    publicUrl,
    returnOrigins: [...new Set([...own, ...read.optional('RETURN_ORIGINS', [], origins)])],
    page: readPageSettings(read),
    bodyLimitBytes: read.optional('BODY_LIMIT_BYTES', 16 * 1024 * 1024, whole(1024, 1024 ** 3)),
    unfoldedLimitBytes: read.optional('UNFOLDED_LIMIT_BYTES', 256 * 1024 ** 2, whole(1024, 64 * 1024 ** 3)),
    requestTimeoutMs: read.optional('REQUEST_TIMEOUT_SECONDS', 60, whole(1, 3600)) * 1000,
    usageLagLimitMs: read.optional('USAGE_LAG_LIMIT_MINUTES', 3_600_000, lagMinutes),
    trustedProxies: read.optional('TRUSTED_PROXIES', [], networks).map(({ address, prefix }) => `${address}/${prefix}`),
    rateLimits: {
      calls: read.optional('RATE_LIMIT', 12_000, callsAMinute),
      intake: read.optional('RATE_LIMIT_INTAKE', 120_000, callsAMinute),
      strangers: read.optional('RATE_LIMIT_STRANGERS', 3_000, callsAMinute),
    },
    freeCreditsNanos: read.optional('FREE_CREDITS_USD', nanos(30n * nanosPerUsd), dollars),
    meteringEveryMs: read.optional('METERING_EVERY_SECONDS', 20, whole(1, 3600)) * 1000,
    meteringParallel: read.optional('METERING_PARALLEL', 2, whole(1, 64)),
    closeSpreadMinutes: read.optional('CLOSE_SPREAD_MINUTES', 10, whole(0, 1440)),
    usageDeadlineHours: read.optional('USAGE_DEADLINE_HOURS', 24, whole(0, 744)),
    usageReportsKeepDays: read.optional('USAGE_REPORTS_KEEP_DAYS', 35, whole(1, 3650)),
    usageKeepMonths: read.optional('USAGE_KEEP_MONTHS', null, keptMonths),
    seller: readSeller(read),
    fontFiles: read.optional('FONTS', [], (text) => ({ value: text.split('|').map((file) => file.trim()) })),
    logLevel: read.optional('LOG_LEVEL', 'info', logLevel),
    metricsHost: read.optional('METRICS_HOST', '127.0.0.1', (text) => ({ value: text })),
    metricsPort: read.optional('METRICS_PORT', undefined, whole(0, 65_535)),
    temporalMetricsAddress: read.optional('TEMPORAL_METRICS_ADDRESS', undefined, ipAndPort),
    platform: readPlatformSettings(env, faults),
    guardStopSecondsBefore: read.optional('GUARD_STOP_SECONDS_BEFORE', 10, whole(0, 50)),
    pastDueLadder: read.optional('PAST_DUE_LADDER', defaultLadder, ladder),
    mail: readMailSettings(env, faults),
    mailPerSecond: read.optional('MAIL_PER_SECOND', 10, whole(1, 1000)),
    payments: readPaymentsSettings(env, faults),
    webhooks: readWebhookSettings(read),
  };
  if (config.payments !== undefined && !env['PUBLIC_URL']) {
    faults.push('PUBLIC_URL is not set: with STRIPE_SECRET_KEY it must be where customers reach the API from outside');
  }
  faults.push(...temporalFaults);
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

export type Parsed<T> = { readonly value: T } | { readonly expected: string };
export type Parser<T> = (text: string) => Parsed<T>;

export type Readers = ReturnType<typeof readers>;

function readers(env: Readonly<Record<string, string | undefined>>, faults: string[]) {
  const parse = <T>(name: string, text: string, parser: Parser<T>): T | undefined => {
    const parsed = parser(text);
    if ('value' in parsed) return parsed.value;
    // Addresses may hold passwords, so their text is not repeated.
    const shown = name.endsWith('_URL') ? 'this one is not' : `got ${JSON.stringify(text)}`;
    faults.push(`${name} must be ${parsed.expected}; ${shown}`);
    return undefined;
  };
  return {
    required<T>(name: string, parser: Parser<T>, text = env[name]): T | undefined {
      if (text) return parse(name, text, parser);
      // What it should look like is what its parser expects of it.
      const expectation = parser('');
      faults.push(`${name} is not set${'expected' in expectation ? `: it must be ${expectation.expected}` : ''}`);
      return undefined;
    },
    optional<T, D>(name: string, otherwise: D, parser: Parser<T>): T | D {
      const text = env[name];
      return text ? (parse(name, text, parser) ?? otherwise) : otherwise;
    },
  };
}

export function whole(min: number, max: number): Parser<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? { value } : { expected: `a whole number from ${min} to ${max}` };
  };
}

// 0: never.
function lagMinutes(text: string): Parsed<number | undefined> {
  const read = whole(0, 100_000)(text);
  return 'value' in read ? { value: read.value === 0 ? undefined : read.value * 60_000 } : read;
}

// Usage of the last two months may still become late usage, be corrected or be billed.
function keptMonths(text: string): Parsed<number> {
  const read = whole(2, 1200)(text);
  if ('value' in read) return read;
  return {
    expected: `${read.expected}: so many months before the running one are kept; leave it out to keep all`,
  };
}

const callsAMinute = whole(0, 10_000_000);

function dollars(text: string): Parsed<Nanos> {
  const value = parseUsd(text);
  const isGrant = value !== undefined && value >= 0n && value <= grantNanosMax;
  return isGrant ? { value } : { expected: 'an amount in dollars such as 30 or 12.50, at most 100000000' };
}

function url(text: string, protocols: readonly string[]): Parsed<string> {
  const expected = `an address that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`;
  if (!URL.canParse(text)) return { expected };
  const { protocol, hostname } = new URL(text);
  return protocols.includes(protocol) && hostname !== '' ? { value: text } : { expected };
}

// Paths are put behind it. Customers type what they pay with at where it leads to: plain http only on one's own machine.
export function publicAddress(text: string): Parsed<string> {
  const expected = 'an address that begins with https:// (or http://localhost), without a query';
  if (!('value' in url(text, ['http:', 'https:']))) return { expected };
  const { protocol, hostname, search, hash, username } = new URL(text);
  const isOwn = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  const isBare = search === '' && hash === '' && username === '';
  return isBare && (protocol === 'https:' || isOwn) ? { value: text.replace(/\/+$/, '') } : { expected };
}

function origins(text: string): Parsed<readonly string[]> {
  const parsed = text.split(',').map((each) => parseReturnOrigin(each.trim()));
  const known = parsed.filter((each) => each !== undefined);
  if (known.length === parsed.length) return { value: known };
  return { expected: 'origins with commas between them, such as https://app.example.com (or http://localhost:3000)' };
}

function hostAndPort(text: string): Parsed<string> {
  const [, port] = /^[^\s:/]+:(\d{1,5})$/.exec(text) ?? /^\[[0-9a-fA-F:.]+\]:(\d{1,5})$/.exec(text) ?? [];
  const valid = port !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
  return valid ? { value: text } : { expected: 'HOST:PORT, such as 127.0.0.1:7233' };
}

// To listen on: the SDK takes no names.
function ipAndPort(text: string): Parsed<string> {
  const expected = 'IP:PORT, such as 127.0.0.1:9091';
  const at = text.lastIndexOf(':');
  const host = text.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  return 'value' in hostAndPort(text) && isIP(host) !== 0 ? { value: text } : { expected };
}

function ladder(text: string): Parsed<PastDueLadder> {
  const value = parseLadder(text);
  return value === undefined
    ? { expected: 'days after an invoice is past due, as in deploys 7d, models 14d, the models last' }
    : { value };
}

function logLevel(text: string): Parsed<LogLevel> {
  const value = logLevels.find((level) => level === text);
  return value === undefined ? { expected: `one of ${logLevels.join(', ')}` } : { value };
}
