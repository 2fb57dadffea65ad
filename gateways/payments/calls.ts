// Every call to Stripe goes through here: in its turn, with an end to its wait, sorted where it fails, counted.
import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import { MinutebookError } from '../../domain/errors';
import { type Failure, failureOf, misconfigured, type Refusal } from './failures';
import type { Pace } from './pace';

/** For metrics and logs: nothing of what was sent or answered. */
export type CallRecord = {
  /** Such as `payment_intents.create`. */
  readonly operation: string;
  readonly outcome: 'answered' | Failure['kind'] | 'misconfigured';
  readonly tookMs: number;
  readonly waitedMs: number;
};

export type Answered<T> = { readonly kind: 'answered'; readonly answer: T };
export type Sent<T> = Answered<T> | Failure;

export type KeyOption = { readonly idempotencyKey: string };

export type Calls = {
  readonly client: Stripe;
  /** Sends, and sorts what comes. Throws `payments_misconfigured`. */
  send<T>(operation: string, call: () => Promise<T>): Promise<Sent<T>>;
  /** Sends what may be repeated at will: throws `unavailable` where it has to be. */
  repeatable<T>(operation: string, call: () => Promise<T>): Promise<Answered<T> | Refusal>;
  /**
   * Makes what may be there twice without harm, under a lasting key. An error of theirs that is kept under the key is not
   * waited for: the next key is taken.
   */
  make<T>(operation: string, key: string, call: (key: KeyOption) => Promise<T>): Promise<Answered<T> | Refusal>;
  /** Reads: undefined where it is not there; throws `unavailable`, and `internal` where it is refused. */
  read<T>(operation: string, call: () => Promise<T>): Promise<T | undefined>;
};

export function callsOf(settings: {
  readonly client: Stripe;
  readonly pace: Pace;
  readonly isLive: boolean;
  readonly timeoutMs: number;
  readonly onCall?: (record: CallRecord) => void;
}): Calls {
  const { client, pace, isLive, timeoutMs, onCall } = settings;
  const send = async <T>(operation: string, call: () => Promise<T>): Promise<Sent<T>> => {
    const askedMs = performance.now();
    if (!(await pace.turn())) return notCalled;
    const startedMs = performance.now();
    const note = (outcome: CallRecord['outcome']) =>
      onCall?.({ operation, outcome, tookMs: performance.now() - startedMs, waitedMs: startedMs - askedMs });
    try {
      const sent = await outcomeOf(within(timeoutMs, call), isLive);
      note(sent.kind);
      return sent;
    } catch (error) {
      note('misconfigured');
      throw error;
    }
  };
  const repeatable: Calls['repeatable'] = async (operation, call) => answeredOr(operation, await send(operation, call));
  const read: Calls['read'] = async (operation, call) => foundOr(operation, await repeatable(operation, call));
  return { client, send, repeatable, read, make: (...of) => make(send, ...of) };
}

// As where Stripe says that there were too many calls: it is not carried out, and may be sent again.
const notCalled: Failure = {
  kind: 'rate_limited',
  why: 'it was not called, as Postgres did not say when it may be',
};

const keysMax = 3;

async function make<T>(
  send: Calls['send'],
  operation: string,
  key: string,
  call: (key: KeyOption) => Promise<T>,
): Promise<Answered<T> | Refusal> {
  for (let nth = 1; ; nth++) {
    const sent = await send(operation, () => call(keyed(nth === 1 ? key : `${key}/${nth}`)));
    const isSpent = sent.kind === 'unknown' && sent.isReplay === true;
    if (!isSpent || nth === keysMax) return answeredOr(operation, sent);
  }
}

async function outcomeOf<T>(answering: Promise<T>, isLive: boolean): Promise<Sent<T>> {
  let answer: T;
  try {
    answer = await answering;
  } catch (error) {
    return failureOf(error);
  }
  const mode = modeOf(answer);
  if (mode === undefined || mode === isLive) return { kind: 'answered', answer };
  const [came, expected] = mode ? ['live', 'test'] : ['test', 'live'];
  throw misconfigured(`expected answers of ${expected} mode, as the key is, came ${came} mode`);
}

function modeOf(answer: unknown): boolean | undefined {
  const { livemode, data } = answer as { readonly livemode?: unknown; readonly data?: unknown };
  if (typeof livemode === 'boolean') return livemode;
  return Array.isArray(data) && data.length > 0 ? modeOf(data[0]) : undefined;
}

// The client's own limit is to silence, and a server that trickles is never silent.
async function within<T>(timeoutMs: number, call: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing whole within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([call(), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function answeredOr<T>(operation: string, sent: Sent<T>): Answered<T> | Refusal {
  switch (sent.kind) {
    case 'answered':
    case 'refused':
      return sent;
    case 'declined':
      throw new MinutebookError({ code: 'internal', detail: `Stripe declines ${operation}: ${sent.error.code}` });
    case 'rate_limited':
    case 'unknown':
      throw new MinutebookError({
        code: 'unavailable',
        detail: `Stripe did not answer ${operation}: ${sent.why}; try again later`,
      });
    default:
      return sent satisfies never;
  }
}

function foundOr<T>(operation: string, sent: Answered<T> | Refusal): T | undefined {
  if (sent.kind === 'answered') return sent.answer;
  if (sent.status === 404) return undefined;
  throw new MinutebookError({ code: 'internal', detail: `Stripe refuses ${operation}: ${sent.why}` });
}

/** The key of a request. Throws `internal` for one that no header can hold, which would never arrive. */
export function keyed(idempotencyKey: string): KeyOption {
  if (/^[\x21-\x7e]{1,255}$/.test(idempotencyKey)) return { idempotencyKey };
  const detail = `expected an idempotency key of 1 to 255 printable characters, came ${JSON.stringify(idempotencyKey)}`;
  throw new MinutebookError({ code: 'internal', detail });
}

/**
 * For what is the same however often it is done. Under a lasting key an answer 500 would be kept, too, and told again for a
 * day.
 */
export function newKey(): KeyOption {
  return { idempotencyKey: randomUUID() };
}
