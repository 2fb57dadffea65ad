// Telling an endpoint over a socket: what it is sent, what its answers mean, and where nothing is ever sent.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { secretOf } from '../../../gateways/models/signature';
import { parseNetwork, type Resolve } from '../../../gateways/webhooks/addresses';
import { httpWebhooks } from '../../../gateways/webhooks/http-webhooks';
import { createAuthority } from '../../harness/tls-front';
import { isSignedBy, type Receiver, startReceiver } from '../../harness/webhook-receiver';

const keys = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const body = JSON.stringify({ type: 'webhook.test', timestamp: '2025-01-01T00:00:00Z', data: { name: 'Ünïcode' } });
const loopback = ['127.0.0.0/8', '::1'].map((text) => parseNetwork(text) as never);
const inside = httpWebhooks({ allowed: loopback, timeoutMs: 1000 });
const outside = httpWebhooks({ allowed: [], timeoutMs: 1000 });

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

const tell = (url = receiver.url, webhooks = inside) => webhooks.tell({ url, id: 'evt_1', body, keys });

test('is signed with every key that is in force, so that the official library takes it with either', async () => {
  await expect(tell()).resolves.toEqual({ kind: 'delivered', status: 204 });
  const [received] = receiver.received;
  if (received === undefined) throw new Error('nothing was received');
  expect(received.body).toBe(body);
  expect(received.headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': 'evt_1' });
  for (const key of keys) expect(isSignedBy(secretOf(key), received)).toBe(true);
  expect(isSignedBy(secretOf(Buffer.alloc(32, 3)), received)).toBe(false);
  expect(isSignedBy(secretOf(Buffer.alloc(32, 1)), { ...received, body: `${body} ` })).toBe(false);
});

test('whatever 2xx it answers, it has it', async () => {
  for (const status of [200, 201, 202, 204, 299]) {
    receiver.answer({ status, body: 'x'.repeat(100) });
    await expect(tell()).resolves.toEqual({ kind: 'delivered', status });
  }
});

test('410 is the end, and all else is to be tried again', async () => {
  receiver.answer({ status: 410, body: 'gone' });
  await expect(tell()).resolves.toEqual({ kind: 'gone', status: 410, why: 'answered 410: gone' });
  for (const status of [400, 401, 404, 409, 500, 502]) {
    receiver.answer({ status });
    await expect(tell()).resolves.toMatchObject({ kind: 'failed', status, retryAfterMs: null });
  }
});

test('429 and 503 may say when, in seconds or as a date', async () => {
  receiver.answer({ status: 429, headers: { 'retry-after': '120' } });
  await expect(tell()).resolves.toMatchObject({ kind: 'failed', status: 429, retryAfterMs: 120_000 });
  receiver.answer({ status: 503, headers: { 'retry-after': new Date(Date.now() + 60_000).toUTCString() } });
  const answer = await tell();
  expect(answer.kind === 'failed' && answer.retryAfterMs).toBeGreaterThan(50_000);
  for (const said of ['soon', '-1', '1e9']) {
    receiver.answer({ status: 503, headers: { 'retry-after': said } });
    await expect(tell()).resolves.toMatchObject({ retryAfterMs: null });
  }
  receiver.answer({ status: 500, headers: { 'retry-after': '120' } });
  await expect(tell()).resolves.toMatchObject({ retryAfterMs: null });
});

test('one that wants another protocol has not taken it', async () => {
  const switching = createServer((socket) => {
    socket.once('data', () =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
    );
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => switching.listen(0, '127.0.0.1', resolve));
  const { port } = switching.address() as AddressInfo;
  try {
    const answer = await tell(`http://127.0.0.1:${port}/`);
    expect(answer).toMatchObject({ kind: 'failed', status: null, why: expect.stringContaining('without an answer') });
  } finally {
    switching.close();
  }
});

test('what is kept of an answer ends with a whole character', async () => {
  receiver.answer({ status: 500, body: `${'x'.repeat(299)}😀` });
  const answer = await tell();
  expect(answer.kind === 'failed' && answer.why.endsWith('x')).toBe(true);
});

test('redirects are not followed', async () => {
  const elsewhere = await startReceiver();
  for (const status of [301, 302, 303, 307, 308]) {
    receiver.answer({ status, headers: { location: elsewhere.url } });
    await expect(tell()).resolves.toMatchObject({
      kind: 'failed',
      status,
      why: `answered ${status}, and redirects are not followed`,
    });
  }
  expect(elsewhere.connections()).toBe(0);
  await elsewhere.close();
});

test('of what it answers only the beginning is read and kept, on one line', async () => {
  receiver.answer({ status: 500, body: `no\r\n\u0000 way ${'x'.repeat(10_000_000)}` });
  const answer = await tell();
  if (answer.kind !== 'failed') throw new Error('it failed');
  expect(answer.why).toMatch(/^answered 500: no way x+$/);
  expect(answer.why.length).toBeLessThan(400);
});

test('one that does not answer, or does so without end, is not waited for', async () => {
  receiver.answer('never');
  await expect(tell()).resolves.toMatchObject({ kind: 'failed', status: null, why: 'no answer within 1 s' });
  const sockets: Socket[] = [];
  const dripping = createServer((socket) => {
    sockets.push(socket);
    socket.resume().on('error', () => undefined);
    socket.write('HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\n3\r\nno \r\n');
  });
  await new Promise<void>((resolve) => dripping.listen(0, '127.0.0.1', resolve));
  const { port } = dripping.address() as AddressInfo;
  await expect(tell(`http://127.0.0.1:${port}/`)).resolves.toMatchObject({ status: 500, why: 'answered 500: no' });
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => dripping.close(resolve));
});

test('one that is not there, or speaks something else, has failed', async () => {
  const { url } = receiver;
  await receiver.close();
  await expect(tell(url)).resolves.toMatchObject({
    kind: 'failed',
    status: null,
    why: expect.stringContaining('ECONNREFUSED'),
  });
  const garbage = createServer((socket) => socket.resume().end('SSH-2.0-OpenSSH_9\r\n'));
  await new Promise<void>((resolve) => garbage.listen(0, '127.0.0.1', resolve));
  const { port } = garbage.address() as AddressInfo;
  await expect(tell(`http://127.0.0.1:${port}/`)).resolves.toMatchObject({ kind: 'failed', status: null });
  await new Promise((resolve) => garbage.close(resolve));
  receiver = await startReceiver();
});

describe('nothing inside the network is knocked on', () => {
  const port = () => receiver.port;
  const spellings: readonly [string, (port: number) => string][] = [
    ['loopback', (at) => `https://127.0.0.1:${at}/`],
    ['by plain http', (at) => `http://127.0.0.1:${at}/`],
    ['in decimal', (at) => `https://2130706433:${at}/`],
    ['in octal', (at) => `https://0177.0.0.1:${at}/`],
    ['in hexadecimal', (at) => `https://0x7f.1:${at}/`],
    ['mapped into IPv6', (at) => `https://[::ffff:127.0.0.1]:${at}/`],
    ['IPv6 loopback', (at) => `https://[::1]:${at}/`],
    ['any address', (at) => `https://0.0.0.0:${at}/`],
    ['the metadata of a cloud', () => 'https://169.254.169.254/latest/meta-data/'],
    ['with credentials', (at) => `https://a:b@1.1.1.1:${at}/`],
    ['another scheme', () => 'ftp://1.1.1.1/'],
    ['a file', () => 'file:///etc/passwd'],
  ];
  test.each(spellings)('%s', async (_what, url) => {
    expect(outside.faultOf(url(port()))).toBeDefined();
    await expect(tell(url(port()), outside)).resolves.toMatchObject({
      kind: 'failed',
      status: null,
      why: /it is not sent there/,
    });
    expect(receiver.connections()).toBe(0);
  });

  // A name says nothing before it is resolved, and may resolve otherwise each time.
  const resolvingTo = (...answers: string[][]): Resolve => {
    const left = [...answers];
    return (_name, _options, callback) => {
      const addresses = left.length > 1 ? (left.shift() ?? []) : (left[0] ?? []);
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    };
  };

  test('by a name that leads there', async () => {
    const url = `https://hooks.platform.example:${port()}/`;
    expect(outside.faultOf(url)).toBeUndefined();
    for (const address of [
      '127.0.0.1',
      '10.0.0.1',
      '169.254.169.254',
      '::1',
      'fd00::1',
      '::ffff:127.0.0.1',
      '64:ff9b::7f00:1',
    ]) {
      const webhooks = httpWebhooks({ allowed: [], timeoutMs: 1000, resolve: resolvingTo([address]) });
      await expect(tell(url, webhooks)).resolves.toMatchObject({
        kind: 'failed',
        why: expect.stringContaining(`hooks.platform.example is ${address}`),
      });
    }
    await expect(tell(`https://localhost:${port()}/`, outside)).resolves.toMatchObject({ why: /it is not sent there/ });
    await expect(tell(`https://localhost.:${port()}/`, outside)).resolves.toMatchObject({
      why: /it is not sent there/,
    });
    expect(receiver.connections()).toBe(0);
  });

  test('by a name that answers otherwise the second time', async () => {
    const webhooks = httpWebhooks({ allowed: [], timeoutMs: 1000, resolve: resolvingTo(['192.0.2.1'], ['127.0.0.1']) });
    for (let time = 0; time < 3; time++) {
      await expect(tell(`https://rebinding.example:${port()}/`, webhooks)).resolves.toMatchObject({
        why: /it is not sent there/,
      });
    }
    expect(receiver.connections()).toBe(0);
  });

  test('and by plain http nothing outside of it, though a network of one’s own is allowed', async () => {
    const webhooks = httpWebhooks({ allowed: loopback, timeoutMs: 1000, resolve: resolvingTo(['8.8.8.8']) });
    expect(webhooks.faultOf('http://8.8.8.8/')).toBe('an address that begins with https://');
    await expect(tell('http://public.example/', webhooks)).resolves.toMatchObject({ why: /it is not sent there/ });
  });
});

describe('over TLS', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'webhooks-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('only whoever has the certificate of that name is told', async () => {
    const authority = createAuthority(directory, 'hooks');
    const { certificateFile, keyFile } = authority.issue('hooks.platform.example');
    const tls = await startReceiver({
      cert: readFileSync(certificateFile, 'utf8'),
      key: readFileSync(keyFile, 'utf8'),
    });
    const resolve: Resolve = (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);
    const ca = readFileSync(authority.certificateFile, 'utf8');
    const trusting = httpWebhooks({ allowed: loopback, ca, resolve });
    await expect(tell(`https://hooks.platform.example:${tls.port}/`, trusting)).resolves.toMatchObject({
      kind: 'delivered',
    });
    await expect(tell(`https://other.example:${tls.port}/`, trusting)).resolves.toMatchObject({
      kind: 'failed',
      why: expect.stringContaining('other.example'),
    });
    const usual = httpWebhooks({ allowed: loopback, resolve });
    await expect(tell(`https://hooks.platform.example:${tls.port}/`, usual)).resolves.toMatchObject({ kind: 'failed' });
    expect(tls.received).toHaveLength(1);
    await tls.close();
  });
});
