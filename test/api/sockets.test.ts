// Clients as they can be on a real socket: slow, silent, many, or with a body that nobody wants to read to its end.
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { gzipSync } from 'node:zlib';
import { until } from '../harness/until';
import { type Minutebook, type Problem, startMinutebook, withAcme } from './minutebook';

const mebibyte = 1024 ** 2;
let book: Minutebook;
let port: number;

async function start(limits: {
  readonly requestTimeoutMs?: number;
  readonly unfoldedLimitBytes?: number;
}): Promise<void> {
  book = await startMinutebook({ now: '2025-01-10T12:00:00Z', bodyLimitBytes: 16 * mebibyte, ...limits });
  await withAcme(book);
  await book.app.listen({ host: '127.0.0.1', port: 0 });
  const address = book.app.server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
}

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

describe('of slow senders', () => {
  beforeAll(() => start({ requestTimeoutMs: 2_000 }));
  afterAll(() => book.close());

  test.each([
    ['a body that stops', () => head('content-length: 1000')],
    ['a body that stops, of another call', () => `PUT /v1/prices${head('content-length: 1000').slice(23)}`],
    ['a compressed body that stops', () => head('content-encoding: gzip\r\ncontent-length: 1000')],
    ['events that stop', () => `${head('content-length: 1000', 'application/cloudevents-batch+json')}[`],
    ['NDJSON that stops', () => `${head('transfer-encoding: chunked', 'application/x-ndjson')}3\r\n1\n2\r\n`],
    ['headers that stop', () => 'GET /health/live HTTP/1.1\r\nhost: x\r\n'],
    ['nothing at all', () => ''],
  ])('%s is answered 408 in time, and its connection closed', async (_, text) => {
    const talk = await dial(text());
    await until('the connection is closed', async () => talk.closed());
    const [top, body = ''] = talk.heard().split('\r\n\r\n');
    expect(top).toMatch(
      /^HTTP\/1\.1 408 Request Timeout\r\n(connection: close\r\n)?content-type: application\/problem\+json/,
    );
    expect(JSON.parse(body)).toMatchObject({ status: 408, code: 'request_timeout' });
  });

  test('NDJSON of which a byte comes now and then is answered 408 in time', async () => {
    const talk = await dial(head('transfer-encoding: chunked', 'application/x-ndjson'));
    const drip = setInterval(() => talk.socket.write('1\r\n\n\r\n'), 100);
    await until('the connection is closed', async () => talk.closed());
    clearInterval(drip);
    expect(talk.heard()).toContain('"code":"request_timeout"');
  });

  test('a body that nobody wants is not read for ever', async () => {
    const talk = await dial(head('transfer-encoding: chunked').replace(book.keys.admin, 'nobody'));
    const drip = setInterval(() => talk.socket.write('1\r\n\n\r\n'), 100);
    await until('the connection is closed', async () => talk.closed());
    clearInterval(drip);
    expect(talk.heard()).toMatch(/^HTTP\/1\.1 401 /);
    expect(talk.heard()).not.toContain('408');
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
});

describe('of odd bodies', () => {
  beforeAll(() => start({ unfoldedLimitBytes: 4 * mebibyte }));
  afterAll(() => book.close());

  const json = 'application/json';
  const ndjson = 'application/x-ndjson';
  const bomb = gzipSync(Buffer.alloc(64 * mebibyte, ' '));
  const bombOfLines = gzipSync(Buffer.alloc(64 * mebibyte, '7\n'));
  const usage = (more: string) => `{"source":"s","reports":[${more}]}`;
  test.each<[string, string, string, Buffer | string, number, string?]>([
    ['a type that is none', '/v1/prices', 'no type', '[]', 415],
    ['another type', '/v1/prices', 'text/html', '[]', 415],
    ['a form', '/v1/prices', 'application/x-www-form-urlencoded', 'a=b', 415],
    ['another character set in name alone', '/v1/prices', 'application/json; charset=utf-16', '[]', 200],
    ['bytes of another character set', '/v1/prices', json, Buffer.from('[]', 'utf16le'), 400],
    ['bytes that are no UTF-8', '/v1/prices', json, Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]), 400],
    ['a NUL character', '/v1/prices', json, '[{"instanceType":"a\\u0000b"}]', 400],
    ['a NUL byte', '/v1/prices', json, '[\0]', 400],
    ['a key twice', '/v1/prices', json, '[{"instanceType":"a","instanceType":"b"}]', 400],
    ['a number over any', '/v1/prices', json, '[{"usdPerMinute":1e999}]', 400],
    ['a number of 100,000 digits', '/v1/prices', json, `[${'9'.repeat(100_000)}]`, 400],
    ['100,000 brackets', '/v1/prices', json, '['.repeat(100_000), 400],
    ['100,000 objects within each other', '/v1/usage', json, '{"a":'.repeat(100_000), 400],
    ['a key of a prototype', '/v1/prices', json, '[{"__proto__":{"role":"admin"}}]', 400],
    ['usage with bytes that are no UTF-8', '/v1/usage?source=s', ndjson, Buffer.from([0x22, 0xff, 0x22, 0x0a]), 400],
    ['usage with a NUL character', '/v1/usage', json, usage('{"workspace":"a\\u0000"}'), 400],
    ['usage with a key twice', '/v1/usage', json, usage('{"workspace":"a","workspace":"b"}'), 400],
    ['a line of a megabyte', '/v1/usage?source=s', ndjson, 'x'.repeat(mebibyte), 400],
    ['a bomb that unfolds', '/v1/usage', json, bomb, 400, 'gzip'],
    ['a bomb of lines', '/v1/usage?source=s', ndjson, bombOfLines, 400, 'gzip'],
    ['a bomb where nothing is unfolded', '/v1/prices', json, bomb, 415, 'gzip'],
    ['what says that it is compressed', '/v1/usage', json, '{}', 400, 'gzip'],
  ])(
    '%s is answered in a sentence, and others are after it',
    async (_, path, type, body, status, encoding = 'identity') => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: path.startsWith('/v1/usage') ? 'POST' : 'PUT',
        headers: {
          authorization: `Bearer ${book.keys.admin}`,
          'content-type': type,
          'content-encoding': encoding,
        },
        body: Buffer.from(body as string),
        signal: AbortSignal.timeout(15_000),
      });
      const said = (await answer.json()) as Problem;
      expect([answer.status, said.detail ?? '']).toEqual([
        status,
        status === 200 ? '' : expect.stringMatching(/.{20}/),
      ]);
      expect(await isAlive()).toBe(true);
    },
  );
});

