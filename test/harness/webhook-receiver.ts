// A platform's receiver of webhooks over a socket, with answers that a test chooses; it verifies as the official library does.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export type Received = {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly [field: string]: unknown };
  readonly payload: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** How it answers: a status, with headers and a body, or not at all. */
export type Answering =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  | 'never';

export type Receiver = Awaited<ReturnType<typeof startReceiver>>;

/** Takes everything, until told otherwise. Call `close()` of what it returns in afterAll. */
export async function startReceiver(tls?: { readonly cert: string; readonly key: string }) {
  const received: Received[] = [];
  let answering: (of: Received) => Answering = () => ({ status: 204 });
  let connections = 0;
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    bodyOf(request).then(
      (body) => {
        const each = receivedOf(request, body);
        received.push(each);
        const answer = answering(each);
        if (answer === 'never') return;
        response.writeHead(answer.status, answer.headers ?? {}).end(answer.body ?? '');
      },
      () => undefined,
    );
  };
  const server: Server = tls === undefined ? createServer(handle) : (createTlsServer(tls, handle) as unknown as Server);
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}/hooks`,
    received,
    connections: () => connections,
    idsOf: (type: string) => received.filter((each) => each.type === type).map(({ id }) => id),
    answer: (how: Answering | ((of: Received) => Answering)) => {
      answering = typeof how === 'function' ? how : () => how;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Whether the official library takes it for one that was signed with this secret. */
export function isSignedBy(secret: string, { body, headers }: Received): boolean {
  try {
    new Webhook(secret).verify(body, { ...headers });
    return true;
  } catch {
    return false;
  }
}

function receivedOf(request: IncomingMessage, body: string): Received {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const payload = JSON.parse(body) as { type: string; data: Received['data'] };
  return { id: headers['webhook-id'] ?? '', type: payload.type, data: payload.data, payload, headers, body };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
