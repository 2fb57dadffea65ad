// A Minutebook of its own for a test file: the app over a real database, a clock that the test sets, a key of each role.
import { randomUUID } from 'node:crypto';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { type Logger, pino } from 'pino';
import { type Activities, createActivities } from '../../activities';
import { buildApp } from '../../api/app';
import type { RateLimitSettings } from '../../api/limits/rate-limits';
import { type BillingPage, unbuiltPage } from '../../api/page/billing-page';
import type { Connections, Settings } from '../../commands/connections';
import { createApiKey } from '../../commands/create-key';
import type { Db } from '../../db/connection/knex';
import { UsageAppender } from '../../db/intake/reports';
import { nanos, parseUsd } from '../../domain/money';
import { parseInstant } from '../../domain/period';
import type { Payments } from '../../gateways/payments/payments';
import { pdfRenderer } from '../../gateways/pdf/render';
import { httpWebhooks } from '../../gateways/webhooks/http-webhooks';
import type { Webhooks } from '../../gateways/webhooks/webhooks';
import { meterAll } from '../db/fixtures';
import { createTestDatabase } from '../harness/database';
import { countRoundTrips } from '../harness/round-trips';
import { testSettings } from '../harness/settings';
import { describedBy } from './described';

export type Answer<Body> = {
  readonly status: number;
  readonly body: Body;
  readonly headers: { readonly [name: string]: unknown };
};

export type Call = Pick<InjectOptions, 'headers'> & {
  /** JSON, unless it is a text or bytes already. */
  readonly body?: unknown;
  readonly key?: string;
  /** Of a POST, which has a new one where nothing is said; null: none. */
  readonly idempotencyKey?: string | null;
};

export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly faults?: readonly { readonly index?: number; readonly field: string; readonly message: string }[];
};

type Method = 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';

export type Minutebook = {
  readonly app: FastifyInstance;
  /** As a superuser: what a test arranges and looks at. */
  readonly db: Db;
  /** The app's own. */
  readonly appDb: Db;
  readonly connections: Connections;
  readonly activities: Activities;
  readonly keys: { readonly admin: string; readonly platform: string };
  setClock(instant: string): void;
  /** Calls with the admin key, unless told otherwise. Throws where the answer is not as the OpenAPI document has it. */
  call<Body = Problem>(method: Method, url: string, call?: Call): Promise<Answer<Body>>;
  /** Folds and rolls up everything that was reported, days too: those over at an instant, where it is told one. */
  meter(now?: string): Promise<void>;
  /** How many round trips to Postgres the app takes for this work, where it was started with `isCounted`. */
  roundTrips(work: () => Promise<unknown>): Promise<number>;
  close(): Promise<void>;
};

