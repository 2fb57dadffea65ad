// Connections as they can be when the app closes. More is sent here than the kernel holds of a connection that nobody reads.
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import { endIdleAtClose } from '../../api/closing';
import { until } from '../harness/until';

const much = Buffer.alloc(64 * 1024 ** 2, 'm');
let app: FastifyInstance;
const sockets: Socket[] = [];
let answer: () => void;
beforeEach(async () => {
  app = fastify({ forceCloseConnections: 'idle', keepAliveTimeout: 600_000 });
  endIdleAtClose(app);
  const isToldTo = new Promise<void>((resolve) => {
    answer = resolve;
  });
  app.get('/much', async () => much);
  app.get('/at-once', async () => 'said');
  app.get('/later', async () => {
    await isToldTo;
    return 'said later';
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await app.close();
});

type Client = {
  readonly socket: Socket /** The other end. */;
  readonly served: Socket;
  readonly heard: () => string;
  readonly closed: () => boolean;
};

async function client(asks: string): Promise<Client> {
  const { port } = app.server.address() as AddressInfo;
  const arrived = once(app.server, 'connection');
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  const chunks: Buffer[] = [];
  let closed = false;
  socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => undefined);
  socket.on('close', () => {
    closed = true;
  });
  const [served] = await arrived;
  socket.write(asks);
  return { socket, served, heard: () => Buffer.concat(chunks).toString('latin1'), closed: () => closed };
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;

test('a connection on which nothing was asked, and one whose answer was read, do not keep it open', async () => {
  const inReserve = await client('');
  const answered = await client(get('/at-once'));
  await until('it is answered', async () => answered.heard().endsWith('said'));
  await app.close();
  await until('both are closed', async () => inReserve.closed() && answered.closed());
  expect(inReserve.heard()).toBe('');
});

test('an answer that is read slowly is sent to its end, and its connection closed then', async () => {
  const asked = once(app.server, 'request');
  const slow = await client(get('/much'));
  slow.socket.pause();
  const [, response] = await asked;
  await until('all of it is written', async () => response.writableEnded);
  expect(response.writableFinished).toBe(false);
  const closing = app.close();
  await new Promise((resolve) => setImmediate(resolve));
  slow.socket.resume();
  await closing;
  await until('it is closed', async () => slow.closed());
  const [head = '', body = ''] = slow.heard().split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(body.length).toBe(much.length);
});

test('a call that came before is answered, and its connection closed then', async () => {
  const asked = once(app.server, 'request');
  const patient = await client(get('/later'));
  await asked;
  const closing = app.close();
  await new Promise((resolve) => setImmediate(resolve));
  answer();
  await closing;
  await until('it is closed', async () => patient.closed());
  expect(patient.heard()).toMatch(/^HTTP\/1\.1 200 OK\r\n.*said later$/s);
});

test('a call of which the beginning has come is not cut off: it is told that the app is closing', async () => {
  const begun = await client(get('/at-once').slice(0, 20));
  await until('the beginning has come', async () => begun.served.bytesRead === 20);
  const closing = app.close();
  await new Promise((resolve) => setImmediate(resolve));
  begun.socket.write(get('/at-once').slice(20));
  await closing;
  await until('it is closed', async () => begun.closed());
  expect(begun.heard()).toMatch(/^HTTP\/1\.1 503 /);
});
