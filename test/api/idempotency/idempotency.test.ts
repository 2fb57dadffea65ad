// Idempotency-Keys over HTTP: the first answer again, and none for another call, while it is in flight, or when it was none.
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import { pino } from 'pino';
import { guardRoutes } from '../../../api/access';
import { idempotencyOf, keepAnswers } from '../../../api/idempotency/idempotency';
import { gatherKeyUses } from '../../../api/key-uses';
import { knownKeys } from '../../../api/known-keys';
import { noteMethods } from '../../../api/methods';
import { answerWithProblems } from '../../../api/problems';
import { createApiKey } from '../../../commands/create-key';
import { keptForMs, leaseMs, removeExpiredCalls } from '../../../db/accounts/idempotent-calls';
import { MinutebookError } from '../../../domain/errors';
import { until } from '../../harness/until';
import { inject, type Minutebook, startMinutebook, withAcme } from '../minutebook';

const startMs = Date.parse('2025-02-10T12:00:00Z');

let book: Minutebook;
let other: string;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-02-10T12:00:00Z' });
  other = await createApiKey(book.db, { role: 'admin', name: 'other' });
  await withAcme(book);
});
afterAll(() => book.close());

let apps: FastifyInstance[] = [];
let nowMs = startMs;
let made = 0;
beforeEach(async () => {
  await book.db('idempotent_calls').delete();
  [apps, nowMs, made] = [[], startMs, 0];
});
afterEach(() => Promise.all(apps.map((app) => app.close())));

type Handler = (request: FastifyRequest, made: number) => unknown;

// A route that would do everything again, at a process of its own.
function processWith(handler: Handler): FastifyInstance {
  const app = fastify();
  const { db } = book;
  const clock = () => nowMs;
  answerWithProblems(app, noteMethods(app));
  guardRoutes(app, knownKeys({ db, clock, uses: gatherKeyUses(db) }));
  keepAnswers(app, { db, clock, log: pino({ level: 'silent' }) });
  const access = { roles: ['admin', 'platform'], of: 'nobody' } as const;
  app.post('/things/:thing', { config: { access, idempotency: 'again' } }, async (request, reply) => {
    const answer = await handler(request, ++made);
    reply.code(201).header('location', `/things/${made}`);
    return answer;
  });
  apps.push(app);
  return app;
}

type Posting = { readonly key?: string; readonly as?: string; readonly body?: unknown; readonly url?: string };

const post = (
  app: FastifyInstance,
  { key, as = book.keys.admin, body = { a: 1, b: [2] }, url = '/things/x' }: Posting,
) =>
  inject<{ made?: number; code?: string }>(app, {
    ...{ method: 'POST', url, key: as, body },
    ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
  });

const asMade: Handler = (_, count) => ({ made: count });

test('the same call is answered as it was the first time, and done once', async () => {
  const app = processWith(asMade);
  const [first, again] = [await post(app, { key: '"k"' }), await post(app, { key: '"k"' })];
  expect([first.status, first.body, first.headers['idempotency-replayed']]).toEqual([201, { made: 1 }, undefined]);
  expect([again.status, again.body, again.headers['idempotency-replayed']]).toEqual([201, { made: 1 }, 'true']);
  for (const name of ['content-type', 'location']) expect(again.headers[name]).toBe(first.headers[name]);
  expect(made).toBe(1);
});

test('without a key, or with another one, it is another call', async () => {
  const app = processWith(asMade);
  for (const key of ['k', 'K', 'l', undefined, undefined])
    expect((await post(app, { key } as Posting)).status).toBe(201);
  expect(made).toBe(5);
});

test('the key of another caller is another key', async () => {
  const app = processWith(asMade);
  expect((await post(app, { key: 'k' })).body).toEqual({ made: 1 });
  expect((await post(app, { key: 'k', as: other })).body).toEqual({ made: 2 });
});

test('the draft has it in quotes, and many send it without', async () => {
  const app = processWith(asMade);
  await post(app, { key: '"8e03978e-40d5-43e8-bc93-6894a57f9324"' });
  const again = await post(app, { key: '8e03978e-40d5-43e8-bc93-6894a57f9324' });
  expect([again.body, again.headers['idempotency-replayed']]).toEqual([{ made: 1 }, 'true']);
});

