// The API's process: it ends whatever its clients do, and goes on whatever becomes of its log.
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { testSeller } from '../harness/config';
import { createTestDatabase, type TestDatabase } from '../harness/database';
import { until } from '../harness/until';

const program = path.resolve(__dirname, '..', '..', 'dist', 'api', 'main.js');

let database: TestDatabase;
let child: ChildProcess | undefined;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(() => {
  child?.kill('SIGKILL');
});
afterAll(() => database.drop());

async function start(stdio: StdioOptions): Promise<{ readonly port: number; readonly process: ChildProcess }> {
  const port = await freePort();
  const env = {
    ...process.env,
    DATABASE_URL: database.urlAs('api'),
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    API_PORT: String(port),
    LOG_LEVEL: 'debug',
    ...testSeller,
  };
  child = spawn(process.execPath, [program], { env, stdio });
  const started = child;
  // Whoever closes the other end of its output first, so that it cannot write from its first line on.
  started.stdout?.destroy();
  await until('the API answers', async () => {
    if (started.exitCode !== null || started.signalCode !== null) throw new Error('it ended');
    return isAlive(port);
  });
  return { port, process: started };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function isAlive(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health/live`)).ok;
  } catch {
    return false;
  }
}

test.each<[string, () => StdioOptions]>([
  ['whose output nobody reads any more', () => ['ignore', 'pipe', 'inherit']],
  ['whose disk is full', () => ['ignore', openSync('/dev/full', 'w'), 'inherit']],
])('a process %s answers, and ends when it is told to', async (_, stdio) => {
  const { port, process: started } = await start(stdio());
  for (let n = 0; n < 50; n++) expect(await isAlive(port)).toBe(true);
  started.kill('SIGTERM');
  await once(started, 'exit');
  expect([started.exitCode, started.signalCode]).toEqual([0, null]);
});

test('clients that send no further do not keep a process from ending', async () => {
  const { port, process: started } = await start(['ignore', 'ignore', 'inherit']);
  const heads = [
    'PUT /v1/nothing HTTP/1.1\r\nhost: x\r\n',
    'POST /v1/usage HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{',
    '',
  ];
  const sockets = await Promise.all(
    heads.map(async (head) => {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      await once(socket, 'connect');
      socket.write(head);
      return socket;
    }),
  );
  started.kill('SIGTERM');
  const began = performance.now();
  await once(started, 'exit');
  // Without a limit of its own it would wait the 60 s that a request may take.
  expect(performance.now() - began).toBeLessThan(30_000);
  expect(started.exitCode).toBe(0);
  for (const socket of sockets) socket.destroy();
});
