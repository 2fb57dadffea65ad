// Counts how often a client of Postgres waits for it: a proxy before the server sees who speaks. What is sent before an
// answer came goes one way together, so that statements sent at once count as one round trip and a COMMIT as another.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type CountedServer = {
  /** The database's address through the proxy. */
  readonly url: string;
  /** Does the work and answers how many round trips it took, on all connections together. */
  count(work: () => Promise<unknown>): Promise<number>;
  close(): Promise<void>;
};

/**
 * Opening a connection takes round trips too, and so does what a process asks once and remembers: do the work once before
 * it is counted, and one thing at a time.
 */
export async function countRoundTrips(databaseUrl: string): Promise<CountedServer> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let trips = 0;
  const server = createServer((client) => {
    const postgres = connect(Number(target.port || 5432), target.hostname);
    let hasAnswered = true;
    client.on('data', () => {
      if (hasAnswered) trips += 1;
      hasAnswered = false;
    });
    postgres.on('data', () => {
      hasAnswered = true;
    });
    join(client, postgres, sockets);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    count: async (work) => {
      const before = trips;
      await work();
      return trips - before;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

// The end of one side is the end of the other.
function join(client: Socket, postgres: Socket, sockets: Set<Socket>): void {
  for (const [socket, other] of [
    [client, postgres],
    [postgres, client],
  ] as const) {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => other.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
    socket.pipe(other);
  }
}
