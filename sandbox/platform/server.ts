// The platform's own address: what runs now, its owners' switches, and what it takes from billing.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { formatInstant } from '../../domain/period';
import { type Answer, billingAnswer } from './billing-calls';
import type { Platform, RunningModel } from './platform';

/**
 * `GET /models` (`?workspace=`), `POST /models/{workspace}/{model}/deactivate` and `.../activate` by their owners, both of which
 * change nothing when they are given again; `/v1/` for billing, signed with `key`; `GET /health`; and an overview for people
 * at `/`.
 */
export function serve(
  platform: Platform,
  { port, key }: { readonly port: number; readonly key: Buffer },
): Promise<Server> {
  const server = createServer((request, response) => {
    readText(request).then(
      (body) => reply(response, answer(platform, { request, body, key }, Date.now())),
      () => response.destroy(),
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

type Asked = { readonly request: IncomingMessage; readonly body: string; readonly key: Buffer };

function answer(platform: Platform, { request, body, key }: Asked, nowMs: number): Answer {
  const { method = '', url = '', headers } = request;
  const { pathname, searchParams } = new URL(url, 'http://platform');
  const [, ...path] = pathname.split('/').map(decode);
  if (path[0] === 'v1') return billingAnswer(platform, { method, path: path.slice(1), headers, body, key, nowMs });
  const [first, workspace = '', model = '', command] = path;
  if (method === 'GET' && path.length === 1) {
    if (first === '') return { status: 200, body: overview(platform, nowMs) };
    if (first === 'health') return { status: 200, body: { status: 'ok' } };
    if (first === 'models')
      return { status: 200, body: { items: modelsOf(platform, searchParams.get('workspace'), nowMs) } };
  }
  if (method === 'POST' && first === 'models' && path.length === 4) {
    if (command === 'deactivate') return found(platform.stop({ workspace, model }, nowMs));
    if (command === 'activate') return found(platform.start({ workspace, model }, nowMs));
  }
  return refusal(404, `there is no ${method} ${pathname}`);
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

const whose = { billing: 'billing', owner: 'its owner' } as const;

function overview(platform: Platform, nowMs: number): string {
  const lines = platform.models(nowMs).map((running) => {
    const { workspace, model, replicas } = running;
    const phases = [...new Set(replicas.map(({ phase }) => phase))].map(
      (phase) => `${replicas.filter((replica) => replica.phase === phase).length} ${phase}`,
    );
    const now =
      running.state === 'stopped'
        ? `stopped by ${whose[running.stoppedBy]}`
        : phases.join(', ') || 'no replicas at this time of day';
    return `  ${workspace.padEnd(20)} ${model.padEnd(20)} ${now}`;
  });
  const { acknowledgedMs } = platform.memory();
  return [
    `Simulated platform at ${formatInstant(nowMs)}; usage is reported up to ${formatInstant(acknowledgedMs)}`,
    '',
    ...lines,
    '',
    'GET /models says the same as JSON; POST /models/{workspace}/{model}/deactivate stops one, .../activate starts it.',
    '',
  ].join('\n');
}

function reply(response: ServerResponse, { status, body }: Answer): void {
  const isText = typeof body === 'string';
  const type = isText ? 'text/plain; charset=utf-8' : status < 400 ? 'application/json' : 'application/problem+json';
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
