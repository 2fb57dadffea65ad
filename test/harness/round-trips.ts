// Counts how often a client of Postgres waits for it: a proxy before the server, which holds answers back until all that
// was asked is answered. What is sent until then went without an answer, so statements sent at once are one round trip,
// and a COMMIT after them is another.
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
    relay(client, postgres, () => {
      trips += 1;
    });
    endTogether([client, postgres], sockets);
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

const heldMs = 2;

function relay(client: Socket, postgres: Socket, onTrip: () => void): void {
  const asked = messageCounter(['Q', 'S'], { isFromClient: true });
  const answered = messageCounter(['Z']);
  // Readiness is told once more than it was asked for, when the connection is made.
  let open = 1;
  let isUnderWay = false;
  let held: Buffer[] = [];
  let timer: NodeJS.Timeout | undefined;
  const release = () => {
    for (const chunk of held) client.write(chunk);
    held = [];
    isUnderWay = false;
  };
  client.on('data', (chunk) => {
    if (!isUnderWay) onTrip();
    isUnderWay = true;
    clearTimeout(timer);
    open += asked(chunk);
    postgres.write(chunk);
  });
  let isConnected = false;
  postgres.on('data', (chunk) => {
    held.push(chunk);
    const ready = answered(chunk);
    open -= ready;
    clearTimeout(timer);
    // Until the first readiness it is one question and one answer at a time.
    if (!isConnected) release();
    else if (open === 0) timer = setTimeout(release, heldMs);
    isConnected ||= ready > 0;
  });
}

/** Counts messages of these types in a stream that comes in pieces: a letter, and a length that counts itself. */
function messageCounter(types: readonly string[], { isFromClient = false } = {}): (chunk: Buffer) => number {
  // A client's first message has no letter.
  let header = isFromClient ? Buffer.from(' ') : Buffer.alloc(0);
  let body = 0;
  return (chunk) => {
    let count = 0;
    for (let at = 0; at < chunk.length; ) {
      if (body > 0) {
        const skipped = Math.min(body, chunk.length - at);
        body -= skipped;
        at += skipped;
        continue;
      }
      const taken = chunk.subarray(at, at + 5 - header.length);
      header = Buffer.concat([header, taken]);
      at += taken.length;
      if (header.length < 5) continue;
      if (types.includes(String.fromCharCode(header[0] ?? 0))) count += 1;
      body = header.readUInt32BE(1) - 4;
      header = Buffer.alloc(0);
    }
    return count;
  };
}

function endTogether(pair: readonly [Socket, Socket], sockets: Set<Socket>): void {
  for (const socket of pair) {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      for (const each of pair) each.destroy();
    });
  }
}
