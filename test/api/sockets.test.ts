// Clients as they can be on a real socket: slow, silent, many, or with a body that nobody wants to read to its end.
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { until } from '../harness/until';
import { type Minutebook, type Problem, startMinutebook, withAcme } from './minutebook';

const mebibyte = 1024 ** 2;
let book: Minutebook;
let port: number;
beforeAll(async () => {
  const limits = { bodyLimitBytes: 16 * mebibyte, requestTimeoutMs: 3_000 };
  book = await startMinutebook({ now: '2025-01-10T12:00:00Z', ...limits });
  await withAcme(book);
  await book.app.listen({ host: '127.0.0.1', port: 0 });
  const address = book.app.server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(() => book.close());

type Talk = { readonly socket: Socket; readonly heard: () => string; readonly closed: () => boolean };

async function dial(text: string | Buffer): Promise<Talk> {
  const socket = connect(port, '127.0.0.1');
  let [heard, closed] = ['', false];
  socket.on('data', (chunk) => {
    heard += chunk.toString();
  });
  socket.on('close', () => {
    closed = true;
  });
  // A server that ends a connection may do so while we write.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(text);
  return { socket, heard: () => heard, closed: () => closed };
}

function head(more: string, type = 'application/json'): string {
  const lines = ['host: x', `authorization: Bearer ${book.keys.admin}`, `content-type: ${type}`, more];
  return `POST /v1/usage?source=s HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

function isAlive(): Promise<boolean> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/health/live', agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode === 200));
    })
      .on('error', reject)
      .end();
  });
}

test.each([
  ['a body that stops', () => head('content-length: 1000')],
  ['NDJSON that stops', () => `${head('transfer-encoding: chunked', 'application/x-ndjson')}3\r\n1\n2\r\n`],
  ['headers that stop', () => 'GET /health/live HTTP/1.1\r\nhost: x\r\n'],
  ['nothing at all', () => ''],
])('%s is answered 408 in time, and its connection closed', async (_, text) => {
  const talk = await dial(text());
  await until('the connection is closed', async () => talk.closed());
  const [top, body = ''] = talk.heard().split('\r\n\r\n');
  expect(top).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\ncontent-type: application\/problem\+json\r\n/);
  expect(JSON.parse(body)).toMatchObject({ status: 408, code: 'request_timeout' });
});

test('what is no HTTP is answered 400', async () => {
  const talk = await dial('SELECT 1;\r\n\r\n');
  await until('the connection is closed', async () => talk.closed());
  expect(talk.heard()).toMatch(/^HTTP\/1\.1 400 Bad Request\r\ncontent-type: application\/problem\+json/);
});

test('two thousand connections that say nothing keep nobody from being answered, and are closed', async () => {
  const talks: Talk[] = [];
  // The kernel holds 511 for a process that has not looked yet, and forgets the others.
  for (let n = 0; n < 20; n++) talks.push(...(await Promise.all(Array.from({ length: 100 }, () => dial('')))));
  expect(await isAlive()).toBe(true);
  await until('all are closed', async () => talks.every((talk) => talk.closed()));
});

describe('of megabytes', () => {
  // From here on nobody is slow but this machine.
  beforeAll(() => {
    book.app.server.requestTimeout = 60_000;
  });

  test.each([
    ['NDJSON', 'application/x-ndjson', '7\n'],
    ['JSON', 'application/json', '7,'],
  ])('16 MB of bad %s are answered at the thousandth fault, others meanwhile', async (name, type, fault) => {
    const start = type === 'application/json' ? '{"reports":[' : '';
    const length = 16 * mebibyte;
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const talk = await dial(head(`content-length: ${length}`, type) + start);
    const piece = Buffer.from(fault.repeat(32 * 1024));
    let others = 0;
    for (let left = length - start.length; left > 0; left -= piece.length) {
      const isTaken = talk.socket.write(piece.subarray(0, Math.min(left, piece.length)));
      if (others < 5 && (await isAlive())) others++;
      if (!isTaken) await once(talk.socket, 'drain');
      // The rest is sent for nothing: it was answered after some hundred kilobytes.
      if (left < length / 2) expect(talk.heard()).toMatch(/^HTTP\/1\.1 400 /);
    }
    delay.disable();
    console.log(
      `${name}: the event loop, of client and server, was held for ${Math.round(delay.max / 1e6)} ms at the most`,
    );
    const problem = JSON.parse(talk.heard().split('\r\n\r\n')[1] ?? '') as Problem;
    expect([problem.code, problem.faults?.length, others]).toEqual(['invalid_usage', 1000, 5]);
    expect(problem.detail).toContain('1000 faults are listed, and reading stopped there');
    // The rest was read over, so the connection is as good as before.
    talk.socket.write('GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n');
    await until('the next call is answered', async () => talk.heard().includes('{"status":"live"}'));
    talk.socket.destroy();
  });

  test('while a body of megabytes is read, judged and stored, others are answered', async () => {
    const facts = { workspace: 'acme', model: 'm', version: 'v', instanceType: 'gpu', phase: 'serving' };
    const times = { from: '2025-01-02T00:00:00Z', to: '2025-01-02T01:00:00Z' };
    const reports = Array.from({ length: 20_000 }, (_, n) => ({ ...facts, replica: `r${n}`, ...times }));
    const body = Buffer.from(JSON.stringify({ source: 's', reports }));
    const talk = await dial(head(`content-length: ${body.length}`));
    talk.socket.write(body);
    let others = 0;
    for (; talk.heard() === ''; others++) await isAlive();
    expect(talk.heard()).toContain('{"accepted":20000,"quarantined":0,"ignored":0}');
    // Fourteen blocks and eight slices, between which others have their turn.
    expect(others).toBeGreaterThan(5);
    talk.socket.destroy();
  });

  const blank = `${' '.repeat(1023)}\n`;

  test.each([
    ['by what it says of itself', () => head(`content-length: ${17 * mebibyte}`), 0],
    ['by what comes', () => head('transfer-encoding: chunked', 'application/x-ndjson'), 18],
  ])('a body over the limit is refused %s', async (_, text, chunks) => {
    const talk = await dial(text());
    for (let left = chunks; left > 0; left--) talk.socket.write(`100000\r\n${blank.repeat(1024)}\r\n`);
    await until('it is answered', async () => talk.heard().includes('payload_too_large'));
    talk.socket.destroy();
  });
});
