// One call under an Idempotency-Key, at the process that answers it: begun before its handler, kept once there is an answer.
import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { beginCall, finishCall, giveUpCall, type SealedAnswer } from '../../db/accounts/idempotent-calls';
import { MinutebookError } from '../../domain/errors';
import { callerOf, credentialOf } from '../access';
import type { Api } from '../api';
import { describedPath } from '../described/kinds';
import { linkToProblem } from '../links';
import { fingerprintOf, hashOfCall, idempotencyKeyOf } from './key';
import { type Opener, seal, unseal } from './seal';

type Keeping = Pick<Api, 'db' | 'clock' | 'log'>;

const running = new WeakMap<FastifyRequest, Opener & { readonly run: string }>();

/**
 * Begins a call that came with a key; answers it where there is an answer. Throws `call_in_flight`, `idempotency_key_reused`,
 * `idempotency_key_missing` where one is needed, and `invalid_request` where the key is none.
 */
export async function beginAnswering(
  api: Keeping,
  request: FastifyRequest,
  reply: FastifyReply,
  { isNeeded }: { readonly isNeeded: boolean },
): Promise<unknown> {
  const idempotencyKey = idempotencyKeyOf(request);
  if (idempotencyKey === undefined) {
    if (!isNeeded) return;
    reply.header('link', linkToProblem(request, 'idempotency_key_missing'));
    throw missing(request);
  }
  const hash = hashOfCall(callerOf(request).id, idempotencyKey);
  const opener = { credential: credentialOf(request), idempotencyKey, hash };
  const run = randomUUID();
  const call = { hash, fingerprint: fingerprintOf(request), run, nowMs: await api.clock() };
  const begun = await beginCall(api.db, call);
  switch (begun.kind) {
    case 'begun':
      running.set(request, { ...opener, run });
      return;
    case 'answered':
      return replay(reply, begun, opener);
    case 'in_flight':
      reply.header('retry-after', 1);
      throw inFlight();
    case 'other':
      throw ofAnotherCall();
    default:
      return begun satisfies never;
  }
}

/** Keeps the answer of a call that was begun here, or leaves the call to whoever comes next with it. */
export async function keepAnswer(
  api: Keeping,
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<void> {
  const begun = running.get(request);
  if (begun === undefined) return;
  running.delete(request);
  try {
    if (isAnswer(reply, payload)) {
      const sealed = seal(JSON.stringify({ headers: keptHeaders(reply), body: payload }), begun);
      await finishCall(api.db, { ...begun, status: reply.statusCode, sealed });
    } else await giveUpCall(api.db, { ...begun, nowMs: await api.clock() });
  } catch (err) {
    // What was done is done: its caller is told, and whoever comes again begins anew once the lease is over.
    api.log.warn({ err, path: request.routeOptions.url }, 'the answer to a call with an Idempotency-Key was not kept');
  }
}

// Larger ones are made again, as after a 5xx.
const bodyLengthMax = 1024 ** 2;

// What may come out otherwise when it is tried again is no answer yet.
function isAnswer({ statusCode }: FastifyReply, payload: unknown): payload is string {
  const isOfTheMoment = statusCode >= 500 || statusCode === 408 || statusCode === 429;
  return !isOfTheMoment && typeof payload === 'string' && payload.length <= bodyLengthMax;
}

type KeptHeaders = { readonly [name: string]: string };

function keptHeaders(reply: FastifyReply): KeptHeaders {
  const names = ['content-type', 'cache-control', 'location'];
  return Object.fromEntries(
    names.flatMap((name) => (reply.hasHeader(name) ? [[name, String(reply.getHeader(name))]] : [])),
  );
}

function replay(reply: FastifyReply, { status, sealed }: SealedAnswer, opener: Opener): FastifyReply {
  const { headers, body } = JSON.parse(unseal(sealed, opener)) as { headers: KeptHeaders; body: string };
  return reply.code(status).headers(headers).header('idempotency-replayed', 'true').send(body);
}

function missing({ routeOptions: { url = '' } }: FastifyRequest): MinutebookError {
  const detail = `expected the header Idempotency-Key with POST ${describedPath(url)}, came none; nothing was done: send one of its own with each call, such as a UUID, and the same with the same call again`;
  return new MinutebookError({
    code: 'idempotency_key_missing',
    detail,
    faults: [{ field: 'Idempotency-Key', message: 'missing' }],
  });
}

function inFlight(): MinutebookError {
  const detail =
    'the same call with this Idempotency-Key is being answered: ask again in a second. Where whoever answered it is gone, it is made again within half a minute';
  return new MinutebookError({ code: 'call_in_flight', detail });
}

function ofAnotherCall(): MinutebookError {
  const detail =
    'expected the call that came with this Idempotency-Key before, came another address, query or body: send that one, or this one with a key of its own';
  return new MinutebookError({ code: 'idempotency_key_reused', detail });
}
