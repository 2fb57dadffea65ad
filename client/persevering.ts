// One call over HTTP, tried again for as long as its caller is patient.

import { ProblemError, readProblem, UnreachableError } from './problem';

export type ClientOptions = {
  /** `http://host:port`, without a path. */
  readonly url: string;
  readonly key: string;
  /** How long a call is tried again before its error is thrown; Infinity: for ever. Default: a minute. */
  readonly patienceMs?: number;
  /** How long one try may take. Default: a minute. */
  readonly timeoutMs?: number;
  /** Sent with a POST, so that trying again does nothing twice: of one call, never of two. Default: a new one for each call. */
  readonly idempotencyKey?: string;
  /** Ends every call, also while it waits to try again. */
  readonly signal?: AbortSignal;
  /** Told of each failed try that is followed by another. */
  readonly onRetry?: (failure: Error, waitMs: number) => void;
};

export type Call = {
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  readonly path: string;
  /** Sent as JSON; a text or bytes as they are. */
  readonly body?: unknown;
  /** JSON where left out. */
  readonly contentType?: string;
  readonly gives?: Gives;
  /** A POST that changes nothing when it is sent again, whatever key it has: it goes without. */
  readonly isRepeatable?: boolean;
  /** The tag of what the caller has: the same again is answered as undefined. */
  readonly known?: string;
};

/** What an answer is read as; JSON where nothing is said. `tagged`: a TaggedAnswer. */
export type Gives = 'json' | 'text' | 'bytes' | 'tagged';

export type TaggedAnswer<Body> = { readonly tag: string; readonly body: Body };

const jsonType = 'application/json';

/** The answer of a call. Throws a ProblemError when it is refused, an UnreachableError when nobody answers in time. */
export async function persevere<Answer>(options: ClientOptions, call: Call): Promise<Answer> {
  const deadline = Date.now() + (options.patienceMs ?? 60_000);
  const key =
    call.method === 'POST' && !call.isRepeatable ? (options.idempotencyKey ?? crypto.randomUUID()) : undefined;
  for (let attempt = 1; ; attempt++) {
    options.signal?.throwIfAborted();
    const tried = await tryOnce<Answer>(options, call, key);
    if (tried.kind === 'answered') return tried.answer;
    const waitMs = tried.afterMs ?? backoffMs(attempt);
    if (!tried.mayHelp || Date.now() + waitMs > deadline) throw tried.failure;
    options.onRetry?.(tried.failure, waitMs);
    await pause(waitMs, options.signal);
  }
}

type Tried<Answer> =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | {
      readonly kind: 'failed';
      readonly failure: Error;
      readonly mayHelp: boolean;
      readonly afterMs?: number | undefined;
    };

async function tryOnce<Answer>(options: ClientOptions, call: Call, key: string | undefined): Promise<Tried<Answer>> {
  const name = `${call.method} ${call.path}`;
  try {
    const response = await fetch(`${options.url}${call.path}`, requestOf(options, call, key));
    if (response.ok || response.status === 304)
      return { kind: 'answered', answer: await readAnswer<Answer>(response, call.gives) };
    const { status } = response;
    const afterMs = readRetryAfter(response.headers.get('retry-after'));
    const failure = new ProblemError({ call: name, status, problem: await readProblem(response), afterMs });
    return { kind: 'failed', failure, mayHelp: mayHelp(failure), afterMs };
  } catch (error) {
    // Ended by the caller: that is no failure of the API.
    options.signal?.throwIfAborted();
    return { kind: 'failed', failure: new UnreachableError(`${name} at ${options.url}`, error), mayHelp: true };
  }
}

// The body is what the API's description says it is. Some answers have none.
async function readAnswer<Answer>(response: Response, gives: Gives = 'json'): Promise<Answer> {
  if (gives === 'bytes') return new Uint8Array(await response.arrayBuffer()) as Answer;
  if (gives === 'text') return (await response.text()) as Answer;
  const text = await response.text();
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  return (
    gives === 'tagged' && body !== undefined ? { tag: response.headers.get('etag') ?? '', body } : body
  ) as Answer;
}

function requestOf(
  options: ClientOptions,
  { method, body, contentType = jsonType, known }: Call,
  key: string | undefined,
): RequestInit {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 60_000);
  return {
    method,
    headers: {
      authorization: `Bearer ${options.key}`,
      ...(body === undefined ? {} : { 'content-type': contentType }),
      ...(known === undefined ? {} : { 'if-none-match': known }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    ...(body === undefined ? {} : { body: isRaw(body) ? body : JSON.stringify(body) }),
    signal: options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]),
  };
}

function isRaw(body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' || body instanceof Uint8Array;
}

// Of a conflict Retry-After says that the same call is under way, sent by a try that was cut: its answer is to come.
function mayHelp({ status, retryAfterMs }: ProblemError): boolean {
  return status === 408 || status === 429 || status >= 500 || (status === 409 && retryAfterMs !== undefined);
}

/** Doubles from 0.2 s to 10 s; half of it by chance, so that many who failed together do not come back together. */
export function backoffMs(attempt: number): number {
  const full = Math.min(10_000, 100 * 2 ** Math.min(attempt, 10));
  return full / 2 + (Math.random() * full) / 2;
}

// One that is absurd must not hold a patient caller for ever.
const retryAfterMsMax = 3_600_000;

/** Retry-After: seconds, or a date. */
function readRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(retryAfterMsMax, Math.max(0, ms));
}

/** Waits; a signal ends it early. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  // One that has been aborted already tells nobody any more.
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
  });
}
