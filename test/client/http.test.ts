import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ClientOptions, createClient } from '../../client/http';
import { ProblemError, UnreachableError } from '../../client/problem';

// A server that answers as it is told to: the real API cannot be made to fail in all these ways.
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let url: string;
let answers: Answer[];
let seen: string[];
let keys: (string | undefined)[];

beforeEach(async () => {
  answers = [];
  seen = [];
  keys = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      keys.push(request.headers['idempotency-key'] as string | undefined);
      seen.push(`${request.method} ${request.url} ${request.headers.authorization} ${body}`);
      answers.shift()?.(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
const cut: Answer = (request) => request.socket.destroy();
const silent: Answer = () => undefined;
const client = (options: Partial<ClientOptions> = {}) => createClient({ url, key: 'secret', ...options });
const page = (items: readonly unknown[], next?: string) => json(200, { items, ...(next && { next }) });
const receipt = { accepted: 1, quarantined: 0 };
const batch = { source: 'fleet', reports: [] };

test('a call carries its key and its body as JSON, and answers what came', async () => {
  answers = [json(202, receipt)];
  await expect(client().recordUsage(batch)).resolves.toEqual(receipt);
  expect(seen).toEqual(['POST /v1/usage Bearer secret {"source":"fleet","reports":[]}']);
});

test('a batch made as text is sent as it is', async () => {
  answers = [json(202, receipt)];
  await client().recordUsage('{"source":"fleet", "reports":[]}');
  expect(seen[0]).toContain('{"source":"fleet", "reports":[]}');
});

test.each<[string, Answer]>([
  ['the API is away for a moment', json(503, { detail: 'Postgres is away' }, { 'retry-after': '0' })],
  ['there is too much to do', json(429, {}, { 'retry-after': '0' })],
  ['something breaks', json(500, {})],
  ['the connection is cut before the answer', cut],
])('is tried again when %s', async (_, failure) => {
  answers = [failure, failure, json(202, receipt)];
  await expect(client().recordUsage(batch)).resolves.toEqual(receipt);
  expect(seen).toHaveLength(3);
});

test('waits as long as it is told to', async () => {
  answers = [json(503, {}, { 'retry-after': '1' }), json(202, receipt)];
  const waits: number[] = [];
  await client({ onRetry: (_, waitMs) => waits.push(waitMs) }).recordUsage(batch);
  expect(waits).toEqual([1000]);
});

test('is tried again when no answer comes in time', async () => {
  answers = [silent, json(202, receipt)];
  await expect(client({ timeoutMs: 100 }).recordUsage(batch)).resolves.toEqual(receipt);
});

test('a refusal is an error that names the faults, at once', async () => {
  const faults = [{ index: 3, field: 'phase', message: 'expected one of deploying, …, came "sleeping"' }];
  const problem = { title: 'The usage is not valid', detail: '1 fault', faults };
  answers = [json(400, problem)];
  const error = await client()
    .recordUsage(batch)
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ProblemError);
  expect(error).toMatchObject({ status: 400, problem });
  expect((error as Error).message).toContain('[3].phase: expected one of');
});

test('when patience ends, the last failure is thrown', async () => {
  answers = [json(503, { detail: 'Postgres is away' }, { 'retry-after': '5' })];
  await expect(client({ patienceMs: 100 }).recordUsage(batch)).rejects.toThrow('Postgres is away');
});

test('nobody answering is an error that says why', async () => {
  const nobody = createClient({ url: 'http://127.0.0.1:1', key: 'secret', patienceMs: 0 });
  const error = await nobody.listWorkspaces().catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(UnreachableError);
  expect((error as Error).message).toMatch(/nobody answering: .+/);
});

test('an answer that is no problem document is shown as it is', async () => {
  answers = [(_, response) => response.writeHead(404).end('<h1>no such page</h1>')];
  await expect(client().listInvoices('acme')).rejects.toThrow('<h1>no such page</h1>');
});

test('a workspace that is not there is undefined', async () => {
  answers = [json(404, { title: 'Not found' })];
  await expect(client().getWorkspace('acme')).resolves.toBeUndefined();
});

test('a list is read to its last page', async () => {
  answers = [json(200, { items: [1, 2], next: 'a=b' }), json(200, { items: [3] })];
  await expect(client().listInvoices('acme')).resolves.toEqual([1, 2, 3]);
  expect(seen[1]).toContain('/v1/workspaces/acme/invoices?cursor=a%3Db');
});

test('a list is read page by page, as far as somebody looks', async () => {
  answers = [page([1, 2], 'c'), page([3, 4], 'd'), page([5])];
  const found: unknown[] = [];
  for await (const invoice of client().listInvoices('acme')) {
    found.push(invoice);
    if (found.length === 3) break;
  }
  expect(found).toEqual([1, 2, 3]);
  expect(seen).toHaveLength(2);
});

test('a list can be looked at by pages, and asks for nothing before', async () => {
  answers = [page([1, 2], 'c'), page([3])];
  const list = client().listWorkspaces();
  expect(seen).toEqual([]);
  const pages: unknown[] = [];
  for await (const items of list.pages()) pages.push(items);
  expect(pages).toEqual([[1, 2], [3]]);
});

test('a list awaited twice is read once; a page that fails is an error of whoever waits', async () => {
  answers = [page([1]), json(400, { title: 'no such cursor' })];
  const list = client().listWorkspaces();
  expect([await list, await list]).toEqual([[1], [1]]);
  expect(seen).toHaveLength(1);
  const failing = client().listSources();
  await expect(failing.catch(() => 'caught')).resolves.toBe('caught');
});

test('a POST has an idempotency key, one for all its tries, and another for the next call', async () => {
  const grant = { key: 'k', kind: 'free', amount: '1', validFrom: '2025-01-01T00:00:00Z' } as const;
  const inFlight = json(409, { title: 'under way' }, { 'retry-after': '0' });
  answers = [cut, inFlight, json(201, {}), json(201, {})];
  await client().addGrant('acme', grant);
  await client().addGrant('acme', grant);
  const [first, second, third, next] = keys;
  expect(first).toMatch(/^[0-9a-f-]{36}$/);
  expect([second, third]).toEqual([first, first]);
  expect(next).not.toBe(first);
});

test('a caller may give the key; what only reads or may be sent again anyway has none', async () => {
  answers = [json(201, {}), json(202, receipt), page([])];
  await client()
    .with({ idempotencyKey: 'mine' })
    .addGrant('acme', {} as never);
  await client().recordUsage(batch);
  await client().listKeys();
  expect(keys).toEqual(['mine', undefined, undefined]);
});

test('a conflict is no reason to try again', async () => {
  answers = [json(409, { title: 'taken' })];
  await expect(client().createKey({ role: 'read', name: 'n' })).rejects.toThrow('taken');
  expect(seen).toHaveLength(1);
});

test('an answer without a body is undefined', async () => {
  answers = [(_, response) => response.writeHead(204).end()];
  await expect(client().putPrices([])).resolves.toBeUndefined();
});

test('stopping ends a call that waits to try again', async () => {
  answers = [json(503, {}, { 'retry-after': '30' })];
  const stopping = new AbortController();
  const call = client({ signal: stopping.signal, onRetry: () => stopping.abort() }).recordUsage(batch);
  await expect(call).rejects.toThrow(/abort/i);
});

test('a list with a tag is read to its last page, and is not read where the tag is still right', async () => {
  const page = (items: readonly string[], next?: string) =>
    json(200, { items, ...(next && { next }) }, { etag: '"2-1"' });
  const unchanged: Answer = (request, response) => {
    expect(request.headers['if-none-match']).toBe('"2-1"');
    response.writeHead(304, { etag: '"2-1"' }).end();
  };
  answers = [page(['a'], 'c'), page(['b']), unchanged];
  expect(await client().listGates()).toEqual({ tag: '"2-1"', items: ['a', 'b'] });
  expect(seen.map((call) => call.split(' ')[1])).toEqual(['/v1/gates', '/v1/gates?cursor=c']);
  expect(await client().listGates({ tag: '"2-1"' })).toBeUndefined();
});
