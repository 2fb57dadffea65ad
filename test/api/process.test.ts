// The API's process: it ends whatever its clients do, and goes on whatever becomes of its log.
import { type ChildProcess, execFileSync, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
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

async function start(
  stdio: StdioOptions,
  { filesMax }: { readonly filesMax?: number } = {},
): Promise<{ readonly port: number; readonly process: ChildProcess }> {
  const port = await freePort();
  const env = {
    ...process.env,
    DATABASE_URL: database.urlAs('api'),
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    API_PORT: String(port),
    LOG_LEVEL: 'debug',
    ...testSeller,
  };
  child =
    filesMax === undefined
      ? spawn(process.execPath, [program], { env, stdio })
      : spawn('sh', ['-c', `ulimit -n ${filesMax} && exec "$0" "$1"`, process.execPath, program], { env, stdio });
  const started = child;
  // Whoever closes the other end of its output first, so that it cannot write from its first line on.
  started.stdout?.destroy();
  await until(
    'the API answers',
    async () => {
      if (started.exitCode !== null || started.signalCode !== null) throw new Error('it ended');
      return isAlive(port);
    },
    60_000,
  );
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

// As many as it may have open itself, and the process that it talks to.
const idle = Math.min(10_000, Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' })) - 500 || 10_000);

test(`${idle} connections that say nothing, or nothing more, keep nobody from being answered`, async () => {
  const { port, process: started } = await start(['ignore', 'ignore', 'inherit']);
  const sockets: Socket[] = [];
  const closed = new Set<Socket>();
  const open = async (n: number) => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    socket.once('close', () => closed.add(socket)).resume();
    await once(socket, 'connect');
    // Half of them have asked for something, and may ask again for a minute.
    if (n % 2 === 0) socket.write('GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n');
    sockets.push(socket);
  };
  // The kernel holds 511 for a process that has not looked yet.
  for (let n = 0; n < idle; n += 100) await Promise.all(Array.from({ length: 100 }, (_, at) => open(n + at)));
  expect(await isAlive(port)).toBe(true);
  await until('those that said nothing are closed', async () => closed.size >= idle / 2, 45_000);
  expect(await isAlive(port)).toBe(true);
  for (const socket of sockets) socket.destroy();
  expect(await isAlive(port)).toBe(true);
  expect(started.exitCode).toBe(null);
}, 120_000);

test('a process that may open no more files goes on once there is room again', async () => {
  const { port, process: started } = await start(['ignore', 'ignore', 'inherit'], { filesMax: 128 });
  const sockets = Array.from({ length: 500 }, () =>
    connect(port, '127.0.0.1')
      .on('error', () => undefined)
      .resume(),
  );
  await until('all have come or were turned away', async () => sockets.every(({ connecting }) => !connecting));
  for (const socket of sockets) socket.destroy();
  await until('it answers', () => isAlive(port));
  expect(started.exitCode).toBe(null);
});