export async function startMinutebook({
  now,
  freeCreditsUsd = '30',
  bodyLimitBytes = 1_000_000,
  unfoldedLimitBytes,
  requestTimeoutMs,
  rateLimits,
  trustedProxies,
  usageLagLimitMs,
  payments,
  webhookSecrets = [],
  page,
  log = pino({ level: 'silent' }),
  settings: others = {},
  webhooks = httpWebhooks({ allowed: [] }),
  isCounted = false,
}: {
  readonly now: string;
  readonly freeCreditsUsd?: string;
  readonly bodyLimitBytes?: number;
  readonly unfoldedLimitBytes?: number;
  readonly requestTimeoutMs?: number;
  readonly rateLimits?: RateLimitSettings;
  readonly trustedProxies?: readonly string[];
  readonly usageLagLimitMs?: number;
  readonly payments?: Payments;
  readonly webhookSecrets?: readonly string[];
  readonly page?: Partial<BillingPage>;
  readonly log?: Logger;
  readonly settings?: Partial<Settings>;
  readonly webhooks?: Webhooks;
  readonly isCounted?: boolean;
}): Promise<Minutebook> {
  const { db, as, urlAs, drop } = await createTestDatabase();
  const counted = isCounted ? await countRoundTrips(urlAs('api')) : undefined;
  let nowMs = instantMs(now);
  const settings = testSettings({
    freeCreditsNanos: parseUsd(freeCreditsUsd) ?? nanos(0n),
    isCharging: payments !== undefined,
    ...others,
  });
  const clock = () => nowMs;
  const connections = { db, appender: new UsageAppender(), clock, settings, webhooks, ...(payments && { payments }) };
  const limits = {
    bodyLimitBytes,
    webhookSecrets,
    ...(unfoldedLimitBytes === undefined ? {} : { unfoldedLimitBytes }),
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
    ...(rateLimits === undefined ? {} : { rateLimits }),
    ...(trustedProxies === undefined ? {} : { trustedProxies }),
    ...(usageLagLimitMs === undefined ? {} : { usageLagLimitMs }),
  };
  // The app and the activities as the roles that they have in production; what tests do by themselves as whoever may anything.
  const appDb = as('api', counted?.url);
  const app = await buildApp({
    ...connections,
    ...limits,
    db: appDb,
    pdf: pdfRenderer({}),
    page: { ...unbuiltPage('Tests Platform'), ...page },
    log,
  });
  const asDescribed = await describedBy(app);
  const keys = {
    admin: await createApiKey(db, { role: 'admin', name: 'tests' }),
    platform: await createApiKey(db, { role: 'platform', name: 'tests' }),
  };
  return {
    app,
    db,
    appDb,
    connections,
    activities: createActivities({ ...connections, db: as('worker'), heartbeat: () => undefined }),
    keys,
    setClock: (instant) => {
      nowMs = instantMs(instant);
    },
    call: async <Body>(method: Method, url: string, call: Call = {}) => {
      const answer = await inject<Body>(app, { method, url, key: keys.admin, ...call });
      asDescribed({ method, url, ...answer });
      return answer;
    },
    meter: (at) => meterAll(db, at),
    roundTrips: async (work) => {
      if (counted === undefined) throw new Error('round trips are counted where startMinutebook is told isCounted');
      return counted.count(work);
    },
    close: async () => {
      await app.close();
      await drop();
      await counted?.close();
    },
  };
}

export async function inject<Body>(
  app: FastifyInstance,
  {
    method,
    url,
    key,
    body,
    headers,
    idempotencyKey = randomUUID(),
  }: Call & { readonly method: Method; readonly url: string },
): Promise<Answer<Body>> {
  const response = await app.inject({
    method,
    url,
    headers: {
      ...(key ? { authorization: `Bearer ${key}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(method === 'POST' && idempotencyKey !== null ? { 'idempotency-key': idempotencyKey } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: isRaw(body) ? body : JSON.stringify(body) }),
  });
  const isJson = /json/.test(String(response.headers['content-type']));
  const parsed = isJson ? JSON.parse(response.body) : response.body || undefined;
  return { status: response.statusCode, body: parsed as Body, headers: response.headers };
}

function isRaw(body: unknown): body is string | Buffer {
  return typeof body === 'string' || Buffer.isBuffer(body);
}

function instantMs(text: string): number {
  const ms = parseInstant(text);
  if (ms === undefined) throw new Error(`not an instant: ${text}`);
  return ms;
}

/** A report of `acme`: model m, version v1, replica r1 on gpu, serving, unless said otherwise. */
export function report(from: string, to: string, facts: { readonly [field: string]: unknown } = {}) {
  const usual = { workspace: 'acme', model: 'm', version: 'v1', replica: 'r1', instanceType: 'gpu', phase: 'serving' };
  return { ...usual, from, to, ...facts };
}

/** A workspace `acme` since January 2025 and a price of 0.01 for `gpu` since 2024. */
export async function withAcme(book: Minutebook, workspace = 'acme'): Promise<void> {
  await book.call('PUT', '/v1/prices', {
    body: [{ instanceType: 'gpu', usdPerMinute: '0.01', effectiveFrom: '2024-01-01T00:00:00Z' }],
  });
  await book.call('PUT', `/v1/workspaces/${workspace}`, {
    body: { name: 'Acme', billingEmail: 'billing@acme.example', startsAt: '2025-01-01T00:00:00Z' },
  });
}

/** Sends usage as the platform does. */
export function sendUsage(book: Minutebook, reports: readonly unknown[], completeThrough?: string) {
  const body = { source: 'cluster-1', reports, ...(completeThrough === undefined ? {} : { completeThrough }) };
  return book.call<{ accepted: number; quarantined: number }>('POST', '/v1/usage', { key: book.keys.platform, body });
}
