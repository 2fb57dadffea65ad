// The emulator's address over HTTP: /v1 for programs, the hosted pages for customers, /_emulator and / for whoever tests.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { loopback } from '../ports';
import { type Answer, type Api, answerCall } from './api';
import { controlAnswer } from './control';
import { pageAnswer } from './pages/pages';
import { tick } from './ticking';
import type { Sender } from './webhooks/sending';

export type Served = { readonly api: Api; readonly sender: Sender };

export type Page = {
  readonly status: number;
  readonly type?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Asked = {
  readonly method: string;
  readonly pathname: string;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly type: string;
  /** Where a form was, of the emulator's own pages. */
  readonly referer: string;
};

const bodyMaxBytes = 1024 * 1024;

export async function listen(served: Served, port: number): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    handle(served, request, response).catch((error: unknown) => {
      console.error(error);
      const message = error instanceof Error ? error.message : String(error);
      // Of the emulator itself, not of Stripe: said in words.
      reply(response, {
        status: 500,
        type: 'application/json',
        body: JSON.stringify({ error: { type: 'api_error', message } }),
      });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, loopback, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the emulator listens on no port');
  return { port: address.port, close: () => closed(server) };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function handle(served: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/', headers } = request;
  // A page of somebody else's, made to resolve to this address, would have its own name here.
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(headers.host ?? '')) {
    reply(response, { status: 421, body: `this is the emulator of ${loopback}, not of ${headers.host ?? 'nobody'}` });
    return;
  }
  const { pathname, searchParams } = new URL(url, 'http://emulator');
  const body = method === 'POST' ? await bodyOf(request) : '';
  tick(served.api.world);
  if (pathname.startsWith('/v1/') || pathname.startsWith('/v2/')) {
    const form = method === 'POST' ? body : searchParams.toString();
    const header = (name: string) => [headers[name]].flat()[0];
    write(response, await answerCall(served.api, { method, address: pathname, form, header }));
    return;
  }
  const type = headers['content-type'] ?? '';
  const referer = headers.referer?.endsWith('/switches') ? '/switches' : '/';
  const asked = { method, pathname, query: searchParams, body, type, referer };
  if (method === 'POST' && isForeign(request)) {
    reply(response, { status: 403, body: 'switches are thrown from the emulator’s own pages or by programs' });
    return;
  }
  const page = pathname.startsWith('/_emulator/') ? controlAnswer(served, asked) : pageAnswer(served, asked);
  served.api.world.store.commit();
  reply(response, page ?? { status: 404, body: `there is no ${method} ${pathname}` });
}

// A form of a foreign page says where it comes from; programs say nothing.
function isForeign({ headers }: IncomingMessage): boolean {
  const { origin, host = '' } = headers;
  return origin !== undefined && origin !== 'null' && new URL(origin).host !== host;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const bytes = Number(request.headers['content-length'] ?? 0);
  if (bytes > bodyMaxBytes) throw new Error(`a body of ${bytes} bytes; the emulator takes ${bodyMaxBytes}`);
  return text(request);
}

function write(response: ServerResponse, answer: Answer): void {
  switch (answer.kind) {
    case 'cut':
      response.destroy();
      return;
    case 'silence':
      return;
    case 'answer':
      reply(response, { ...answer, type: 'application/json' });
      return;
    default:
      answer satisfies never;
  }
}

function reply(
  response: ServerResponse,
  { status, type = 'text/plain; charset=utf-8', body = '', headers }: Page,
): void {
  response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff', ...headers });
  response.end(body);
}