test.each(['', '""', 'two words', 'one,two', '"one", "two"', '"open', 'a"b', 'é', 'x'.repeat(256)])(
  'what is no key is refused: %s',
  async (key) => {
    const { status, body } = await post(processWith(asMade), { key });
    expect([status, body.code, made]).toEqual([400, 'invalid_request', 0]);
  },
);

test('another body, address or query under the key is refused', async () => {
  const app = processWith(asMade);
  await post(app, { key: 'k' });
  for (const asked of [{ body: { a: 1, b: [3] } }, { url: '/things/y' }, { url: '/things/x?preview=true' }]) {
    const { status, body } = await post(app, { key: 'k', ...asked });
    expect([status, body.code]).toEqual([422, 'idempotency_key_reused']);
  }
  // The same content may be written otherwise.
  expect((await post(app, { key: 'k', body: '{"b": [2],  "a": 1}' })).body).toEqual({ made: 1 });
  expect(made).toBe(1);
});

test('a refusal is an answer like any other', async () => {
  const app = processWith(() => {
    throw new MinutebookError({ code: 'not_found', detail: `there is nothing, ${made}` });
  });
  const [first, again] = [await post(app, { key: 'k' }), await post(app, { key: 'k' })];
  expect(again).toMatchObject({ status: 404, body: first.body, headers: { 'idempotency-replayed': 'true' } });
  expect(again.headers['content-type']).toMatch('application/problem+json');
  expect(made).toBe(1);
});

test.each(['internal', 'unavailable', 'rate_limited'] as const)(
  '%s is no answer: the call is made again, and no other under its key',
  async (code) => {
    const app = processWith((_, count) => {
      if (count < 3) throw new MinutebookError({ code, detail: 'not now' });
      return { made: count };
    });
    expect((await post(app, { key: 'k' })).body.code).toBe(code);
    expect((await post(app, { key: 'k', body: {} })).status).toBe(422);
    expect((await post(app, { key: 'k' })).body.code).toBe(code);
    expect((await post(app, { key: 'k' })).body).toEqual({ made: 3 });
    expect((await post(app, { key: 'k' })).headers['idempotency-replayed']).toBe('true');
  },
);

describe('while it is being answered', () => {
  // Answers once it is let go.
  function held() {
    let letGo = (): void => undefined;
    const gone = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let began = (): void => undefined;
    const hasBegun = new Promise<void>((resolve) => {
      began = resolve;
    });
    const handler: Handler = async (_, count) => {
      began();
      await gone;
      return { made: count };
    };
    return { handler, letGo: () => letGo(), hasBegun };
  }

  test('the same call waits its turn, at every process, and another is refused', async () => {
    const { handler, letGo, hasBegun } = held();
    const [app, beside] = [processWith(handler), processWith(asMade)];
    const first = post(app, { key: 'k' });
    await hasBegun;
    for (const process of [app, beside]) {
      const { status, body, headers } = await post(process, { key: 'k' });
      expect([status, body, headers['retry-after']]).toEqual([
        409,
        expect.objectContaining({ code: 'call_in_flight', retryable: true }),
        '1',
      ]);
    }
    expect((await post(beside, { key: 'k', body: {} })).status).toBe(422);
    letGo();
    expect((await first).body).toEqual({ made: 1 });
    expect(await post(beside, { key: 'k' })).toMatchObject({ status: 201, body: { made: 1 } });
    expect(made).toBe(1);
  });

  test('whoever has not answered in half a minute is gone: it is made again, by the same call alone', async () => {
    const { handler, letGo, hasBegun } = held();
    const [app, beside] = [processWith(handler), processWith(asMade)];
    const first = post(app, { key: 'k' });
    await hasBegun;
    nowMs += leaseMs - 1;
    expect((await post(beside, { key: 'k' })).status).toBe(409);
    nowMs += 1;
    expect((await post(beside, { key: 'k', body: {} })).status).toBe(422);
    expect((await post(beside, { key: 'k' })).body).toEqual({ made: 2 });
    // It was only slow: its caller has its answer, and the one that is kept stays.
    letGo();
    expect((await first).body).toEqual({ made: 1 });
    expect((await post(app, { key: 'k' })).body).toEqual({ made: 2 });
  });

  test('a caller who leaves does not lose the answer', async () => {
    const { handler, letGo, hasBegun } = held();
    const app = processWith(handler);
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const leaving = new AbortController();
    const headers = { authorization: `Bearer ${book.keys.admin}`, 'idempotency-key': 'k' };
    const call = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: '{}' };
    const left = fetch(`${url}/things/x`, { ...call, signal: leaving.signal }).catch(() => 'left');
    await hasBegun;
    leaving.abort();
    expect(await left).toBe('left');
    letGo();
    const again = () => post(app, { key: 'k', body: {} });
    await until('the answer is kept', async () => (await again()).status === 201);
    expect(await again()).toMatchObject({ body: { made: 1 }, headers: { 'idempotency-replayed': 'true' } });
  });

  test('of a hundred at once over two processes one is made', async () => {
    const processes = [processWith(asMade), processWith(asMade)];
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, each) => post(processes[each % 2] as FastifyInstance, { key: 'k' })),
    );
    expect(made).toBe(1);
    for (const { status, body } of answers)
      expect(status === 409 ? body.code : body.made).toBe(status === 409 ? 'call_in_flight' : 1);
  });
});