describe('of megabytes', () => {
  // Here nobody is slow but this machine.
  beforeAll(() => start({}));
  afterAll(() => book.close());

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

  const one = JSON.stringify({
    ...{ workspace: 'acme', model: 'm', version: 'v', replica: 'r', instanceType: 'gpu', phase: 'serving' },
    ...{ from: '2025-01-02T00:00:00Z', to: '2025-01-02T01:00:00Z' },
  });
  const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

  test.each([
    ['by what it says of itself', () => head(`content-length: ${17 * mebibyte}`), 0],
    ['by what comes', () => `${head('transfer-encoding: chunked')}${chunk('{"reports":[')}`, 18],
  ])('a body over the limit is refused %s', async (_, text, chunks) => {
    const talk = await dial(text());
    const items = `${one},`;
    const piece = items.repeat(Math.ceil(mebibyte / items.length));
    for (let left = chunks; left > 0; left--) talk.socket.write(chunk(piece));
    await until('it is answered', async () => talk.heard().includes('payload_too_large'));
    expect(talk.heard()).toContain('nothing was stored');
    talk.socket.destroy();
  });

  test('NDJSON may be longer than any limit: it is stored while it comes, and others are answered', async () => {
    const talk = await dial(head('transfer-encoding: chunked', 'application/x-ndjson'));
    const lines = Array.from({ length: 5000 }, (_, n) => one.replace('"r"', `"line-${n}"`)).join('\n');
    let [sent, others] = [0, 0];
    for (let left = 24; left > 0; left--) {
      sent += lines.length;
      if (!talk.socket.write(chunk(`${lines}\n`))) await once(talk.socket, 'drain');
      if (await isAlive()) others++;
      // Stored long before its end has come.
      if (left === 1) {
        await until(
          'a batch is stored',
          async () => (await book.db('replicas').where({ replica: 'line-0' })).length > 0,
        );
      }
    }
    talk.socket.write('0\r\n\r\n');
    await until('it is answered', async () => talk.heard() !== '');
    expect(talk.heard()).toMatch(/"accepted":120000,"quarantined":0,"ignored":0,"batches":\d+/);
    expect(sent).toBeGreaterThan(16 * mebibyte);
    expect(others).toBe(24);
    talk.socket.destroy();
  });

  test('NDJSON that breaks off further on says what is stored by then', async () => {
    const talk = await dial(head('transfer-encoding: chunked', 'application/x-ndjson'));
    const lines = `${one}\n`.repeat(5000);
    for (let left = 6; left > 0; left--) talk.socket.write(chunk(lines));
    talk.socket.write(chunk('{"workspace": "ac\n'));
    talk.socket.write('0\r\n\r\n');
    await until('it is answered', async () => talk.heard() !== '');
    const { committed, faults, detail } = JSON.parse(talk.heard().split('\r\n\r\n')[1] ?? '');
    expect(faults).toMatchObject([{ index: 30_000, field: 'report' }]);
    expect(committed).toEqual({
      batches: expect.any(Number),
      reports: committed.accepted,
      accepted: expect.any(Number),
      quarantined: 0,
      ignored: 0,
    });
    expect(committed.reports).toBeGreaterThanOrEqual(20_000);
    expect(detail).toContain(`the first ${committed.reports} reports are stored`);
    talk.socket.destroy();
  });
});
