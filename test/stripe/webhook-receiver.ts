// An address that webhooks are sent to, keeping what came.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { until } from '../harness/until';

export type Received = {
  readonly body: string;
  readonly signature: string;
  readonly type: string;
  readonly id: string;
};

export type Receiver = {
  readonly url: string;
  readonly received: Received[];
  /** What it answers from now on. */
  answer(status: number): void;
  untilReceived(count: number): Promise<readonly Received[]>;
  close(): void;
};

export async function openReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { type, id } = JSON.parse(body) as { type: string; id: string };
      received.push({ body, signature: String(request.headers['stripe-signature']), type, id });
      response.writeHead(status).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    answer: (wanted) => {
      status = wanted;
    },
    untilReceived: async (count) => {
      await until(`${count} webhooks have come`, async () => received.length >= count);
      return received;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
