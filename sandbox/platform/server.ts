// The platform's own address: what runs now, its owners' switches, and what it takes from billing.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Answer, billingAnswer } from './billing-calls';
import { overviewOf } from './overview';
import type { Platform, RunningModel } from './platform';

/**
 * `GET /models` (`?workspace=`), `POST /models/{workspace}/{model}/deactivate` and `.../activate` by their owners, both of which
 * change nothing when they are given again; `/v1/` for billing, signed with `key`; `GET /health`; an overview for people at
 * `/`; and `GET /billing/{workspace}`, which leads to that workspace's billing page.
 */
export function serve(
  platform: Platform,
  { port, key, openPage }: { readonly port: number; readonly key: Buffer; readonly openPage?: OpenPage },
): Promise<Server> {
  const server = createServer((request, response) => {
    readText(request)
      .then((body) => answer(platform, { request, body, key, openPage }, Date.now()))
      .then(
        (answered) => reply(response, answered),
        () => response.destroy(),
      );
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** Asks billing for a link into a workspace's page. */
export type OpenPage = (workspace: string, returnUrl: string) => Promise<string>;

type Asked = {
  readonly request: IncomingMessage;
  readonly body: string;
  readonly key: Buffer;
  readonly openPage: OpenPage | undefined;
};

type Answered = Answer | { readonly to: string };

async function answer(platform: Platform, { request, body, key, openPage }: Asked, nowMs: number): Promise<Answered> {
  const { method = '', url = '', headers } = request;
  const { pathname, searchParams } = new URL(url, 'http://platform');
  const [, ...path] = pathname.split('/').map(decode);
  if (path[0] === 'v1') return billingAnswer(platform, { method, path: path.slice(1), headers, body, key, nowMs });
  const [first, workspace = '', model = '', command] = path;
  if (method === 'GET' && path.length === 1) {
    if (first === '') return { status: 200, body: overviewOf(platform, { nowMs, asHtml: wantsHtml(request) }) };
    if (first === 'health') return { status: 200, body: { status: 'ok' } };
    if (first === 'models')
      return { status: 200, body: { items: modelsOf(platform, searchParams.get('workspace'), nowMs) } };
  }
  if (method === 'GET' && first === 'billing' && path.length === 2 && openPage !== undefined) {
    return toBilling(openPage, workspace, `http://${headers.host}/`);
  }
  if (method === 'POST' && first === 'models' && path.length === 4) {
    if (command === 'deactivate') return found(platform.stop({ workspace, model }, nowMs));
    if (command === 'activate') return found(platform.start({ workspace, model }, nowMs));
  }
  return refusal(404, `there is no ${method} ${pathname}`);
}

// As a platform does behind the button in its settings: a link is asked for when it is clicked, as it is good for minutes.
async function toBilling(openPage: OpenPage, workspace: string, returnUrl: string): Promise<Answered> {
  try {
    return { to: await openPage(workspace, returnUrl) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { status: 503, body: `The billing page of ${workspace} cannot be opened at the moment: ${why}\n` };
  }
}

function wantsHtml({ headers }: IncomingMessage): boolean {
  return headers.accept?.includes('text/html') ?? false;
}

function modelsOf(platform: Platform, workspace: string | null, nowMs: number): readonly RunningModel[] {
  return platform.models(nowMs).filter((model) => workspace === null || model.workspace === workspace);
}

function found(model: RunningModel | undefined): Answer {
  return model === undefined ? refusal(404, 'there is no such model') : { status: 200, body: model };
}

function refusal(status: number, detail: string): Answer {
  return { status, body: { status, title: 'Not found', detail } };
}

const bodyBytesMax = 64 * 1024;

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bodyBytesMax) throw new Error(`a body of more than ${bodyBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reply(response: ServerResponse, answered: Answered): void {
  if ('to' in answered) {
    response.writeHead(303, { location: answered.to, 'cache-control': 'no-store' }).end();
    return;
  }
  const { status, body } = answered;
  const isText = typeof body === 'string';
  const text = isText && body.startsWith('<!doctype') ? 'text/html' : 'text/plain';
  const type = isText ? `${text}; charset=utf-8` : status < 400 ? 'application/json' : 'application/problem+json';
  response.writeHead(status, { 'content-type': type });
  response.end(isText ? body : JSON.stringify(body));
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
