// The platform's own address: what runs now, and the two commands that a billing system gives it.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { formatInstant } from '../../domain/period';
import type { Platform, RunningModel } from './platform';

type Answer = { readonly status: number; readonly body: unknown };

/**
 * `GET /models` (`?workspace=`), `POST /models/{workspace}/{model}/deactivate` and `.../activate`, both of which change
 * nothing when they are given again; `GET /health`; and an overview for people at `/`.
 */
export function serve(platform: Platform, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    reply(response, answer(platform, request, Date.now()));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

function answer(platform: Platform, { method = '', url = '' }: IncomingMessage, nowMs: number): Answer {
  const { pathname, searchParams } = new URL(url, 'http://platform');
  const [, ...path] = pathname.split('/').map(decode);
  const [first, workspace = '', model = '', command] = path;
  if (method === 'GET' && path.length === 1) {
    if (first === '') return { status: 200, body: overview(platform, nowMs) };
    if (first === 'health') return { status: 200, body: { status: 'ok' } };
    if (first === 'models')
      return { status: 200, body: { items: modelsOf(platform, searchParams.get('workspace'), nowMs) } };
  }
  if (method === 'POST' && first === 'models' && path.length === 4) {
    if (command === 'deactivate') return found(platform.deactivate({ workspace, model }, nowMs));
    if (command === 'activate') return found(platform.activate({ workspace, model }, nowMs));
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

function overview(platform: Platform, nowMs: number): string {
  const lines = platform.models(nowMs).map(({ workspace, model, state, replicas }) => {
    const phases = [...new Set(replicas.map(({ phase }) => phase))].map(
      (phase) => `${replicas.filter((replica) => replica.phase === phase).length} ${phase}`,
    );
    const now = state === 'deactivated' ? 'deactivated' : phases.join(', ') || 'no replicas at this time of day';
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