describe('what is kept', () => {
  const kept = async () => JSON.stringify(await book.db('idempotent_calls'), (_, value) => bytesOf(value));
  const bytesOf = (value: unknown) =>
    typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer'
      ? Buffer.from((value as unknown as { data: number[] }).data).toString('latin1')
      : value;

  test('is neither the key, nor the body, nor the answer in clear', async () => {
    const body = { role: 'read', name: 'auditor of marks' };
    const headers = { 'idempotency-key': 'key-of-the-caller' };
    const make = () => book.call<{ id: string; key: string }>('POST', '/v1/keys', { body, headers });
    const [first, again] = [await make(), await make()];
    expect([first.status, again.status, again.body]).toEqual([201, 201, first.body]);
    expect(again.headers).toMatchObject({ 'idempotency-replayed': 'true', 'cache-control': 'no-store' });
    const stored = await kept();
    for (const secret of [first.body.key, first.body.id, 'auditor', 'key-of-the-caller', 'application/json']) {
      expect(stored).not.toContain(secret);
    }
    const { rows } = await book.db.raw(`select count(*)::int as made from api_keys where name = 'auditor of marks'`);
    expect(rows).toEqual([{ made: 1 }]);
  });

  test('is kept for a day, and then the key is free again', async () => {
    const app = processWith(asMade);
    await post(app, { key: 'k' });
    nowMs += keptForMs - 1;
    expect((await post(app, { key: 'k' })).body).toEqual({ made: 1 });
    expect(await removeExpiredCalls(book.db, { nowMs })).toBe(0);
    nowMs += 1;
    expect((await post(app, { key: 'k', body: {} })).body).toEqual({ made: 2 });
    nowMs += keptForMs;
    expect(await removeExpiredCalls(book.db, { nowMs })).toBe(1);
    expect(await kept()).toBe('[]');
  });

  test('what expires is removed by its index, in steps', async () => {
    const insert = () =>
      book.db.raw(`insert into idempotent_calls
        select sha256(n::text::bytea), sha256('f'), gen_random_uuid(), now(), 201, 'x', '2025-02-10T11:00Z' from generate_series(1, 10001) as n`);
    // When Postgres looked last, there was nothing in its pages: it plans as if there were one row.
    await insert();
    await book.db('idempotent_calls').delete();
    await book.db.raw('vacuum (truncate false, analyze) idempotent_calls');
    await insert();
    let steps = 0;
    const onStep = () => steps++;
    expect(await removeExpiredCalls(book.db, { nowMs, onStep })).toBe(10_001);
    expect(steps).toBe(2);
  });
});

test('an answer of over a megabyte is given and not kept', async () => {
  const app = processWith((_, count) => ({ made: count, filling: 'x'.repeat(1024 ** 2) }));
  expect((await post(app, { key: 'k' })).body).toMatchObject({ made: 1 });
  expect((await post(app, { key: 'k' })).body).toMatchObject({ made: 2 });
});

test('where the answer cannot be kept its caller has it all the same', async () => {
  const app = processWith(async (_, count) => {
    await book.db.raw('alter table idempotent_calls rename to away');
    return { made: count };
  });
  try {
    expect(await post(app, { key: 'k' })).toMatchObject({ status: 201, body: { made: 1 } });
  } finally {
    await book.db.raw('alter table away rename to idempotent_calls');
  }
});

