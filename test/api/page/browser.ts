// A browser as far as the billing page needs one: it keeps cookies, follows nothing, and says where a request comes from.
import { randomUUID } from 'node:crypto';
import type { LightMyRequestResponse } from 'fastify';
import type { Minutebook } from '../minutebook';

type Headers = Readonly<Record<string, string>>;

export type Browser = {
  readonly cookies: ReadonlyMap<string, string>;
  /** As if typed into the address line. */
  visit(url: string, headers?: Headers): Promise<LightMyRequestResponse>;
  /** As the page's own script asks. */
  ask(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, body?: unknown): Promise<LightMyRequestResponse>;
  /** With these headers alone, beside the cookies. */
  send(
    method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'DELETE',
    url: string,
    sent?: { readonly headers?: Headers; readonly body?: string },
  ): Promise<LightMyRequestResponse>;
};

export const navigation = {
  'sec-fetch-site': 'cross-site',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
};
export const ownOrigin = 'https://billing.example.com';
export const byPage = { 'sec-fetch-site': 'same-origin', origin: ownOrigin, 'content-type': 'application/json' };

export function openBrowser({ app }: Pick<Minutebook, 'app'>): Browser {
  const cookies = new Map<string, string>();
  const send: Browser['send'] = async (method, url, { headers = {}, body } = {}) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await app.inject({
      method,
      url: url.replace(ownOrigin, ''),
      headers: { ...(cookie === '' ? {} : { cookie }), ...headers },
      ...(body === undefined ? {} : { payload: body }),
    });
    for (const { name, value, maxAge } of answer.cookies) {
      if (maxAge === 0) cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  };
  return {
    cookies,
    send,
    visit: (url, headers = {}) => send('GET', url, { headers: { ...navigation, ...headers } }),
    ask: (method, url, body = {}) =>
      method === 'GET'
        ? send('GET', url, { headers: { 'sec-fetch-site': 'same-origin' } })
        : send(method, url, {
            headers: { ...byPage, ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}) },
            body: JSON.stringify(body),
          }),
  };
}

/** A link into the page, as the platform asks for it. */
export async function linkInto(book: Minutebook, workspace: string, body: object = {}): Promise<string> {
  const { status, body: link } = await book.call<{ url: string }>('POST', `/v1/workspaces/${workspace}/billing-page`, {
    key: book.keys.platform,
    body,
  });
  if (status !== 200) throw new Error(`expected a link, came ${status}: ${JSON.stringify(link)}`);
  return link.url;
}

/** A browser on the billing page of a workspace. */
export async function onThePageOf(book: Minutebook, workspace: string, body: object = {}): Promise<Browser> {
  const browser = openBrowser(book);
  await browser.visit(await linkInto(book, workspace, body));
  return browser;
}
