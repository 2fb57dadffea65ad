// POSTs under an Idempotency-Key: answered once, and the same answer given again. Nothing is done twice without it either, as
// commands know what they did by keys of the business: this is for callers, who get the very answer that was lost.
import { randomUUID } from 'node:crypto';
import { type TSchema, Type } from '@sinclair/typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { beginCall, finishCall, giveUpCall, type SealedAnswer } from '../../db/accounts/idempotent-calls';
import { MinutebookError } from '../../domain/errors';
import { callerOf, credentialOf } from '../access';
import type { Api } from '../api';
import { fingerprintOf, hashOfCall, idempotencyKeyOf } from './key';
import { type Opener, seal, unseal } from './seal';

/**
 * What it means that a POST comes again without an Idempotency-Key, which may be left out everywhere. `once`: the key in its body,
 * or its content, makes it the same call. `again`: it is done again, which harms nobody (another link, one more counted).
 * `unread`: as `once`, and the header is not looked at.
 */
export type Idempotency = 'once' | 'again' | 'unread';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of every POST. */
    idempotency?: Idempotency;
  }
}

const declared = new WeakMap<FastifyInstance, Map<string, Idempotency>>();

/** What every POST of an app says of coming again, by its route. */
export function idempotencyOf(app: FastifyInstance): ReadonlyMap<string, Idempotency> {
  return declared.get(app) ?? new Map();
}

/** To be called before there are routes: a POST that does not say what it means to come again is refused. */
export function keepAnswers(app: FastifyInstance, api: Pick<Api, 'db' | 'clock' | 'log'>): void {
  const posts = new Map<string, Idempotency>();
  declared.set(app, posts);
  const running = new WeakMap<FastifyRequest, Opener & { readonly run: string }>();
  const before = async (request: FastifyRequest, reply: FastifyReply) => {
    const idempotencyKey = idempotencyKeyOf(request);
    if (idempotencyKey === undefined) return;
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
  };
  const after = async (request: FastifyRequest, reply: FastifyReply, payload: unknown) => {
    const begun = running.get(request);
    if (begun === undefined) return payload;
    running.delete(request);
    try {
      if (isAnswer(reply, payload)) {
        const sealed = seal(JSON.stringify({ headers: keptHeaders(reply), body: payload }), begun);
        await finishCall(api.db, { ...begun, status: reply.statusCode, sealed });
      } else await giveUpCall(api.db, { ...begun, nowMs: await api.clock() });
    } catch (err) {
      // What was done is done: its caller is told, and whoever comes again begins anew once the lease is over.
      api.log.warn(
        { err, path: request.routeOptions.url },
        'the answer to a call with an Idempotency-Key was not kept',
      );
    }
    return payload;
  };
  app.addHook('onRoute', (route) => {
    if (![route.method].flat().includes('POST')) return;
    const idempotency = soundIdempotency(route);
    posts.set(route.url, idempotency);
    if (idempotency === 'unread') return;
    route.preHandler = [before, ...[route.preHandler ?? []].flat()];
    route.onSend = [...[route.onSend ?? []].flat(), after];
    route.schema = { ...route.schema, headers: idempotencyHeaders };
  });
}

function soundIdempotency({ url, config }: RouteOptions): Idempotency {
  const idempotency = config?.idempotency;
  if (idempotency === undefined) {
    throw new Error(
      `POST ${url} does not say what it means to come again: give it config: { idempotency: … } (api/idempotency/idempotency.ts)`,
    );
  }
  if (idempotency !== 'unread' && config?.access === 'open') {
    throw new Error(`POST ${url} is open: whoever calls has no key, and an Idempotency-Key of his would be anybody's`);
  }
  return idempotency;
}

const idempotencyHeaders: TSchema = Type.Object({
  'Idempotency-Key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 257,
      examples: ['"8e03978e-40d5-43e8-bc93-6894a57f9324"'],
      description: `Of this call alone, in quotes or without. For 24 hours the same call of the same key is answered as it was the first
time, with \`Idempotency-Replayed: true\`; another call under it 422, and 409 with Retry-After while it is being answered. A 5xx is not
kept: whether it was done is not known, and the call is made again, which does nothing twice.`,
    }),
  ),
});

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