// What each POST says of coming again.
const posts: { readonly [route: string]: string } = {
  '/v1/keys': 'once',
  '/v1/keys/:id/rotate': 'once',
  '/v1/usage': 'unread',
  '/v1/webhook-endpoints': 'once',
  '/v1/webhook-endpoints/:endpoint/rotate-secret': 'again',
  '/v1/webhook-endpoints/:endpoint/test': 'again',
  '/v1/webhook-endpoints/:endpoint/replay': 'once',
  '/v1/quarantine/replay': 'once',
  '/v1/quarantine/drop': 'once',
  '/v1/workspaces/:workspace/billing-page': 'again',
  '/v1/workspaces/:workspace/grants': 'once',
  '/v1/workspaces/:workspace/grants/:key/end': 'once',
  '/v1/workspaces/:workspace/corrections': 'once',
  '/v1/workspaces/:workspace/periods/:month/close': 'once',
  '/v1/workspaces/:workspace/payment-method/setup': 'once',
  '/v1/workspaces/:workspace/refused-deploys': 'again',
  '/v1/workspaces/:workspace/suspension': 'once',
  '/v1/invoices/:invoice/pay': 'once',
  '/v1/invoices/:invoice/payments': 'once',
  '/v1/invoices/:invoice/write-off': 'once',
  '/v1/invoices/:invoice/credit-notes': 'once',
  '/v1/invoices/:invoice/void': 'once',
  '/v1/invoices/:invoice/refunds': 'once',
  '/v1/emails/:key/resend': 'once',
  '/v1/mail/bounces': 'once',
  '/v1/links/:token': 'unread',
  '/v1/stripe/webhook': 'unread',
  '/billing/:workspace/sign-out': 'unread',
};

test('every POST says what it means to come again', () => {
  expect(Object.fromEntries(idempotencyOf(book.app))).toEqual(posts);
});

const keeping = Object.keys(posts).filter((route) => posts[route] !== 'unread');

test.each(keeping)('POST %s keeps its answer, and its description names the header', async (route) => {
  const path = route
    .replace(':workspace', 'acme')
    .replace(':invoice', 'inv:acme:2025-01:usage:1')
    .replace(':month', '2024-01')
    .replace(':id', 'key_0123456789abcdef')
    .replace(':key', 'free');
  const raw = { body: 'no mail', headers: { 'content-type': 'message/rfc822', 'idempotency-key': route } };
  const json = { body: 0, headers: { 'idempotency-key': route } };
  const ask = () => book.call('POST', path, route === '/v1/mail/bounces' ? raw : json);
  const [first, again] = [await ask(), await ask()];
  expect([again.status, again.body]).toEqual([first.status, first.body]);
  expect([first, again].map(({ headers }) => headers['idempotency-replayed'])).toEqual([undefined, 'true']);
  const { body } = await book.call<{ paths: { [path: string]: { post: { parameters?: { name: string }[] } } } }>(
    'GET',
    '/openapi.json',
  );
  const described = body.paths[route.replace(/:(\w+)/g, '{$1}')]?.post.parameters ?? [];
  expect(described.map(({ name }) => name.toLowerCase())).toContain('idempotency-key');
});

test('usage is the same whatever it comes under: its key is not looked at, and costs nothing', async () => {
  const asked: string[] = [];
  book.db.on('query', ({ sql }: { readonly sql: string }) => asked.push(sql));
  const body = { source: 's', reports: [] };
  for (const key of ['k', 'k', 'no key at all']) {
    const { status, headers } = await book.call('POST', '/v1/usage', { body, headers: { 'idempotency-key': key } });
    expect([status, headers['idempotency-replayed']]).toEqual([202, undefined]);
  }
  expect(asked.filter((sql) => sql.includes('idempotent_calls'))).toEqual([]);
});

describe('a POST does not start', () => {
  const register = (config: object) => {
    const app = fastify();
    keepAnswers(app, { db: book.db, clock: () => nowMs, log: pino({ level: 'silent' }) });
    return () => app.post('/v1/things', { config }, () => 'thing');
  };
  const access = { roles: ['admin'], of: 'nobody' };

  test('without saying what it means to come again', () => {
    expect(register({ access })).toThrow('POST /v1/things does not say what it means to come again');
  });

  test('that keeps answers for whoever calls', () => {
    expect(register({ access: 'open', idempotency: 'once' })).toThrow("would be anybody's");
  });

  test('and does where it says so', () => {
    expect(register({ access, idempotency: 'once' })).not.toThrow();
  });
});
