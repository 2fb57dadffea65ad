// The inbox over HTTP: JSON for programs, a page for people, and faults to order.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { loopback } from '../ports';
import { type Faults, readFault } from './faults';
import { listPage, mailPage } from './page';
import { type Read, readMail } from './reading';
import type { Kept, Store } from './store';

export type Inbox = { readonly store: Store; readonly faults: Faults; readonly smtpUrl: string };

type Answer = {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
};

/**
 * `GET /messages` (`?to=` an address of the envelope), `/messages/{id}`, `.../source`, `.../html`, `.../attachments/{n}`;
 * `DELETE /messages`; `GET`, `POST`, `DELETE /faults`; `GET /health`; pages at `/` and `/mails/{id}`.
 */
export function serveInbox(inbox: Inbox, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    answer(inbox, request).then(
      (it) => reply(response, it),
      (error: unknown) => reply(response, problem(500, error instanceof Error ? error.message : String(error))),
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, loopback, () => resolve(server));
  });
}

async function answer(inbox: Inbox, request: IncomingMessage): Promise<Answer> {
  const { method = 'GET', url = '/', headers } = request;
  // A page of somebody else's, made to resolve to this address, would have its own name here.
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(headers.host ?? '')) {
    return problem(421, `this is the inbox of ${loopback}, not of ${headers.host ?? 'nobody'}`);
  }
  const { pathname, searchParams } = new URL(url, 'http://inbox');
  const [, first = '', ...rest] = pathname.split('/');
  const isGet = method === 'GET' || method === 'HEAD';
  if (first === 'faults' && rest.length === 0) return faultsAnswer(inbox, method, request);
  if (method === 'DELETE' && first === 'messages' && rest.length === 0) {
    inbox.store.clear();
    return okay({ items: [] });
  }
  if (isGet && first === '') return page(listPage(inbox, searchParams.get('before'), Date.now()));
  if (isGet && first === 'health') return okay({ status: 'ok' });
  if (isGet && first === 'messages' && rest.length === 0) return okay({ items: listed(inbox, searchParams.get('to')) });
  if (isGet && (first === 'messages' || first === 'mails')) return mailAnswer(inbox, first, rest);
  return problem(404, `there is no ${method} ${pathname}`);
}

function listed({ store }: Inbox, to: string | null): readonly Kept[] {
  if (to === null) return store.list();
  return store.list().filter(({ rcptTo }) => rcptTo.some((each) => each.toLowerCase() === to.toLowerCase()));
}

async function mailAnswer({ store }: Inbox, as: 'messages' | 'mails', path: readonly string[]): Promise<Answer> {
  const [id = '', part, number = ''] = path;
  const kept = store.find(id);
  const source = store.source(id);
  if (kept === undefined || source === undefined) return problem(404, `there is no mail ${id} here (any more)`);
  const mail = await readMail(source);
  if (path.length === 1) return as === 'messages' ? okay(shown(kept, mail)) : page(mailPage(kept, mail, source));
  if (part === 'source' && path.length === 2) return { status: 200, type: 'text/plain; charset=utf-8', body: source };
  if (part === 'html' && path.length === 2 && mail.html !== null) return htmlAnswer(mail.html);
  if (part === 'attachments' && path.length === 3) return attachmentAnswer(mail, number);
  return problem(404, `mail ${id} has no ${path.slice(1).join('/')}`);
}

function shown(kept: Kept, { attachments, ...mail }: Read): object {
  return {
    ...kept,
    ...mail,
    attachments: attachments.map(({ filename, contentType, size }) => ({
      filename: filename ?? null,
      contentType,
      size,
    })),
  };
}

// As strict as a mail program: nothing runs and nothing is fetched, links open elsewhere.
function htmlAnswer(html: string): Answer {
  const sandbox = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'";
  return {
    status: 200,
    type: 'text/html; charset=utf-8',
    body: withLinksElsewhere(html),
    headers: { 'content-security-policy': `${sandbox}; style-src 'unsafe-inline'; img-src data:; font-src data:` },
  };
}

function withLinksElsewhere(html: string): string {
  const head = /<head(\s[^>]*)?>/i.exec(html);
  const at = head === null ? 0 : head.index + head[0].length;
  return `${html.slice(0, at)}<base target="_blank">${html.slice(at)}`;
}

function attachmentAnswer({ attachments }: Read, number: string): Answer {
  const attachment = /^\d{1,4}$/.test(number) ? attachments[Number(number)] : undefined;
  if (attachment === undefined)
    return problem(404, `there is no attachment ${number}; it has ${attachments.length}, from 0`);
  const { filename = `attachment-${number}`, contentType, content } = attachment;
  const ascii = filename.replace(/[^A-Za-z0-9 ._-]/g, '_');
  const disposition = `attachment; filename="${ascii}"; filename*=UTF-8''${encodeURIComponent(filename)}`;
  const type = /^[\w.+-]+\/[\w.+-]+$/.test(contentType) ? contentType : 'application/octet-stream';
  return { status: 200, type, body: content, headers: { 'content-disposition': disposition } };
}

async function faultsAnswer({ faults }: Inbox, method: string, request: IncomingMessage): Promise<Answer> {
  if (method === 'DELETE') faults.clear();
  if (method === 'GET' || method === 'DELETE') return okay({ items: faults.list() });
  if (method !== 'POST') return problem(404, `there is no ${method} /faults`);
  // A form of a foreign page cannot send this type without asking first.
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    return problem(415, 'send the fault as application/json');
  }
  const body = await json(request).catch(() => undefined);
  const fault = readFault(body);
  if (typeof fault === 'string') return problem(400, fault);
  faults.add(fault);
  return okay({ items: faults.list() });
}

function okay(body: object): Answer {
  return { status: 200, type: 'application/json', body: JSON.stringify(body) };
}

function page(body: string): Answer {
  const policy =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; base-uri 'none'; form-action 'none'";
  return { status: 200, type: 'text/html; charset=utf-8', body, headers: { 'content-security-policy': policy } };
}

const titles: Readonly<Record<number, string>> = { 400: 'Not valid', 404: 'Not found', 415: 'Not understood' };

function problem(status: number, detail: string): Answer {
  const body = JSON.stringify({ status, title: titles[status] ?? 'Refused', detail });
  return { status, type: 'application/problem+json', body };
}

function reply(response: ServerResponse, { status, type, body, headers }: Answer): void {
  response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff', ...headers });
  response.end(body);
}
