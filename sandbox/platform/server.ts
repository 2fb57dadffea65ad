// The platform's own address: what runs now, its owners' switches, and what it takes from billing.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isName } from '../../domain/ids';
import { type Answer, billingAnswer } from './billing-calls';
import { type Deployed, deploy, startByOwner } from './deploying';
import type { Gatekeeper } from './gatekeeper';
import { livePart, page } from './page';
import type { Platform, RunningModel } from './platform';

/**
 * `GET /models` (`?workspace=`), `POST /models/{workspace}/{model}/deactivate` and `.../activate` by their owners, both of which
 * change nothing when they are given again; `POST /deploy` and `/payment-method`, as the page's forms send them; `/v1/` for
 * billing, signed with `key`; `GET /health`; a page for people at `/`; and `GET /billing/{workspace}`, which leads to that
 * workspace's billing page.
 */
export function serve(serving: Serving & { readonly port: number }): Promise<Server> {
  const server = createServer((request, response) => {
    readText(request)
      .then((body) => answer(serving, { request, body }, Date.now()))
      .then(
        (given) => reply(response, given),
        () => response.destroy(),
      );
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(serving.port, '127.0.0.1', () => resolve(server));
  });
}

export type Serving = {
  readonly platform: Platform;
  readonly gatekeeper: Gatekeeper;
  readonly key: Buffer;
  /** A page on which a workspace's customer gives a payment method; undefined where there is none. */
  readonly cardPage: (workspace: string) => Promise<string | undefined>;
  /** Asks billing for a link into a workspace's page. */
  readonly openPage: (workspace: string, returnUrl: string) => Promise<string>;
};

type Asked = { readonly request: IncomingMessage; readonly body: string };

async function answer(serving: Serving, asked: Asked, nowMs: number): Promise<Answer> {
  const { request, body } = asked;
  const { method = '', url = '', headers } = request;
  const { pathname, searchParams } = new URL(url, 'http://platform');
  const [, ...path] = pathname.split('/').map(decode);
  const { platform, gatekeeper, key } = serving;
  if (path[0] === 'v1') {
    const given = billingAnswer(platform, { method, path: path.slice(1), headers, body, key, nowMs });
    if (method === 'POST' && given.status === 200) gatekeeper.renewSoon();
    return given;
  }
  if (method === 'POST') return ordered(serving, { path, asked, nowMs });
  if (method === 'GET' && path.length === 1) {
    const [first] = path;
    if (first === '') return html(page({ platform, gatekeeper, nowMs }, searchParams.get('said')));
    if (first === 'live') return html(livePart({ platform, gatekeeper, nowMs }));
    if (first === 'health') return { status: 200, body: { status: 'ok' } };
    if (first === 'models')
      return { status: 200, body: { items: modelsOf(platform, searchParams.get('workspace'), nowMs) } };
  }
  if (method === 'GET' && path[0] === 'billing' && path.length === 2) {
    return toBilling(serving, path[1] ?? '', `http://${headers.host}/`);
  }
  return refusal(404, `there is no ${method} ${pathname}`);
}

// As a platform does behind the button in its settings: a link is asked for when it is clicked, as it is good for minutes.
async function toBilling({ openPage }: Serving, workspace: string, returnUrl: string): Promise<Answer> {
  try {
    return redirect(await openPage(workspace, returnUrl));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { status: 503, body: `The billing page of ${workspace} cannot be opened at the moment: ${why}\n` };
  }
}

type Order = { readonly path: readonly string[]; readonly asked: Asked; readonly nowMs: number };

// What an owner orders. A form of the page is led back to it.
async function ordered(serving: Serving, { path, asked, nowMs }: Order): Promise<Answer> {
  const isForm = asked.request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  const fields = new URLSearchParams(isForm ? asked.body : '');
  if (path[0] === 'payment-method' && path.length === 1) {
    const url = await serving.cardPage(fields.get('workspace') ?? '');
    return url === undefined ? back('There is no page for payment methods here.') : redirect(url);
  }
  const done = await carriedOut(serving, { path, fields, nowMs });
  if (!isForm) return done;
  const { detail = '' } = done.body as { readonly detail?: string };
  return back(
    done.status < 400 ? null : `${done.status === 402 || done.status === 403 ? 'Refused' : 'Not done'}: ${detail}`,
  );
}

async function carriedOut(
  serving: Serving,
  { path, fields, nowMs }: Pick<Order, 'path' | 'nowMs'> & { readonly fields: URLSearchParams },
): Promise<Answer> {
  const { platform } = serving;
  const [first, workspace = '', model = '', command] = path;
  if (first === 'models' && path.length === 4) {
    if (command === 'deactivate') return found(platform.stop({ workspace, model }, nowMs));
    if (command === 'activate') return deployed(await startByOwner(serving, { workspace, model }, nowMs));
  }
  if (first !== 'deploy' || path.length > 1) return refusal(404, `there is no POST /${path.join('/')}`);
  const field = (name: string) => fields.get(name) ?? '';
  if (!isName(field('model')) || !isName(field('instanceType'))) return refusal(404, 'names have no spaces');
  const wanted = { workspace: field('workspace'), model: field('model'), instanceType: field('instanceType') };
  return deployed(await deploy(serving, wanted, nowMs));
}

function modelsOf(platform: Platform, workspace: string | null, nowMs: number): readonly RunningModel[] {
  return platform.models(nowMs).filter((model) => workspace === null || model.workspace === workspace);
}

function found(model: RunningModel | undefined): Answer {
  return model === undefined ? refusal(404, 'there is no such model') : { status: 200, body: model };
}

function deployed(done: Deployed): Answer {
  if (done === undefined || !('refusedBy' in done)) return found(done?.model);
  // As the gate has it: the customer's own program finds there what he can do.
  const { problem, reason, message } = done.refusedBy;
  const body = problem ?? { status: 402, title: 'Refused', code: reason, detail: message };
  return { status: body.status, body };
}

function refusal(status: number, detail: string): Answer {
  return { status, body: { status, title: 'Not found', detail } };
}

function back(said: string | null): Answer {
  return redirect(said === null ? '/' : `/?said=${encodeURIComponent(said)}`);
}

function redirect(location: string): Answer {
  return { status: 303, body: '', headers: { location, 'cache-control': 'no-store' } };
}

function html(body: string): Answer {
  return { status: 200, body, headers: { 'content-type': 'text/html; charset=utf-8' } };
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

function reply(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  const isText = typeof body === 'string';
  const type = isText ? 'text/plain; charset=utf-8' : status < 400 ? 'application/json' : 'application/problem+json';
  response.writeHead(status, { 'content-type': type, ...headers });
  response.end(isText ? body : JSON.stringify(body));
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
