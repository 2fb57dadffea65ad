// POSTs under an Idempotency-Key: answered once, and the same answer given again. Most do nothing twice without it either, as
// commands know what they did by keys of the business; those that cannot know are refused without one (posts.ts).
import { type TSchema, Type } from '@sinclair/typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { Api } from '../api';
import { beginAnswering, keepAnswer } from './answering';
import { type Post, posts } from './posts';

const declared = new WeakMap<FastifyInstance, Map<string, Post>>();

/** What is said of every POST that an app has, by its route. */
export function postsOf(app: FastifyInstance): ReadonlyMap<string, Post> {
  return declared.get(app) ?? new Map();
}

/** To be called before there are routes: a POST of which nothing is said is refused. */
export function keepAnswers(
  app: FastifyInstance,
  api: Pick<Api, 'db' | 'clock' | 'log'>,
  said: { readonly [route: string]: Post } = posts,
): void {
  const found = new Map<string, Post>();
  declared.set(app, found);
  const after = async (request: FastifyRequest, reply: FastifyReply, payload: unknown) => {
    await keepAnswer(api, request, reply, payload);
    return payload;
  };
  app.addHook('onRoute', (route) => {
    if (![route.method].flat().includes('POST')) return;
    const post = soundPost(route, said[route.url]);
    found.set(route.url, post);
    if (post.key === 'unread') return;
    const isNeeded = post.key === 'required';
    const before = (request: FastifyRequest, reply: FastifyReply) => beginAnswering(api, request, reply, { isNeeded });
    route.preHandler = [before, ...[route.preHandler ?? []].flat()];
    route.onSend = [...[route.onSend ?? []].flat(), after];
    route.schema = { ...route.schema, headers: headersOf(post) };
  });
}

function soundPost({ url, config }: RouteOptions, post: Post | undefined): Post {
  if (post === undefined) {
    throw new Error(`POST ${url} does not say whether it needs an Idempotency-Key: say it in api/idempotency/posts.ts`);
  }
  if (post.key !== 'unread' && config?.access === 'open') {
    throw new Error(`POST ${url} is open: whoever calls has no key, and an Idempotency-Key of his would be anybody's`);
  }
  return post;
}

function headersOf({ key, because }: Post): TSchema {
  const isNeeded = key === 'required';
  const header = Type.String({
    minLength: 1,
    maxLength: 257,
    examples: ['"8e03978e-40d5-43e8-bc93-6894a57f9324"'],
    description: `${isNeeded ? 'Needed' : 'May be left out'}, as ${because}.

Of this call alone, in quotes or without. For 24 hours the same call of the same key is answered as it was the first time, with
\`Idempotency-Replayed: true\`; another call under it 422, and 409 with Retry-After while it is being answered. A 5xx is not kept: whether
it was done is not known, and the call is made again.`,
  });
  return Type.Object({ 'Idempotency-Key': isNeeded ? header : Type.Optional(header) });
}
