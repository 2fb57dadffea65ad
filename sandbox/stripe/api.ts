// A call of the API from its headers to its answer: key, version, idempotency, faults, execution, expansion.

import Stripe from 'stripe';
import type { Calls } from './calls';
import type { Fault, Faults } from './faults';
import type { Endpoint, Method } from './protocol/endpoint';
import { invalid, StripeFailure, written } from './protocol/errors';
import { expanded } from './protocol/expand';
import { decodeForm } from './protocol/form';
import { contentOf, keptAnswer, keyInUse } from './protocol/idempotency';
import { versions } from './protocol/versions';
import { find } from './routes';
import { newId, type World } from './world';

export type Api = {
  readonly world: World;
  readonly calls: Calls;
  readonly faults: Faults;
  /** Keys of requests that are being executed. */
  readonly inFlight: Set<string>;
};

export type Request = {
  readonly method: string;
  readonly address: string;
  readonly form: string;
  header(name: string): string | undefined;
};

/** `cut`: no answer, the connection is closed; `silence`: no answer at all. */
export type Answer =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string; readonly headers: Headers }
  | { readonly kind: 'cut' }
  | { readonly kind: 'silence' };

type Headers = Readonly<Record<string, string>>;

export async function answerCall(api: Api, request: Request): Promise<Answer> {
  const requestId = newId('req_', 14);
  const key = request.header('idempotency-key');
  const headers = {
    'request-id': requestId,
    'stripe-version': request.header('stripe-version') ?? Stripe.API_VERSION,
    ...(key === undefined || request.method !== 'POST' ? {} : { 'idempotency-key': key }),
  };
  try {
    const answer = await answered(api, request, requestId);
    return answer.kind === 'answer' ? { ...answer, headers: { ...headers, ...answer.headers } } : answer;
  } catch (error) {
    if (!(error instanceof StripeFailure)) throw error;
    const body = JSON.stringify(written(error, requestId), null, 2);
    return { kind: 'answer', status: error.status, body, headers: { ...headers, ...error.headers } };
  }
}

async function answered(api: Api, request: Request, requestId: string): Promise<Answer> {
  authorise(api.world, request.header('authorization'));
  requireVersion(request.header('stripe-version'));
  const { method, address } = request;
  const found = find(method as Method, address);
  api.calls.count(`${method} ${found?.endpoint.path ?? address}`, Date.now());
  if (found === undefined) throw unrecognised(method, address);
  const fault = api.faults.take(`${method} ${found.endpoint.path}`);
  const early = fault === undefined ? undefined : before(fault);
  if (early !== undefined) return early;
  const key = method === 'POST' ? request.header('idempotency-key') : undefined;
  const answer = await once(api, { request, ...found, key, fault, requestId });
  switch (fault?.kind) {
    case 'timeout_after':
      return { kind: 'silence' };
    case 'reset_after':
      return { kind: 'cut' };
    default:
      return answer;
  }
}

function authorise({ secretKey }: World, header: string | undefined): void {
  const [scheme = '', value = ''] = (header ?? '').split(' ');
  const isBasic = scheme.toLowerCase() === 'basic';
  const key = isBasic ? (Buffer.from(value, 'base64').toString('utf8').split(':')[0] ?? '') : value;
  if (key === secretKey) return;
  const message =
    key === ''
      ? "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
      : `Invalid API Key provided: ${key.slice(0, 8)}${'*'.repeat(8)}${key.slice(-4)}`;
  throw new StripeFailure(401, { type: 'invalid_request_error', message }, false);
}

function requireVersion(version: string | undefined): void {
  if (version === undefined || versions.includes(version)) return;
  throw invalid({ message: `Invalid Stripe API version: ${version}` });
}

function unrecognised(method: string, address: string): StripeFailure {
  const message = `Unrecognized request URL (${method}: ${address}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`;
  return new StripeFailure(404, { type: 'invalid_request_error', message }, false);
}

function before({ kind }: Fault): Answer | undefined {
  switch (kind) {
    case 'reset_before':
      return { kind: 'cut' };
    case 'rate_limited':
      throw tooMany('rate_limit', 'Request rate limit exceeded.', { 'stripe-rate-limited-reason': 'global-rate' });
    case 'lock_timeout': {
      const message =
        'This object cannot be accessed right now because another API request or Stripe process is currently accessing it.';
      throw tooMany('lock_timeout', message, { 'stripe-should-retry': 'true' });
    }
    case 'error_before':
      throw serverError(false);
    default:
      return undefined;
  }
}

function tooMany(code: string, message: string, headers: Headers): StripeFailure {
  return new StripeFailure(429, { type: 'invalid_request_error', code, message }, false, headers);
}

function serverError(executed: boolean): StripeFailure {
  const message = 'An unknown error occurred';
  return new StripeFailure(500, { type: 'api_error', message }, executed, { 'stripe-should-retry': String(!executed) });
}

type Call = {
  readonly request: Request;
  readonly endpoint: Endpoint;
  readonly id: string;
  readonly key: string | undefined;
  readonly fault: Fault | undefined;
  readonly requestId: string;
};

/** Executes it, or gives again what was answered under its key. */
async function once(api: Api, call: Call): Promise<Answer> {
  const { key, request, endpoint, id, fault } = call;
  const raw = decodeForm(request.form);
  const run = endpoint.prepare(api.world, raw, id);
  const paths = typeof raw['expand'] === 'object' ? Object.values(raw['expand']).map(String) : [];
  if (key === undefined) {
    await slowness(fault);
    return execute(api, call, run, paths);
  }
  if (api.inFlight.has(key)) throw keyInUse(key);
  const kept = keptAnswer(api.world, key, contentOf(request.method, request.address, request.form));
  if (kept !== undefined) {
    const headers = {
      'idempotent-replayed': 'true',
      'original-request': kept.requestId,
      'stripe-should-retry': 'false',
    };
    return { kind: 'answer', status: kept.status, body: kept.body, headers };
  }
  api.inFlight.add(key);
  try {
    await slowness(fault);
    return execute(api, call, run, paths);
  } finally {
    api.inFlight.delete(key);
  }
}

async function slowness(fault: Fault | undefined): Promise<void> {
  if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
}

/** In one go, so that no other call sees half of it; kept and written before anybody is answered. */
function execute({ world }: Api, call: Call, run: () => object, paths: readonly string[]): Answer {
  const { key, requestId, request } = call;
  const { status, body, isKept, headers } = outcome(world, call, run, paths);
  if (key !== undefined && isKept) {
    const content = contentOf(request.method, request.address, request.form);
    world.store.put('answers', { id: key, content, requestId, status, body, atMs: world.clock.nowMs() });
  }
  world.store.commit();
  const original = key === undefined ? {} : { 'original-request': requestId };
  return { kind: 'answer', status, body, headers: { ...original, ...headers } };
}

type Outcome = { readonly status: number; readonly body: string; readonly isKept: boolean; readonly headers: Headers };

function outcome(world: World, { fault, requestId, key }: Call, run: () => object, paths: readonly string[]): Outcome {
  let isRun = false;
  world.cause = { id: requestId, idempotency_key: key ?? null };
  try {
    const object = run();
    isRun = true;
    if (fault?.kind === 'error_after') throw serverError(true);
    const body = JSON.stringify(expanded(world, object, paths), null, 2);
    return { status: 200, body, isKept: true, headers: {} };
  } catch (error) {
    if (!(error instanceof StripeFailure)) throw error;
    const body = JSON.stringify(written(error, requestId), null, 2);
    return { status: error.status, body, isKept: error.executed || isRun, headers: error.headers };
  } finally {
    world.cause = null;
  }
}
