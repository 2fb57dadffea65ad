// POSTs under an Idempotency-Key: answered once, and the same answer given again. Nothing is done twice without it either, as
// commands know what they did by keys of the business: this is for callers, who get the very answer that was lost.
import { type TSchema, Type } from '@sinclair/typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { Api } from '../api';
import { beginAnswering, keepAnswer } from './answering';

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
  const before = (request: FastifyRequest, reply: FastifyReply) => beginAnswering(api, request, reply);
  const after = async (request: FastifyRequest, reply: FastifyReply, payload: unknown) => {
    await keepAnswer(api, request, reply, payload);
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
