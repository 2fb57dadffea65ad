// A platform for tests: the simulated one behind a server of ours, which can be told to fail.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, billingAnswer } from '../../../sandbox/platform/billing-calls';
import { firstMemory } from '../../../sandbox/platform/memory';
import { createPlatform, type Platform } from '../../../sandbox/platform/platform';

export const key = Buffer.alloc(32, 7);

/** What becomes of the next calls: nothing special, done and then lost, another answer, garbage, or none at all. */
export type Fault = 'none' | 'lost_after' | 'hang' | 'garbage' | 'huge' | 'redirect' | { readonly status: number };

export type FaultyPlatform = {
  readonly url: string;
  readonly platform: Platform;
  readonly calls: { readonly method: string; readonly url: string; readonly body: string }[];
  fail(fault: Fault, times?: number): void;
  close(): void;
};

export async function startFaultyPlatform(startMs: number): Promise<FaultyPlatform> {
  const platform = createPlatform(firstMemory(startMs), { read: () => undefined, write: () => undefined });
  const faults: Fault[] = [];
  const calls: FaultyPlatform['calls'] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const { method = '', url = '', headers } = request;
      calls.push({ method, url, body });
      const fault = faults.shift();
      if (fault === 'hang') return;
      if (typeof fault === 'object') return void response.writeHead(fault.status).end('no');
      if (fault === 'garbage') return void response.writeHead(200).end('<html>');
      if (fault === 'huge') return void response.writeHead(200).end('x'.repeat(5 * 1024 * 1024));
      if (fault === 'redirect') return void response.writeHead(302, { location: '/v1/elsewhere' }).end();
      const path = new URL(url, 'http://platform').pathname.split('/').slice(2).map(decodeURIComponent);
      const answer: Answer = billingAnswer(platform, { method, path, headers, body, key, nowMs: Date.now() });
      if (fault === 'lost_after') return void response.destroy();
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    platform,
    calls,
    fail: (fault, times = 1) => void faults.push(...Array.from({ length: times }, () => fault)),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
